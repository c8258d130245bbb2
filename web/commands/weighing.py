"""`zhida knowledge train` and `evaluate`: new weights only where answers do not get worse, and how good the answers are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from kernel.audit import record
from kernel.clock import today
from kernel.files import FileRefused
from knowledge.answers import TRIAL_FILE, index_of, weights_file, would_answer
from knowledge.gaps import confirmed
from knowledge.index import Index
from knowledge.lines import Lines
from web.commands.line import Told, command, system_actor, the_house
from web.commands.questions import asked_of
from web.entry_files import read_entries

if TYPE_CHECKING:
    from knowledge.evaluation import Query

log = structlog.get_logger()
SPOILT = {"homophones": "错别字", "accent": "口音", "fillers": "口头语", "mixed": "三样都有"}


def add_to(group: click.Group) -> None:
    """The commands of this module."""
    click.option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
                 help="带答案编号的问题（JSONL：query 和 gold）。")(_evaluate)
    click.option("--entries", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="用这个条目文件来评（.jsonl、.xlsx、.csv，和导入一样读）；不写就评现有的知识库。")(_evaluate)
    command(group, "evaluate")(_evaluate)
    click.option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="工作人员标好答案的问题（JSONL：query 和 gold），和群众确认过的一起用。")(_train)
    command(group, "train")(_train)


def _evaluate(entries: Path | None, queries: Path) -> Told:
    """评一评答得准不准：召回、答对答错、转人工、每问毫秒数，以及读音写错、带口头语时的同样数字。"""
    from knowledge.evaluation import Query, evaluate

    asked = [Query(text, frozenset(gold)) for text, gold in asked_of(queries)]
    if not asked:
        raise FileRefused(f"{queries.name} 里没有问题。请一行写一个 {{\"query\": …, \"gold\": [\"编号\"]}}。")
    house = the_house()
    base = None if entries is None else read_entries(entries.read_bytes())
    index = house.library.index() if base is None else index_of(base, house.settings.answering.answer_model)
    report = evaluate(index, asked, today=today(house.clock)).as_json()
    warnings = [*(_left_aside(base) if base is not None else ()), *_unheld(index, asked)]
    lines = [_line(f"{len(asked)} 个问题", report)]
    lines += [_line(f"  写坏的问法（{SPOILT[kind]}）", figures) for kind, figures in report["spoilt"].items()]
    return Told("\n".join([*lines, *warnings]), {**report, "warnings": warnings})


def _left_aside(base: Lines) -> list[str]:
    """The rows of a file of entries that are not measured by."""
    silent = sum(not would_answer(line) for line in base.good)
    stopped = [f"没有算进来：草稿、停用的 {silent} 条"] if silent else []
    return [*(f"没有算进来：第 {one.row} 行 {one.column}：{one.reason}。{one.cure}" for one in base.errors), *stopped]


def _unheld(index: Index, asked: Sequence[Query]) -> list[str]:
    """Right answers that no entry can give: such a question counts against us whatever is answered."""
    named = {one for query in asked for one in query.gold} - index.shelf.entries.keys()
    return [f"gold 里有 {len(named)} 个编号不在条目里，问到它们的算没答上：{'、'.join(sorted(named)[:5])}。请核对编号。"] if named else []


def _line(name: str, figures: dict[str, Any]) -> str:
    sure = "算不出" if figures["auroc"] is None else f"{figures['auroc']:.3f}"
    return (f"{name}：前一、三、五条有对的 {figures['recall_at_1']:.1%}、{figures['recall_at_3']:.1%}、{figures['recall_at_5']:.1%}，"
            f"MRR {figures['mrr']:.3f}；直接答对 {figures['answered_right']}，答错 {figures['answered_wrong']}，"
            f"先请对方选 {figures['clarified']}，转人工 {figures['handed_over']}；把握的 AUROC {sure}；"
            f"每问 {figures['ms_median']:.1f} 毫秒（百分之九十九不超过 {figures['ms_p99']:.1f}）。")


def _train(queries: Path | None) -> Told:
    """在本县的知识库上重新学怎样排序、多有把握才答；在没拿来学的问题上不比现在差才换上。"""
    from knowledge.learning import keep, learn

    house = the_house()
    with house.database.reading() as session:
        known = confirmed(session)
    labelled = asked_of(queries) if queries else []
    known += [(text, entry) for text, gold in labelled for entry in gold[:1]]
    index = house.library.index()
    trial = learn(index, known)
    now = house.clock.now()
    folder = house.installation.folder
    keep(trial, folder / weights_file(index.encoder.name), folder / TRIAL_FILE, now)
    with house.database.writing() as session:
        record(session, now, system_actor(), "重新学习答问的权重", "knowledge:train", {"taken": trial.taken, "reason": trial.reason})
    log.info("weights of answering were tried", taken=trial.taken, reason=trial.reason)
    return Told(f"{trial.reason}量得的数字在：{folder / TRIAL_FILE}", trial.as_json())
