"""`zhida notices`: drafts, the three reviews, publication, and what one household may claim."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.clock import today
from notices import drafts, eligibility, lifecycle
from profiles import register
from push import noticeboards
from web.commands.line import Told, actor_named, command, system_actor, the_house

ACTS = {
    "submit": "送审。",
    "approve": "审核通过（初审、复审、签发依次进行）。",
    "return": "退回修改，请写明原因。",
    "publish": "发布到网站。",
    "withdraw": "撤下，请写明原因。",
}


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    group = click.Group("notices", help="信息发布。")
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_import)
    command(group, "import")(_import)
    for act, words in ACTS.items():
        command(group, act)(_act(act, words))
    click.option("--household", required=True, help="户编号。")(_eligible)
    command(group, "eligible")(_eligible)
    return (group,)


def _import(file: Path) -> Told:
    """导入信息草稿（JSONL，一行一条）。"""
    house = the_house()
    report = drafts.import_notices(house.database, file.read_bytes(), house.clock.now(), system_actor(),
                                   house.catalogue, house.forms)
    words = [f"读入 {report.read} 条：新增 {report.created}，更新 {report.updated}，拒收 {report.rejected}。"]
    words.extend(f"  {warning}" for warning in report.warnings[:20])
    return Told("\n".join(words), report.as_json())


def _act(act: str, words: str):  # type: ignore[no-untyped-def]
    @click.argument("reference")
    @click.option("--as", "staff", required=True, metavar="STAFF", help="以哪个账号办理（记为代操作）。")
    @click.option("--reason", default="", help="原因。")
    def work(reference: str, staff: str, reason: str, confidentiality: str = "cleared") -> Told:
        house, actor = the_house(), actor_named(staff)
        now = house.clock.now()
        with house.database.writing() as session:
            if act == "approve":
                done = lifecycle.approve(session, reference, actor, now, reason=reason,
                                         confidentiality=confidentiality)
            elif act == "submit":
                done = lifecycle.submit(session, reference, actor, now, reason=reason, forms=house.forms)
            else:
                does = {"return": lifecycle.give_back, "publish": lifecycle.publish,
                        "withdraw": lifecycle.withdraw}[act]
                done = does(session, reference, actor, now, reason=reason)
                noticeboards.follow(session, reference, now)
        return Told(f"{reference}：{done.state.words}。", {"reference": done.reference, "state": done.state.value})

    work.__doc__ = words
    if act == "approve":
        click.option("--confidentiality", type=click.Choice(["cleared", "refused"]), default="cleared",
                     show_default=True, help="保密审查的结论（签发时记录）。")(work)
    return work


def _eligible(household: str) -> Told:
    """一户可以申请哪些事项，还差哪一句话。"""
    house = the_house()
    with house.database.reading() as session:
        found = register.household_by_reference(session, household)
        if found is None:
            missing = f"没有户编号为“{household}”的户。请核对编号。"
            return Told(missing, {"error": missing}, refused=True)
        answer = eligibility.policies_for(session, register.facts_of(session, found.id), today(house.clock),
                                          house.offers)
    told = answer.as_json()
    words = []
    for heading, group in (("可以申请", told["yes"]), ("资料不全、还不能判断", told["unknown"])):
        words += [f"{heading} {len(group)} 项{'：' if group else '。'}", *(f"  {one['title']}（{one['reference']}）" for one in group)]
    return Told("\n".join(words), told)
