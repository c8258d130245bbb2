"""What can go wrong under a command besides an expected refusal, said as a sentence with place and cure."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError, ProgrammingError

from kernel.files import said
from web.errors import EXPECTED, words_of

# The table or column is not there: SQLite says the first two, PostgreSQL the last.
NOT_MIGRATED = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")
# How the two databases say at the door why nobody comes in, and what that means for whoever set them up.
DOORS = (
    ('database "', "没有 DATABASE_URL 里写的那个库，请先建库"), ('role "', "没有 DATABASE_URL 里写的账号，请先建账号"),
    ("password authentication failed", "账号或密码不对"), ("no password supplied", "没有写密码"),
    ("pg_hba.conf", "数据库服务不许这台机器或这个账号连接"), ("refused", "连不上，地址或端口不对，或服务没有启动"),
    ("resolve host", "找不到这个主机名"), ("timeout", "连接超时，地址不对或被防火墙拦住"),
    ("readonly database", "数据库文件或它所在的文件夹只读，没有写的权限"),
    ("unable to open database file", "数据库文件打不开，文件夹不在或没有权限"), ("disk is full", "磁盘满了"),
)
REFUSALS = (*EXPECTED, OperationalError, ProgrammingError, OSError)


def is_told(error: BaseException) -> bool:
    """Whether an error is the installation's or the file's, to be told; anything else is a fault of the program."""
    return not isinstance(error, ProgrammingError) or _is_not_migrated(error)


def sentence(error: BaseException) -> str:
    """The sentence for the person at the keyboard; never the statement or its values."""
    if isinstance(error, OperationalError | ProgrammingError):
        if _is_not_migrated(error):
            return "数据库结构还没有建立，或不是最新的。请先运行 zhida db upgrade。"
        if "locked" in str(error.orig):
            return "数据库正被别的进程占用，这次没有写入。请过一会儿再试。"
        return f"数据库用不了{door(error)}。请检查 DATABASE_URL、磁盘空间和数据库服务。"
    if isinstance(error, OSError):
        place = f" {error.filename}" if error.filename else ""
        return f"文件{place} 读写不了（{said(error)}）。请核对路径、权限和磁盘空间，再试一次。"
    return words_of(error)


def door(error: BaseException) -> str:
    """Why the database lets nobody in, in brackets; empty where it says nothing known. Never its own words: they hold names."""
    told = str(getattr(error, "orig", error))
    return next((f"（{words}）" for sign, words in DOORS if sign in told), "")


def _is_not_migrated(error: OperationalError | ProgrammingError) -> bool:
    told = f"{type(error.orig).__name__} {error.orig}"
    return any(mark in told for mark in NOT_MIGRATED)
