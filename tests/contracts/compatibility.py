"""What a change of an event's schema breaks for those who read it: names of what was there and is not, or is no longer read as before.

Adding a field with a default, or a value to an enumeration, breaks nothing: readers ignore what they do not know.
"""

from typing import Any

Schema = dict[str, Any]

#: Bounds that may only widen, and how to tell that one narrowed.
_LOWER = ("minimum", "minItems", "minLength")
_UPPER = ("maximum", "maxItems", "maxLength")


def breaks(before: Schema, after: Schema, where: str = "data") -> list[str]:
    """Each break as a line; none where everything that fitted `before` fits `after` and means the same."""
    found = [
        f"{where}: {word} was {before.get(word)}, is {after.get(word)}"
        for word in ("type", "format", "const")
        if before.get(word) != after.get(word)
    ]
    gone = sorted(set(before.get("enum", ())) - set(after.get("enum", ())), key=str)
    found += [f"{where}: the value {value} is gone" for value in gone]
    found += [
        f"{where}: {word} is {after[word]}"
        for word in _LOWER
        if word in after and after[word] > before.get(word, float("-inf"))
    ]
    found += [
        f"{where}: {word} is {after[word]}"
        for word in _UPPER
        if word in after and after[word] < before.get(word, float("inf"))
    ]
    old, new = before.get("properties", {}), after.get("properties", {})
    for name, field in sorted(old.items()):
        if name not in new:
            found.append(f"{where}.{name}: is gone")
        else:
            found += breaks(field, new[name], f"{where}.{name}")
    for name in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
        found.append(f"{where}.{name}: is required now, and older events do not have it")
    if isinstance(before.get("items"), dict):
        items = after.get("items")
        found += breaks(before["items"], items if isinstance(items, dict) else {}, f"{where}[]")
    return found
