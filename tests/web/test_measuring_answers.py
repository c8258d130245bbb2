"""`zhida knowledge evaluate` and `train`: what is measured is told by its name, and weights change only where nothing falls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from knowledge import answers
from knowledge.encoders import LexicalOnly
from knowledge.models import EntryState
from knowledge.settings import AnsweringSettings, AnswerModel
from tests.web.staff.office import Office, open_office
from web.commands import knowing
from web.entry_files import Form, read_entries, write_entries

GROUP = knowing.commands()[0]
BASE = Path("web/demo/data/knowledge.jsonl")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def told(office: Office, *words: str) -> Result:
    return office.app.test_cli_runner().invoke(GROUP, list(words))


def data(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def questions(tmp_path: Path, *rows: dict[str, Any]) -> str:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return str(file)


def test_an_evaluation_tells_every_measure_plain_and_spoilt(office: Office, tmp_path: Path) -> None:
    asked = questions(tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}, {"query": "双色球开几号", "gold": []})
    words = told(office, "evaluate", "--entries", str(BASE), "--queries", asked, "--json")
    report = data(words)
    measures = {"recall_at_1", "recall_at_3", "recall_at_5", "mrr", "answered_right", "answered_wrong", "clarified",
                "handed_over", "auroc", "ms_median", "ms_p99"}  # fmt: skip
    assert measures <= report.keys()
    assert set(report["spoilt"]) == {"homophones", "accent", "fillers", "mixed"}
    assert all(measures <= figures.keys() for figures in report["spoilt"].values())
    assert report["recall_at_1"] == 1.0
    spoken = told(office, "evaluate", "--entries", str(BASE), "--queries", asked).stdout
    for word in ("前一、三、五条", "MRR", "直接答对", "答错", "转人工", "AUROC", "毫秒", "写坏的问法（口音）"):
        assert word in spoken


def test_entries_are_measured_from_whatever_an_import_reads_without_those_that_do_not_answer(office: Office, tmp_path: Path) -> None:
    lines = read_entries(BASE.read_bytes()).good
    stopped = [line.model_copy(update={"state": EntryState.RETIRED}) if line.id == "med-pay" else line for line in lines]
    asked, figures = questions(tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}), []
    for name, kept in (("all.jsonl", lines), ("all.xlsx", lines), ("stopped.xlsx", stopped)):
        (tmp_path / name).write_bytes(write_entries(kept, Form(name.partition(".")[2])))
        figures.append(data(told(office, "evaluate", "--entries", str(tmp_path / name), "--queries", asked, "--json")))
    assert [one["recall_at_1"] for one in figures] == [1.0, 1.0, 0.0]
    assert figures[2]["warnings"][0] == "没有算进来：草稿、停用的 1 条"


def test_a_file_of_entries_of_which_none_can_be_read_is_no_base_to_measure(office: Office, tmp_path: Path) -> None:
    entries = tmp_path / "entries.jsonl"
    entries.write_text('{"id": 1}\n', "utf-8")
    refused = told(office, "evaluate", "--entries", str(entries), "--queries", questions(tmp_path, {"query": "医保在哪交"}))
    assert (refused.exit_code, "第 1 行 question：没有填写" in refused.stderr) == (1, True), refused.output


@pytest.mark.parametrize("model", list(AnswerModel))
def test_a_file_and_the_base_are_measured_with_the_model_of_the_setting(
        office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: AnswerModel) -> None:
    wanted: list[AnswerModel] = []
    monkeypatch.setattr(answers, "available_encoder", lambda one: wanted.append(one) or LexicalOnly())
    settings = replace(office.house.settings, answering=AnsweringSettings.model_construct(answer_model=model))
    office.app.extensions["zhida"] = replace(office.house, settings=settings)
    asked = questions(tmp_path, {"query": "医保在哪交", "gold": []})
    for words in (("--entries", str(BASE)), ()):
        assert not told(office, "evaluate", *words, "--queries", asked).exit_code
    assert wanted == [model, model]


def test_a_question_file_with_a_fault_is_refused_with_its_place(office: Office, tmp_path: Path) -> None:
    asked = questions(tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}, {"query": "低保", "gold": "dibao-apply"})
    refused = told(office, "evaluate", "--entries", str(BASE), "--queries", asked)
    assert refused.exit_code
    assert "第 2 行" in refused.output


def test_what_does_not_count_in_a_measurement_is_told(office: Office, tmp_path: Path) -> None:
    entries = tmp_path / "entries.jsonl"
    entries.write_bytes(BASE.read_bytes() + '{"id": "x", "question": "只有问题"}\n'.encode())
    asked = questions(tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}, {"query": "低保咋办", "gold": ["no-such-entry"]})
    row = len(BASE.read_text("utf-8").splitlines()) + 1
    told_of = data(told(office, "evaluate", "--entries", str(entries), "--queries", asked, "--json"))["warnings"]
    assert [f"第 {row} 行" in told_of[0], "no-such-entry" in told_of[1], len(told_of)] == [True, True, 2], told_of
    assert data(told(office, "evaluate", "--entries", str(BASE), "--queries", questions(
        tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}), "--json"))["warnings"] == []


@pytest.mark.parametrize("row", [{"query": None, "gold": []}, {"query": ["低保"]}, {"query": "低保", "gold": [{"id": "dibao-apply"}]}])
def test_a_row_that_asks_nothing_or_names_nothing_is_refused(office: Office, tmp_path: Path, row: dict[str, Any]) -> None:
    asked = questions(tmp_path, {"query": "医保在哪交", "gold": ["med-pay"]}, row)
    refused = told(office, "evaluate", "--entries", str(BASE), "--queries", asked)
    assert (refused.exit_code, "第 2 行" in refused.output) == (1, True), refused.output


def test_a_line_separator_within_a_question_ends_no_line(office: Office, tmp_path: Path) -> None:
    asked = questions(tmp_path, {"query": "医保\u2028在哪交", "gold": ["med-pay"]}, {"query": "低保", "gold": []})
    assert data(told(office, "evaluate", "--entries", str(BASE), "--queries", asked, "--json"))["questions"] == 2


def test_a_trial_says_why_leaves_its_record_and_what_it_takes_is_answered_by(office: Office, tmp_path: Path) -> None:
    assert told(office, "import", str(BASE)).exit_code == 0
    library, folder = office.house.library, office.house.installation.folder
    before = library.index().weights
    asked = questions(tmp_path, {"query": "明年看病那个钱在啥地方交", "gold": ["med-pay"]})
    trial = data(told(office, "train", "--queries", asked, "--json"))
    record = json.loads((folder / "answering-trial.json").read_text("utf-8"))
    assert (record["taken"], record["reason"]) == (trial["taken"], trial["reason"])
    assert trial["reason"]
    library.prepare()
    assert (library.index().weights is not before) is trial["taken"]
    assert (folder / "answering-weights.json").exists() is trial["taken"]
