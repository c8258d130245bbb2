"""What carriers' report codes say of a number, the same through every gateway."""

from __future__ import annotations

# Codes that mean "no such number" and nothing else (carriers' lists of status reports: MI 短信中心, CB 计费, DB DSMP).
_NO_SUCH_NUMBER = frozenset({"MI:0073", "MI:0210", "CB:0001", "CB:0053", "DB:0101"})
# Most lists put 空号 and 关机 under one code; a telephone switched off tonight must not lose tomorrow's notice.
_MAY_COME_BACK = ("停机", "关机", "暂停", "服务区", "欠费", "无法接通")


def is_gone(code: str, words: str = "") -> bool:
    """Whether a report surely says that the number does not exist."""
    return code in _NO_SUCH_NUMBER or ("空号" in words and not any(word in words for word in _MAY_COME_BACK))
