"""Yes and no, in the spellings that forms and people produce."""

from functools import lru_cache

from services.profiles.spreadsheet.normal import fold, tidy


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split("|"))


_YES = _folded(
    "yes|y|yeah|yep|yes please|of course|sure|ok|okay|true|t|1|1.0|x|on|checked|agree|agreed|i agree|accept|accepted|given|"
    "consent given|ja|j|ja gerne|gerne|jawohl|wahr|einverstanden|zugestimmt|ich stimme zu|oui|o|vrai|d'accord|j'accepte|"
    "si|sí|sim|da|tak|evet|hai|はい|예|네|是|是的|对|對|有|好|好的|可以|同意|我同意|愿意|願意|我愿意|想|要|需要|确认"
)
_NO = _folded(
    "no|n|nope|never|none|not now|false|f|0|0.0|off|unchecked|declined|refused|i do not agree|do not agree|not agreed|"
    "no consent|nein|nee|falsch|keine|niemals|nicht einverstanden|abgelehnt|non|faux|pas d'accord|nao|não|nie|iie|hayir|"
    "いいえ|아니요|否|不|不是|不要|不想|不同意|我不同意|不愿意|不願意|不需要|不可以|没有|沒有|无|非"
)
_TICKS = frozenset("✓✔☑✅√☒■●")
_CROSSES = frozenset("✗✘❌☐□○\u00d7")
_FIRST_YES = frozenset(("yes", "ja", "oui", "si", "是", "是的", "同意", "愿意"))
_FIRST_NO = frozenset(("no", "nein", "non", "否", "不", "不同意", "不愿意"))


@lru_cache(maxsize=4_096)
def yes_no(text: str) -> bool | None:
    """True, False, or None for what is neither. A sentence counts by its first word: "Yes, gladly" is yes."""
    bare = tidy(text).removesuffix("\ufe0f")
    if bare in _TICKS or bare in _CROSSES:
        return bare in _TICKS
    folded = fold(text)
    if folded in _YES or folded in _NO:
        return folded in _YES
    first, _, rest = folded.partition(" ")
    if not rest or not _FIRST_YES.isdisjoint(rest.split()) or not _FIRST_NO.isdisjoint(rest.split()):
        return None  # "Yes / No" is a form left as it came
    if first in _FIRST_YES:
        return True
    return False if first in _FIRST_NO else None
