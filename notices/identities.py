"""Which digits are an identity number, a bank card, a mobile or a landline: by check digit, date and shape alone."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
     "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "99"]
)
"""The first two digits of GB/T 2260 codes; 99 belongs to nobody and is what invented people carry."""
_MOBILE_SHAPES = frozenset({(11,), (3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (4, 3, 4), (5, 6), (6, 5), (3, 3, 5), (1, 10)})
_CARD_SHAPES = frozenset({(4, 4, 4, 4), (4, 4, 4, 5), (4, 4, 4, 6), (6, 10), (6, 11), (6, 12), (6, 13)})
_CARD_STARTS = frozenset("345689")


def check_digit(first_17: str) -> str:
    """The check character of an 18-digit identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def is_dated_id(digits: str) -> bool:
    """Whether 18 characters have the shape of an identity number: a province and a birth date."""
    return len(digits) == 18 and digits[:2] in _PROVINCES and _is_date(digits[6:14])


def is_id_18(digits: str) -> bool:
    """Whether 18 characters are an identity number with a right check digit."""
    return is_dated_id(digits) and check_digit(digits[:17]) == digits[17]


def is_id_15(digits: str) -> bool:
    """Whether 15 digits are an identity number of the form before 1999."""
    return len(digits) == 15 and digits[:2] in _PROVINCES and _is_date("19" + digits[6:12])


def is_bank_card(digits: str, shape: tuple[int, ...]) -> bool:
    """Whether 16 to 19 digits are a card by Luhn's check (ISO/IEC 7812-1 annex B), in a shape cards are written in."""
    is_shaped = len(shape) == 1 or shape in _CARD_SHAPES or (shape[:4] == (4, 4, 4, 4) and len(shape) == 5)
    return 16 <= len(digits) <= 19 and digits[0] in _CARD_STARTS and (is_shaped or max(shape) == 1) and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the digits satisfy Luhn's check."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def mobile(digits: str, shape: tuple[int, ...]) -> str | None:
    """The 11 digits of a mobile number, with or without 86 before it; None when it is none."""
    for prefix in ("0086", "86", ""):
        rest = digits.removeprefix(prefix)
        if digits.startswith(prefix) and len(rest) == 11 and rest[0] == "1" and rest[1] in "3456789":
            own_shape = shape if not prefix else _without(shape, len(prefix))
            return rest if own_shape in _MOBILE_SHAPES or max(shape) <= 2 else None
    return None


def _without(shape: tuple[int, ...], taken: int) -> tuple[int, ...]:
    first = shape[0] - taken
    return shape[1:] if first == 0 else (first, *shape[1:])


def landline(digits: str, shape: tuple[int, ...]) -> str | None:
    """The digits of a landline number written with its area code; None when it is none."""
    area = _area(digits)
    local = len(digits) - area
    if digits[0] != "0" or digits[1] in "0" or local not in (7, 8) or digits[area] in "01":
        return None
    if area == 3 and digits[1] == "1" and digits[2] != "0":
        return None
    is_shaped = len(shape) == 1 or shape[0] == area or max(shape) <= 2
    return digits if is_shaped else None


def without_area(digits: str) -> str:
    """A landline's number as it is dialled inside its own area."""
    return digits[_area(digits):]


def _area(digits: str) -> int:
    return 3 if digits[:2] in ("01", "02") else 4


def _is_date(digits: str) -> bool:
    if not digits.isdigit():
        return False
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return 1850 <= born.year <= 2100
