"""Passwords of the staff: what they must be, and one-time ones that an administrator hands out."""

from __future__ import annotations

from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.ids import readable_number

SHORTEST, LONGEST = 8, 200
ONE_TIME_FOR = timedelta(days=7)
RULES = (f"至少 {SHORTEST} 位，越长越好，可以用几个词连起来", "不能全是数字，生日和电话太好猜", "里面不能有账号名", "不能和现在的密码一样")


def complaint(password: str) -> str:
    """What is wrong with a password whoever chose it; empty when it will do."""
    if len(password) < SHORTEST:
        return f"密码太短：至少 {SHORTEST} 位。请换一个更长的密码。"
    if len(password) > LONGEST:
        return f"密码太长：最多 {LONGEST} 位。请换一个短些的密码。"
    return ""


def own_complaint(name: str, password: str) -> str:
    """What is wrong with a password that somebody chooses at their own desk, by the RULES they read there."""
    if wrong := complaint(password):
        return wrong
    if not password.isprintable():
        return "密码里有看不见或不能识别的字。请重新输入。"
    if password.isdecimal():
        return "密码全是数字，容易被猜到。请加上字母或汉字。"
    if len(name) > 1 and name in password:
        return "密码里有账号名，容易被猜到。请换一个。"
    return ""


def hashed(password: str) -> str:
    """What is kept of a password (Argon2id)."""
    return PasswordHasher().hash(password)


def is_right(kept: str, password: str) -> bool:
    """Whether a password is the one of which this is kept."""
    try:
        return PasswordHasher().verify(kept, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def one_time() -> str:
    """A new one-time password, easily read out: three times four characters, 59 bits."""
    return "-".join(readable_number(4) for _ in range(3))


def as_typed(password: str) -> str:
    """A one-time password as it was handed out, however a telephone's keyboard wrote it."""
    return password.strip().upper()
