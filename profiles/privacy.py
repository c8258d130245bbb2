"""What of a person may stand on a screen or in a sentence: masked names, telephones and identity numbers."""

from __future__ import annotations

from kernel.masking import masked_words as masked_words


def masked_phone(number: str) -> str:
    """`138****1234`; a landline keeps its last two digits; anything too short to mask is hidden whole."""
    digits = number.strip()
    if len(digits) == 11 and digits.isdigit() and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) > 6:
        return "*" * (len(digits) - 2) + digits[-2:]
    return "****"


def masked_name(name: str) -> str:
    """`张*` for two characters, `张*三` for three, `欧阳**` style hiding of the middle for longer ones."""
    letters = name.strip()
    if len(letters) < 2:
        return "*"
    if len(letters) == 2:
        return letters[0] + "*"
    return letters[0] + "*" * (len(letters) - 2) + letters[-1]


def masked_id_number(number: str) -> str:
    """The area and the last two characters: `999999**********96`; a shorter document is hidden but for its ends."""
    letters = number.strip()
    if len(letters) >= 15:
        return letters[:6] + "*" * (len(letters) - 8) + letters[-2:]
    if len(letters) > 4:
        return letters[0] + "*" * (len(letters) - 2) + letters[-1]
    return "*" * len(letters)


def few(count: int) -> str:
    """A number of households as a screen may show it: below five nobody can be told from their neighbours."""
    return "少于 5 户" if 0 < count < 5 else f"{count:,} 户"
