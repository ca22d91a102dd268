"""How coordinators word their headings, in English, German, French and Chinese (and a little beyond).

`PHRASES`: whole headings. `RULES`: patterns in the order in which they are tried, for headings that are sentences.
Both are matched against folded text (`normal.fold`): lower-case, no accents, no punctuation.
"""

import re

from services.profiles.spreadsheet.normal import fold

_PHRASES: dict[str, str] = {
    "mail": "mail|email|e-mail|mail address|email address|e-mail address|your email|contact email|mailadresse|"
    "e-mail-adresse|emailadresse|courriel|adresse mail|adresse e-mail|adresse électronique|邮箱|电子邮箱|电子邮件|邮件|"
    "邮件地址|邮箱地址|電郵|電子郵件|correo|correo electrónico|indirizzo email|メール|メールアドレス|이메일",
    "name": "name|nom|full name|your name|person|participant|vor- und nachname|vollständiger name|nom complet|nom et prénom|"
    "prénom et nom|姓名|名字|全名|您的姓名|nombre|nombre completo|nome|氏名|이름",
    "first_name": "first name|firstname|given name|forename|vorname|prénom|名|prenom|nombre de pila",
    "last_name": "last name|lastname|surname|family name|nachname|familienname|nom de famille|姓|姓氏|apellidos",
    "role": "role|rolle|roles|rôle|type|participating as|participant type|mentor or mentee|mentor/mentee|mentor-mentee|"
    "teilnahme als|ich nehme teil als|je participe comme|je participe en tant que|角色|身份|参与身份|报名身份|类型|i am a|"
    "i want to be|ich bin|je suis|role type|mentormentee",
    "is_mentor": "mentor|is mentor|mentor?|mentorin|as mentor|als mentor|als mentorin|comme mentor|导师|是否导师|担任导师|"
    "mentor only|wants to be mentor|do you want to sign up as a mentor",
    "is_mentee": "mentee|is mentee|mentee?|as mentee|als mentee|comme mentoré|mentorée|学员|是否学员|"
    "mentee only|wants to be mentee|do you want to sign up as a mentee",
    "is_both": "both|both roles|both mentor and mentee|mentor and mentee|beides|les deux|两者都是|双重身份",
    "areas": "area|areas|expertise|areas of expertise|area of expertise|expertise areas|skills|topics|fields|specialities|"
    "fachgebiet|fachgebiete|kompetenzen|themen|themenfelder|schwerpunkte|bereiche|domaine|domaines|compétences|"
    "thèmes|sujets|domaines d'expertise|领域|专业领域|技能|方向|话题|主题|专长领域",
    "areas_offered": "areas offered|can offer|i can help with|can teach|could teach|strengths|offers|bietet|biete ich|kann bieten|"
    "stärken|ich kann helfen bei|offre|je peux aider|points forts|擅长|擅长领域|可提供|可以分享|可指导领域|能教",
    "areas_wanted": "areas wanted|wants|needs|want to learn|wants to learn|interests|wishes|looking for help with|areas of interest|"
    "sucht|wünsche|lernwünsche|gesuchte themen|möchte lernen|besoins|souhaits|je souhaite apprendre|"
    "centres d'intérêt|想学|希望学习|想学习的领域|需求|希望提升|感兴趣的领域",
    "seniority_years": "years|years of experience|experience (years)|years experience|seniority|work experience|experience|"
    "berufserfahrung|jahre|jahre berufserfahrung|erfahrung|années d'expérience|ancienneté|expérience|工作年限|"
    "年限|工作经验|从业年限|经验年限",
    "languages": "language|languages|spoken languages|languages spoken|sprache|sprachen|langue|langues|langues parlées|语言|"
    "语种|使用语言|沟通语言|語言|idiomas|lingue",
    "hours": "availability|available|free hours|free times|hours|time slots|slots|available times|weekly hours|when|verfügbarkeit|"
    "freie zeiten|zeitfenster|zeiten|disponibilité|disponibilités|créneaux|horaires|可用时间|空闲时间|时间段|有空时间|时间",
    "capacity": "capacity|max mentees|number of mentees|mentees|places|seats|kapazität|anzahl mentees|plätze|max. mentees|capacité|"
    "nombre de mentorés|名额|可带人数|可带学员数|人数|容量",
    "pledge_hours_per_month": "hours per month|hours a month|hours/month|monthly hours|stunden pro monat|stunden/monat|heures par mois|"
    "heures/mois|每月小时|每月小时数|每月时间",
    "organisation": "organisation|organization|company|employer|institution|firma|unternehmen|arbeitgeber|entreprise|société|"
    "employeur|公司|单位|工作单位|机构|组织|company name|firm",
    "unit": "unit|department|division|team|business unit|abteilung|bereich (intern)|service|département|équipe|部门|科室|团队",
    "reports_to": "reports to|manager|line manager|supervisor|manager's name|manager email|boss|vorgesetzte|vorgesetzter|"
    "führungskraft|responsable|manager direct|n+1|supérieur|上级|直属上级|主管|直线经理|汇报对象",
    "about": "about|about me|about you|bio|biography|introduction|motivation|comments|comment|notes|remarks|goals|goal|"
    "über mich|vorstellung|bemerkungen|kommentar|ziele|à propos|présentation|commentaires|objectifs|自我介绍|简介|"
    "介绍|备注|动机|目标|期望",
    "terms": "terms|consent|privacy|agreement|i agree|gdpr|dsgvo|rgpd|datenschutz|einwilligung|einverstanden|"
    "consentement|conditions|accord|同意|隐私|知情同意|授权|是否同意",
    "submitted_at": "timestamp|submitted|submitted at|submission date|date|completion time|zeitstempel|eingereicht am|datum|"
    "horodateur|date d'envoi|提交时间|填写时间|时间戳|提交答卷时间|日期",
}

PHRASES: dict[str, str] = {
    fold(phrase): name for name, phrases in _PHRASES.items() for phrase in phrases.split("|") if fold(phrase)
}

MENTOR = r"(?:\bmentor(?:s|in|innen|en|e|es|a|as)?\b|导师|導師|指导者|师傅|メンター|멘토)"
MENTEE = (
    r"(?:\bmentees?\b|\bmentorees?\b|\bmentorand(?:in|en|innen)?\b|\bprotegees?\b|\bproteges?\b|"
    r"学员|學員|被指导|徒弟|学徒|メンティー|멘티)"
)

POLITE_START = re.compile(
    r"^(?:(?:what is|what s|what are|please|enter|give|state|tell us|your|my|the|wie ist|wie lautet|ihre?|deine?|quel est|quelle est|"
    r"votre|vos) |您的|你的|请填写|请输入)+"
)
ROLE_START = re.compile(rf"^{MENTOR} (?:s )?|^{MENTEE} (?:s )?|^(?:导师|学员)(?=.)")

AREA_WORDS = (
    r"\bareas?\b|expertise|\bskills?\b|\btopics?\b|\bfields?\b|\bsubjects?\b|kompetenz|fachgebiet|fachbereich|"
    r"\bthemen\b|\bthema\b|schwerpunkt|\bdomaines?\b|\bcompetences?\b|\bsujets?\b|\bthemes?\b|"
    r"领域|专长|擅长|技能|方向|话题|主题"
)
WANTS = (
    r"\bwant|\blearn|\bdevelop|\bneed|\bwish|\blooking|\bseek|\binterest|\bimprove|\bgrow|wunsch|\blernen|entwickel|"
    r"\bsuch[et]|gesucht|bedarf|souhait|\bappren|\bcherch|besoin|amelior|想|希望|学习|需要|提升|感兴趣|求助"
)
OFFERS = (
    r"\boffer|\bcan\b|\bcould\b|\bteach|\bshare|\bexperts?\b|\bstrengths?|\bhelp|\bsupport|\badvise|\bexperienced|"
    r"\bbiete|\bkonn|\bkann\b|starke|unterstutz|weitergeb|\boffr|\bpeux\b|\bpouv|\bpartag|\benseign|\baider|"
    r"擅长|可以|能够|提供|分享|可指导"
)
SEARCHING = r"(?:find|need|want|like|looking for|seek|get|suche\w*|cherche\w*|trouver) (?:a |an |eine?n? |une? )?"  # a mentor

_RULES: tuple[tuple[str, str], ...] = (
    ("about", r"^(?:why|warum|weshalb|pourquoi)\b|为什么"),
    (
        "reports_to",
        r"\bmanager s\b|line manager|\bsupervisor|vorgesetzt|reports? to|hierarch|\bn\+1\b|superieur|上级|直属|汇报",
    ),
    (
        "submitted_at",
        r"time ?stamp|\bsubmitted\b|\bsubmission\b|completion time|zeitstempel|horodateur|提交|填写时间|时间戳",
    ),
    (
        "terms",
        (
            r"\bconsent|\bi agree\b|\bagree\b|\baccept|einverstanden|einwillig|zustimm|datenschutz|\bprivacy\b|"
            r"\bgdpr\b|\bdsgvo\b|\brgpd\b|consentement|\bd accord\b|\bautoris|j accepte|同意|授权|隐私"
        ),
    ),
    (
        "capacity",
        (
            rf"(?:how many|number of|max\w*|wie viele|anzahl|combien|nombre)\b.*(?:{MENTEE}|people|personen|personnes)|"
            r"几位|多少(?:位|名|个)"
        ),
    ),
    (
        "pledge_hours_per_month",
        (
            r"(?:hours?|stunden|heures).*(?:month|monat|mois)|(?:month|monat|mois).*(?:hours?|stunden|heures)|"
            r"每月.*(?:小时|时间)"
        ),
    ),
    ("seniority_years", r"\byears?\b|\bjahre\b|\bannees\b|berufserfahrung|年限|工作经验|几年|多少年"),
    (
        "languages",
        r"(?<!programming )\blanguages?\b|(?<!programmier)\bsprachen?\b|\blangues?\b|语言|語言|语种",
    ),
    (
        "hours",
        (
            r"availab|free (?:time|hour|slot)|time slot|when (?:are|can|could|would) you|verfugbar|zeitfenster|"
            r"freie zeit|\bwann\b|disponib|creneau|空闲|有空|时间段|什么时候"
        ),
    ),
    ("areas_wanted", rf"(?=.*(?:{AREA_WORDS}))(?=.*(?:{WANTS}))(?!.*(?:{OFFERS}))"),
    ("areas_offered", rf"(?=.*(?:{AREA_WORDS}))(?=.*(?:{OFFERS}))(?!.*(?:{WANTS}))"),
    (
        "areas_wanted",
        (
            r"what (?:do|would) you (?:want|like) to learn|want to (?:learn|improve|develop)|lernen mochte|"
            r"mochten sie lernen|souhaitez vous apprendre|想学|想提升"
        ),
    ),
    (
        "areas_offered",
        (
            r"what (?:can|could) you (?:teach|offer)|can (?:teach|help|offer)|anbieten|"
            r"pouvez vous (?:offrir|enseigner)|可以教|能教"
        ),
    ),
    ("is_both", rf"\bboth\b.*{MENTOR}.*{MENTEE}|beides|les deux|两者"),
    ("role", rf"{MENTOR}.*{MENTEE}|{MENTEE}.*{MENTOR}"),
    ("areas", AREA_WORDS),
    ("is_mentee", rf"{MENTEE}|\bbe mentored\b|{SEARCHING}{MENTOR}|寻找导师"),
    ("is_mentor", MENTOR),
    ("reports_to", r"\bmanager\b|\bboss\b|主管"),
    (
        "organisation",
        r"\bcompany\b|\bemployer\b|\borgani[sz]ation\b|arbeitgeber|entreprise|employeur|公司|单位",
    ),
    ("unit", r"\bdepartment\b|\babteilung\b|部门"),
    ("mail", r"\be ?mail|\bcourriel\b|邮箱|邮件|電郵|correo|メール|이메일"),
    ("first_name", r"\b(?:first|given|fore) ?name\b|\bvorname\b|\bprenom\b"),
    ("last_name", r"\b(?:last|family|sur) ?name\b|\bnachname\b|nom de famille"),
    ("name", r"\b(?:your|full) name\b|姓名"),
    (
        "about",
        (
            r"about (?:you|me|yourself)|introduce|\bbio\b|motivation|expectation|\buber (?:sich|mich|dich)|vorstell|"
            r"presentez|attentes|介绍|简介|期望|anything else"
        ),
    ),
)

RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern)) for name, pattern in _RULES
)

SENSITIVE = re.compile(
    r"sensitiv|sensibl|besondere|optional|freiwillig|facultati|personal characteristics|diversity|敏感|自愿|"
    r"\bfor matching\b|fur das matching|pour l appariement|用于匹配"
)
PERMISSION = re.compile(
    r"\bconsent|\bagree|\bmay\b|\buse[ds]?\b|\ballow|\bshare|\bok\b|einwillig|einverstanden|zustimm|\bdarf|\bdurfen|verwend|"
    r"nutz|consentement|d accord|accepte|autoris|utilis|同意|授权|使用|允许|用于"
)
