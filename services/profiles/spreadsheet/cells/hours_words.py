"""Days, parts of the day and their spellings, for `hours.py`. 0 = Monday."""

# ruff: noqa: RUF001 - wide punctuation is what people type

from services.profiles.spreadsheet.normal import fold

_DAYS = (
    "mo|mon|monday|mondays|montag|montags|lun|lundi|lundis|lunes|周一|星期一|礼拜一|週一|月曜|월",
    "tu|tue|tues|tuesday|tuesdays|di|die|dienstag|dienstags|mar|mardi|mardis|martes|周二|星期二|礼拜二|週二|火曜|화",
    "we|wed|weds|wednesday|wednesdays|mi|mit|mittwoch|mittwochs|mer|mercredi|mercredis|miercoles|周三|星期三|礼拜三|週三|水曜|수",
    "th|thu|thur|thurs|thursday|thursdays|do|don|donnerstag|donnerstags|jeu|jeudi|jeudis|jueves|周四|星期四|礼拜四|週四|木曜|목",
    "fr|fri|friday|fridays|fre|freitag|freitags|ven|vendredi|vendredis|viernes|周五|星期五|礼拜五|週五|金曜|금",
    "sa|sat|saturday|saturdays|sam|samstag|samstags|sonnabend|samedi|samedis|sabado|周六|星期六|礼拜六|週六|土曜|토",
    "su|sun|sunday|sundays|so|son|sonntag|sonntags|dim|dimanche|dimanches|domingo|周日|周天|星期日|星期天|礼拜天|週日|日曜|일",
)
_GROUPS = {
    (
        0,
        1,
        2,
        3,
        4,
    ): "weekday|weekdays|week days|working days|werktag|werktags|werktage|wochentags|unter der woche|"
    "en semaine|semaine|jours ouvrables|工作日|平日|周中",
    (5, 6): "weekend|weekends|week end|wochenende|wochenenden|am wochenende|周末|週末|双休日",
    (
        0,
        1,
        2,
        3,
        4,
        5,
        6,
    ): "daily|every day|everyday|all days|any day|taglich|jeden tag|tous les jours|chaque jour|每天|每日|天天|任何一天",
}
_PARTS = {
    (7, 9): "early|early morning|before work|fruh|fruhmorgens|vor der arbeit|tot le matin|清晨|早晨",
    (
        9,
        12,
    ): "morning|mornings|am vormittag|vormittag|vormittags|morgen|morgens|matin|matins|matinee|上午|早上",
    (
        12,
        14,
    ): "noon|lunch|lunchtime|lunch time|midday|lunch break|mittag|mittags|mittagspause|midi|a midi|pause de midi|中午|午休",
    (14, 18): "afternoon|afternoons|nachmittag|nachmittags|apres midi|下午",
    (
        18,
        21,
    ): "evening|evenings|after work|night|nights|abend|abends|feierabend|nach der arbeit|soir|soirs|soiree|晚上|晚间|傍晚|夜晚|下班后",
    (
        8,
        20,
    ): "all day|whole day|full day|any time|anytime|flexible|ganztags|ganztagig|jederzeit|toute la journee|全天|整天|随时|任何时间|灵活",
}

DAY_WORDS: dict[str, tuple[int, ...]] = {
    fold(word): (day,) for day, words in enumerate(_DAYS) for word in words.split("|")
} | {fold(word): days for days, words in _GROUPS.items() for word in words.split("|")}

PART_WORDS: dict[str, tuple[int, int]] = {
    fold(word): hours for hours, words in _PARTS.items() for word in words.split("|")
}
"""From the first to before the last hour of that part of the day."""

AFTERNOON_WORDS = frozenset(
    ("下午", "晚上", "晚间", "傍晚", "夜晚", "中午", "afternoon", "evening", "nachmittags", "abends")
)
MORNING_WORDS = frozenset(("上午", "早上", "早晨", "清晨", "morning", "vormittags", "morgens"))
_NOISE = (
    "uhr|h|hrs|hours|hour|o|clock|the|on|at|von|am|um|de|le|la|les|du|en|heures|heure|und|and|et|or|oder|ou|usually|mostly|"
    "every|each|jeden|jede|chaque|time|cst|cet|also|in|days|day|i|m|am|free|available|only|"
    "nur|preferably|ideally|best|please|bitte|early|都|可|以|有|空|点|时|间|也|和|或|者|每|的|我|在|之|钟"
)
NOISE_WORDS = frozenset(fold(word) for word in _NOISE.split("|"))
BETWEEN_WORDS = frozenset(("between", "zwischen", "entre"))  # the "and" that follows stands between two ends
AND_WORDS = frozenset(("and", "und", "et"))
OPEN_END_WORDS = frozenset(("after", "from", "ab", "nach", "des", "since", "后"))
NEGATIONS = frozenset(
    (
        "not",
        "no",
        "except",
        "but",
        "never",
        "ausser",
        "nicht",
        "kein",
        "keine",
        "sauf",
        "pas",
        "不",
        "没",
        "除",
    )
)
ANY_TIME_WORDS = frozenset(("any time", "anytime", "flexible", "jederzeit", "随时", "任何时间", "灵活"))
RANGE_WORDS = frozenset(
    (
        "-",
        "–",
        "—",
        "~",
        "～",
        "to",
        "bis",
        "till",
        "til",
        "until",
        "through",
        "thru",
        "a",
        "à",
        "au",
        "至",
        "到",
        "jusqu",
    )
)
"""What stands between the two ends of a range of days or of times."""
