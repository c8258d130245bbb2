"""What the doctor says of keys and of data that should have ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from kernel import retention, rotation
from kernel.audit import AuditEntry
from web.commands.keys import removable
from web.house import House
from web.sealed import SEALED

TIDIED_WITHIN = timedelta(days=2)

Said = tuple[str, str, str]


def findings(house: House, *, counts_keys: bool = True) -> Iterator[Said]:
    """Level, what is the matter, and the cure; the schema has to be the newest."""
    if counts_keys:
        yield from _keys(house)
    yield from _retention(house)


def _keys(house: House) -> Iterator[Said]:
    with house.database.reading() as session:
        use = rotation.use(session, house.keyring, SEALED)
    for key_id in use.missing:
        yield ("error", f"有 {use.rows[key_id]} 条个人信息是用密钥 {key_id} 加密的，DATA_KEY 里没有这把密钥。",
               "请从备份找回这把密钥，加在 DATA_KEY 后面（用逗号分隔），然后重启全部进程。")
    if not use.is_settled:
        yield ("warning", f"换密钥还没有做完：{use.stale} 条数据不是用第一把密钥和现在的加密套件加密的。",
               "请运行 zhida keys rotate；做完以前不能导入农户表，也不要去掉旧密钥。")
    elif removable(house, use):
        yield ("note", f"旧密钥 {'、'.join(removable(house, use))} 已没有数据在用。", "可以从 DATA_KEY 去掉；旧备份还要用它，请另行保管。")


def _retention(house: House) -> Iterator[Said]:
    now = house.clock.now()
    with house.database.reading() as session:
        last = retention.last_run(session) or session.scalar(select(func.min(AuditEntry.at)))
    if last is not None and last < now - TIDIED_WITHIN:
        yield ("warning", f"到期数据已经 {(now - last).days} 天没有清理。", "请确认钟点进程（zhida clock）在运行，或运行 zhida retention run。")
