"""Measures the answering index: speed and memory at a county's size, and recall on labelled files.

`python benchmarks/answering.py` builds a synthetic base; with `--entries FILE --queries FILE` (JSON lines) it
measures that base instead. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Sequence
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from knowledge.encoders import Encoder, LexicalOnly, available_encoder
from knowledge.evaluation import Query, evaluate
from knowledge.index import Index
from knowledge.learning import learn
from knowledge.settings import AnswerModel
from knowledge.shelf import Entry
from knowledge.spoiling import Spoiling, spoil
from knowledge.vectors import VectorStore

DAY = date(2024, 6, 1)
DATA = Path(__file__).parent / "data"
SETS = ("short-a", "short-b", "everyday-1", "everyday-2", "mailbox", "dense")
UPDATES = 5
"""Changes taken in one after the other: memory that is not given back would show."""
PLACES = [
    "东坪",
    "西沟",
    "南湾",
    "北岭",
    "红崖",
    "青山",
    "石门",
    "沙塘",
    "杨河",
    "马营",
    "高台",
    "新店",
    "大庄",
    "小岔",
    "白土",
    "黄沟",
    "吊堡",
    "官厅",
    "和平",
    "双井",
]
MATTERS = [
    "养老金",
    "低保",
    "医保",
    "危房改造",
    "种粮补贴",
    "农机补贴",
    "残疾证",
    "户口",
    "身份证",
    "驾驶证",
    "宅基地",
    "小额信贷",
    "助学贷款",
    "公租房",
    "营业执照",
    "自来水",
    "电费",
    "垃圾清运",
    "道路维修",
    "路灯",
    "厕所改造",
    "高龄津贴",
    "孤儿补助",
    "临时救助",
    "医疗救助",
    "生育津贴",
    "失业金",
    "工伤认定",
    "退耕还林",
    "草原补奖",
]
ASKED = [
    "怎么办理",
    "去哪里办",
    "要什么材料",
    "什么时候发",
    "发多少钱",
    "几天能办好",
    "找谁咨询",
    "能不能代办",
    "丢了怎么补",
    "断了怎么续",
    "网上能办吗",
    "条件是什么",
    "没到账怎么办",
    "年龄有要求吗",
    "不批怎么申诉",
    "标准是多少",
    "哪天截止",
]
FRAMES = (
    "{0}{1}{2}", "{0}的{1}{2}", "我是{0}的想问{1}{2}", "{1}在{0}{2}", "请问{0}村{1}{2}", "{0}那边{1}到底{2}",
)  # fmt: skip


def synthetic(entries: int, phrasings: int) -> list[Entry]:
    """Entries about matters in places; every phrasing differs, and every answer, of some 150 characters."""
    chance, telling = Random(1), Random(3)
    made = []
    for number in range(entries):
        place = chance.choice(PLACES) + chance.choice(PLACES)[0] + chance.choice("村镇乡组社")
        words = (place, chance.choice(MATTERS), chance.choice(ASKED))
        texts = [frame.format(*words) for frame in FRAMES[: phrasings // entries]]
        made.append(Entry(f"s{number}", texts[0], tuple(texts[1:]), _answer(telling)))
    return made


def _answer(chance: Random) -> str:
    parts = [f"{chance.choice(PLACES)}的{chance.choice(MATTERS)}{chance.choice(ASKED)}看{chance.choice(MATTERS)}" for _ in range(10)]
    return "，".join(parts) + "。"


def letters(base: Sequence[Entry], count: int, chance: Random) -> list[str]:
    """Questions within a story of some hundred characters, as they come to a mailbox."""
    return [f"领导您好，{chance.choice(base).answer[:40]}，{chance.choice(base).question}，{chance.choice(base).answer[40:80]}，请答复。"
            for _ in range(count)]


def encode(folder: str, entries: int, phrasings: int) -> None:
    """What an import does: encode every text and store its vector."""
    Index.build(synthetic(entries, phrasings), available_encoder(), VectorStore(Path(folder)))


def speed(encoder: Encoder, entries: int, phrasings: int, questions: int) -> dict[str, Any]:
    """Seconds to start from stored vectors and to take in a change, milliseconds a question, memory.

    Beside the time on the clock the time on the processor is told, which other processes do not lengthen. Encoding
    happens in a process of its own, so that its memory is not counted.
    """
    base = synthetic(entries, phrasings)
    with TemporaryDirectory() as folder:
        if encoder.dimensions:
            importing = get_context("spawn").Process(target=encode, args=(folder, entries, phrasings))
            importing.start()
            importing.join()
        begun, worked = perf_counter(), process_time()
        index = Index.build(base, encoder, VectorStore(Path(folder)))
        started, start_work = perf_counter() - begun, process_time() - worked
    chance = Random(2)
    kinds = list(Spoiling)
    asked = [
        spoil(chance.choice(chance.choice(base).similar), chance.choice(kinds), chance)
        for _ in range(questions)
    ]
    question_ms, letter_ms = _timed(index, asked), _timed(index, letters(base, questions // 4, chance))
    answering_peak = _peak_mb()
    begun, worked = perf_counter(), process_time()
    for number in range(1, UPDATES + 1):
        index.update([Entry(f"new{number}", "新增的问题怎么问", (), "答复")], [f"s{number}"])
    updated, update_work = ((end - start) / UPDATES for end, start in ((perf_counter(), begun), (process_time(), worked)))
    return {
        "entries": entries,
        "phrasings": len(index.shelf.phrasings),
        "start_seconds": {"clock": round(started, 2), "processor": round(start_work, 2)},
        "update_seconds": {"clock": round(updated, 2), "processor": round(update_work, 2)},
        "question_ms": question_ms,
        "letter_ms": letter_ms,
        "peak_mb": {"answering": answering_peak, "through_updates": _peak_mb()},
    }


def _timed(index: Index, asked: Sequence[str]) -> dict[str, dict[str, float]]:
    spent, work = [], []
    for question in asked:
        begun, worked = perf_counter(), process_time()
        index.find(question, today=DAY)
        spent.append(1000 * (perf_counter() - begun))
        work.append(1000 * (process_time() - worked))
    return {"clock": _percentiles(spent), "processor": _percentiles(work)}


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _percentiles(spent: Sequence[float]) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(spent, share)), 2) for share in (50, 90, 99)}


def labelled(
    encoder: Encoder, entries: Path, queries: Path, splits: Sequence[str], trained: bool, spoilt: bool
) -> dict[str, Any]:
    """The evaluation of a base in a file by questions in a file."""
    base = [_entry(json.loads(line)) for line in entries.read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in queries.read_text("utf-8").splitlines()]
    asked = [
        Query(row["query"], frozenset(row["gold"]))
        for row in rows
        if not splits or row.get("split") in splits
    ]
    index = Index.build(base, encoder)
    if trained:
        begun = perf_counter()
        trial = learn(index)
        index.weights = trial.weights
        told = {"seconds_to_train": round(perf_counter() - begun, 1), "taken": trial.taken, "reason": trial.reason}
        return {**told, **_measured(index, asked, spoilt)}
    return _measured(index, asked, spoilt)


def _measured(index: Index, asked: list[Query], spoilt: bool) -> dict[str, Any]:
    return evaluate(index, asked, today=DAY, kinds=tuple(Spoiling) if spoilt else ()).as_json()


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(row["id"], row["question"], tuple(row.get("similar") or ()), row["answer"])


def measure() -> dict[str, Any]:
    """Questions a second of one core over a base of a county's size, for `make bench`."""
    encoder = available_encoder()
    figures = speed(encoder, entries=2_000, phrasings=12_000, questions=400)
    median = figures["question_ms"]["clock"]["p50"]
    return {"questions_per_second": round(1000 / median, 1), **figures, **{name: near_misses(encoder, name) for name in SETS}}


def near_misses(encoder: Encoder, name: str) -> dict[str, Any]:
    """Questions among near-miss neighbours; the weights learned from the first set of each kind, not from the second."""
    files = (DATA / f"{name}-{kind}.jsonl" for kind in ("entries", "queries"))
    measured = labelled(encoder, *files, (), trained=False, spoilt=False)
    return {figure: value for figure, value in measured.items() if figure not in ("ms_median", "ms_p99", "spoilt")}


def main() -> None:
    """Measure what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=Path)
    options.add_argument("--queries", type=Path)
    options.add_argument("--split", action="append", default=[])
    options.add_argument("--trained", action="store_true", help="learn on the base first, and take it only if it serves")
    options.add_argument("--spoilt", action="store_true", help="measure spoilt copies too")
    options.add_argument("--lexical", action="store_true", help="without a model of meaning")
    options.add_argument("--heavy", action="store_true", help="with the larger model of meaning too")
    options.add_argument("--size", type=int, default=10_000)
    options.add_argument("--questions", type=int, default=1_000)
    chosen = options.parse_args()
    encoder = LexicalOnly() if chosen.lexical else available_encoder(AnswerModel.HEAVY if chosen.heavy else AnswerModel.LIGHT)
    if chosen.entries and chosen.queries:
        figures = labelled(
            encoder, chosen.entries, chosen.queries, chosen.split, chosen.trained, chosen.spoilt
        )
    else:
        figures = speed(encoder, chosen.size, 6 * chosen.size, chosen.questions)
    print(json.dumps({"encoder": encoder.name, **figures}, ensure_ascii=False))


if __name__ == "__main__":
    main()
