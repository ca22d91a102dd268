"""Areas of expertise (R5): what one is, and the list that a new programme starts from.

A programme owns its list and may change it; the slug is what is stored and announced, so it never changes
its meaning. Labels are for people; aliases only help to recognise what somebody typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Area:
    """One area: `slug` (lower-case, hyphens), labels by BCP 47 language tag, other spellings."""

    slug: str
    labels: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


def _area(slug: str, en: str, zh: str, *aliases: str) -> Area:
    return Area(slug, {"en": en, "zh": zh}, aliases)


DEFAULT_AREAS: tuple[Area, ...] = (
    _area(
        "leadership", "Leadership", "领导力", "Führung", "Leadership skills", "Conduite d'équipe", "領導力"
    ),
    _area("people-management", "People management", "人员管理", "Mitarbeiterführung", "团队管理", "管理团队"),
    _area("project-management", "Project management", "项目管理", "Projektmanagement", "Gestion de projet"),
    _area(
        "product-management",
        "Product management",
        "产品管理",
        "Produktmanagement",
        "产品经理",
        "PM (product)",
    ),
    _area("strategy", "Strategy", "战略", "Strategie", "Stratégie", "Business strategy", "战略规划"),
    _area(
        "entrepreneurship",
        "Entrepreneurship",
        "创业",
        "Gründung",
        "Unternehmertum",
        "Startups",
        "Entrepreneuriat",
    ),
    _area("fundraising", "Fundraising", "融资", "Finanzierung", "Levée de fonds", "Venture capital", "募资"),
    _area("innovation", "Innovation", "创新", "Innovationsmanagement"),
    _area("sales", "Sales", "销售", "Vertrieb", "Vente", "Ventes", "Business development", "商务拓展"),
    _area("marketing", "Marketing", "市场营销", "市场", "营销", "Digital marketing"),
    _area("branding", "Branding", "品牌", "Markenführung", "Marque", "品牌建设"),
    _area("communication", "Communication", "沟通", "Kommunikation", "沟通表达", "Communications"),
    _area(
        "public-speaking",
        "Public speaking",
        "公众演讲",
        "Präsentieren",
        "Prise de parole",
        "演讲",
        "Rhetorik",
    ),
    _area("negotiation", "Negotiation", "谈判", "Verhandlung", "Verhandeln", "Négociation"),
    _area("finance", "Finance", "财务", "Finanzen", "Finances", "金融", "Corporate finance"),
    _area("accounting", "Accounting", "会计", "Buchhaltung", "Comptabilité", "Rechnungswesen"),
    _area("law", "Law", "法律", "Recht", "Droit", "Legal", "法务", "Law, compliance"),
    _area(
        "human-resources", "Human resources", "人力资源", "Personalwesen", "Ressources humaines", "HR", "RH"
    ),
    _area(
        "career-change",
        "Career change",
        "职业转型",
        "Berufswechsel",
        "Reconversion",
        "转行",
        "Career transition",
    ),
    _area("job-search", "Job search", "求职", "Bewerbung", "Recherche d'emploi", "Job hunting", "找工作"),
    _area("networking", "Networking", "人脉拓展", "Netzwerken", "Réseautage", "建立人脉", "社交"),
    _area(
        "work-life-balance",
        "Work and life",
        "工作与生活平衡",
        "Work-life balance",
        "Vereinbarkeit",
        "工作生活平衡",
    ),
    _area(
        "returning-to-work", "Returning to work", "重返职场", "Wiedereinstieg", "Retour au travail", "复出"
    ),
    _area(
        "intercultural",
        "Working across cultures",
        "跨文化沟通",
        "Interkulturelles",
        "Interculturel",
        "跨文化",
    ),
    _area("diversity", "Diversity and inclusion", "多元与包容", "Diversität", "Diversité", "D&I", "DEI"),
    _area(
        "software-engineering",
        "Software engineering",
        "软件工程",
        "Softwareentwicklung",
        "Programming",
        "编程",
    ),
    _area(
        "data-science", "Data science", "数据科学", "Data Science", "Science des données", "Datenwissenschaft"
    ),
    _area(
        "data-analysis", "Data analysis", "数据分析", "Datenanalyse", "Analyse de données", "Data analytics"
    ),
    _area(
        "machine-learning",
        "Machine learning",
        "机器学习",
        "Maschinelles Lernen",
        "ML",
        "AI",
        "KI",
        "人工智能",
    ),
    _area("cloud-operations", "Cloud and operations", "云与运维", "Cloud", "DevOps", "云计算", "运维"),
    _area(
        "security",
        "Information security",
        "信息安全",
        "IT-Sicherheit",
        "Sécurité informatique",
        "Cyber security",
    ),
    _area(
        "user-experience",
        "User experience",
        "用户体验",
        "UX",
        "UX / UI design",
        "Expérience utilisateur",
        "UX/UI",
    ),
    _area("design", "Design", "设计", "Gestaltung", "Graphic design", "平面设计"),
    _area("architecture", "Architecture and building", "建筑", "Architektur", "Bauwesen", "建筑设计"),
    _area("manufacturing", "Manufacturing", "制造", "Produktion", "Fertigung", "生产制造", "Fabrication"),
    _area(
        "supply-chain", "Supply chain", "供应链", "Lieferkette", "Logistics", "Logistik", "物流", "Logistique"
    ),
    _area("research", "Research", "科研", "Forschung", "Recherche", "Academic research", "研究", "Academia"),
    _area(
        "health", "Health and medicine", "医疗健康", "Gesundheit", "Medizin", "Santé", "Healthcare", "医疗"
    ),
    _area("education", "Teaching and education", "教育", "Bildung", "Unterricht", "Enseignement", "Teaching"),
    _area("sustainability", "Sustainability", "可持续发展", "Nachhaltigkeit", "Durabilité", "ESG", "环保"),
    _area(
        "nonprofit",
        "Non-profit and civil society",
        "公益",
        "Gemeinnützigkeit",
        "Associations",
        "NGO",
        "非营利",
    ),
    _area("arts", "Arts and culture", "文化艺术", "Kunst und Kultur", "Arts et culture", "Kunst", "艺术"),
)
