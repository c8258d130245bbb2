"""`zhida keys`: turning the keys of personal data."""

from __future__ import annotations

import signal
import threading

import click

from kernel import rotation
from kernel.audit import record
from kernel.rotation import Turned, Use
from web.commands.line import Told, command, system_actor, the_house
from web.house import House
from web.sealed import SEALED

SHOWN_EVERY = 20_000


def commands() -> tuple[click.Group, ...]:
    """The group of this module."""
    keys = click.Group("keys", help="加密个人信息的密钥。")
    command(keys, "rotate")(_rotate)
    command(keys, "status")(_status)
    return (keys,)


def _rotate() -> Told:
    """换密钥或换加密套件：把全部个人信息改用 DATA_KEY 的第一把密钥加密；可以随时中断，再运行就接着做。"""
    house, stop = the_house(), threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    shown: dict[str, int] = {}

    def tell(name: str, count: int) -> None:
        if count - shown.get(name, 0) >= SHOWN_EVERY:
            shown[name] = count
            click.echo(f"{name}：已换 {count} 条", err=True)

    turned = rotation.rotate(house.database, house.keyring, SEALED, house.clock, tell, stop.is_set)
    if turned.changed:
        with house.database.writing() as session:
            record(session, house.clock.now(), system_actor(), "轮换密钥", f"key:{house.keyring.key_ids[0]}",
                   {"已完成": turned.is_finished, "条数": sum(turned.changed.values())})
    return Told(_words(house, turned), _data(house, turned), refused=not turned.is_finished or bool(turned.use.missing))


def _status() -> Told:
    """看每把密钥还加密着多少条、能不能去掉旧密钥；不改动任何数据。"""
    house = the_house()
    with house.database.reading() as session:
        use = rotation.use(session, house.keyring, SEALED)
    return Told(_use_words(house, use), _use_data(house, use), refused=bool(use.missing))


def _words(house: House, turned: Turned) -> str:
    changed = sum(turned.changed.values())
    if not turned.is_finished and not turned.unreadable:
        return f"已换 {changed} 条，还没有做完。请再运行一次 zhida keys rotate，会从停下的地方接着做。"
    lines = [f"共换 {changed} 条。" if changed else "没有要换的：全部数据已用现在的密钥和加密套件。"]
    return "\n".join([*lines, _use_words(house, turned.use)])


def _use_words(house: House, use: Use) -> str:
    lines = [f"密钥 {key_id}{'（现用）' if key_id == house.keyring.key_ids[0] else ''}：{count} 条"
             for key_id, count in sorted(use.rows.items())]
    if use.missing:
        lines.append(f"缺少密钥 {'、'.join(use.missing)}：请从备份找回，加在 DATA_KEY 后面，再运行一次 zhida keys rotate。")
    elif use.stale:
        lines.append(f"还有 {use.stale} 条没有换，可能有进程还在用旧设置。请重启全部进程，再运行一次 zhida keys rotate。")
    elif use.is_turning:
        lines.append("轮换还没有做完。请再运行一次 zhida keys rotate。")
    elif use.orphaned:
        lines.append(f"还有 {use.orphaned} 条退订只有旧密钥认得：当时没有存号码，号码也不在名册里。请继续把旧密钥留在 DATA_KEY 后面；"
                     "去掉它，这些退订就不再起作用。")
    elif removable(house, use):
        lines.append(f"旧密钥 {'、'.join(removable(house, use))} 已没有数据在用，可以从 DATA_KEY 去掉，然后重启全部进程。"
                     "旧备份仍要用旧密钥才能读，请另行妥善保管。")
    return "\n".join(lines) or "库里还没有加密的数据。"


def removable(house: House, use: Use) -> tuple[str, ...]:
    """The keys held that nothing hangs on any more; none while a turning is to be done, or where only an old key knows a refusal."""
    if not use.is_settled or use.orphaned:
        return ()
    return tuple(key_id for key_id in house.keyring.key_ids[1:] if key_id not in use.rows)


def _data(house: House, turned: Turned) -> dict[str, object]:
    return {"finished": turned.is_finished, "changed": turned.changed, "unreadable": turned.unreadable,
            **_use_data(house, turned.use)}


def _use_data(house: House, use: Use) -> dict[str, object]:
    return {"current": house.keyring.key_ids[0], "in_use": use.rows, "stale": use.stale, "missing": list(use.missing), "orphaned": use.orphaned,
            "removable": list(removable(house, use))}
