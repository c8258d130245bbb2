"""From an office's household table to a phone, as the README walks it, and back again by every door."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.journeys.conftest import ROOT, Office

PEOPLE = {"编辑": "editor", "初审": "first_reviewer", "复审": "second_reviewer", "签发": "signer", "推送": "sender"}
SAMPLES = ROOT / "docs" / "samples"
pytestmark = pytest.mark.timeout(600)  # a dozen commands, each a process of its own
CORN = '{"fact": "crop.玉米", "at_least": 3}'


def furnish(office: Office) -> None:
    """Divisions, people and the sample table, by the commands an office types."""
    told = office.zhida("divisions", "import", str(ROOT / "web" / "demo" / "data" / "divisions-pengyang.csv"))
    assert told == {"read": 175, "created": 175, "updated": 0, "rejected": 0}
    for name, role in PEOPLE.items():
        office.zhida("staff", "add", name, "--role", role, "--division", "640425", given="long-enough-1\n")


def publish(office: Office) -> None:
    """Three reviews by three people, then publication."""
    assert office.zhida("notices", "import", str(SAMPLES / "notice.jsonl"))["created"] == 1
    for act, name in (("submit", "编辑"), ("approve", "初审"), ("approve", "复审"), ("approve", "签发"), ("publish", "编辑")):
        office.zhida("notices", act, "SAMPLE-001", "--as", name)


def wait_until_finished(office: Office, dispatch: int) -> dict[str, Any]:
    """The status of a dispatch once every receipt is in."""
    until = time.monotonic() + 60
    while True:
        status = office.zhida("push", "status", str(dispatch))
        waiting = sum(status["deliveries"].get(state, 0) for state in ("planned", "sending", "accepted", "unknown"))
        if (status["state"] == "finished" and waiting == 0) or time.monotonic() > until:
            return status
        time.sleep(0.5)


def test_a_table_becomes_messages_on_the_right_phones_and_nowhere_else(office: Office) -> None:
    furnish(office)
    errors = office.folder / "errors.csv"
    told = office.zhida("profiles", "import", str(SAMPLES / "households.csv"), "--errors", str(errors))
    assert (told["read"], told["households"], told["residents"], told["rejected"]) == (9, 4, 7, 2)
    assert "未知" in errors.read_text("utf-8-sig") or "村代码" in errors.read_text("utf-8-sig")
    again = office.zhida("profiles", "import", str(SAMPLES / "households.csv"), "--errors", str(errors))
    assert (again["created"], again["updated"]) == (0, 0)
    counts = office.zhida("profiles", "count", "--where", CORN)
    assert (counts["surely"], counts["possibly"]) == (2, 3)
    assert "玉米" in counts["wording"]

    office.zhida("push", "send", "--notice", "SAMPLE-001", "--as", "推送", expect=1)
    publish(office)
    sent = office.zhida("push", "send", "--notice", "SAMPLE-001", "--as", "推送")
    assert (sent["planned"], sent["skipped"]) == (2, {})
    office.start("worker")
    status = wait_until_finished(office, sent["dispatch"])
    assert status["deliveries"]["delivered"] == 2
    assert status["parts"] >= 2
    shown = office.simulators.inbox.since(0)
    assert {one["address"] for one in shown} == {"19964010001", "19964010007"}
    assert all("玉米收储补贴" in one["text"] for one in shown)
    assert not any(word in one["text"] for one in shown for word in ("脱贫", "低保"))

    refused = office.zhida("push", "send", "--notice", "SAMPLE-001", "--as", "推送", expect=1)
    assert f"推送任务 {sent['dispatch']}" in refused["error"]


def test_what_was_sent_is_byte_for_byte_what_was_approved(office: Office) -> None:
    furnish(office)
    publish(office)
    changed = json.loads((SAMPLES / "notice.jsonl").read_text("utf-8")) | {"summary": "改了一个字。"}
    (office.folder / "changed.jsonl").write_text(json.dumps(changed, ensure_ascii=False), encoding="utf-8")
    assert office.zhida("notices", "import", str(office.folder / "changed.jsonl"))["updated"] == 1
    refused = office.zhida("push", "send", "--notice", "SAMPLE-001", "--as", "推送", expect=1)
    assert "重新送审" in refused["error"]


def test_a_resident_hears_the_same_answer_by_wechat_and_on_the_web(office: Office) -> None:
    furnish(office)
    told = office.zhida("knowledge", "import", str(ROOT / "web" / "demo" / "data" / "knowledge.jsonl"))
    assert told["rejected"] == 0
    answer = office.zhida("knowledge", "ask", "医保咋交呢")
    assert answer["decision"] == "answer"
    said = json.dumps({"channel": "wechat", "address": "o-visitor", "text": "医保咋交呢"}).encode()
    request = urllib.request.Request(f"{office.simulators.address}/phones/say", said, {"Content-Type": "application/json"})
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=20) as response:
        reply = json.loads(response.read())
    assert time.monotonic() - began < 5
    first_line = reply["replies"][0].splitlines()[0]
    form = urllib.parse.urlencode({"words": "医保咋交呢"})
    with urllib.request.urlopen(f"{office.site}/ask", form.encode(), timeout=20) as response:
        page = response.read().decode()
    assert first_line[:12] in page


def test_a_board_code_on_paper_opens_the_page_of_its_village(office: Office, tmp_path: Path) -> None:
    furnish(office)
    publish(office)
    out = tmp_path / "sheets.pdf"
    told = office.zhida("qrcodes", "print", "--division", "640425100200", "--out", str(out))
    assert (told["codes"], told["pages"]) == (1, 1)
    subprocess.run(["pdftoppm", "-r", "80", "-png", str(out), str(tmp_path / "sheet")], check=True)
    text = zxingcpp.read_barcodes(Image.open(next(tmp_path.glob("sheet*.png"))))[0].text
    page = office.page(text.removeprefix(office.site))
    assert "姚河村" in page
    assert "玉米收储补贴开始登记" in page
