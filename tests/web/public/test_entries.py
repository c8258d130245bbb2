"""An entry's own page: a guide with everything it takes, and honest word where it holds no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from kernel.clock import SetClock
from kernel.database import Database
from knowledge.filing import Filed, file_entries
from knowledge.lines import EntryLine
from knowledge.models import Entry, EntryState
from tests.web.public.reading import in_order, words_of
from tests.web.public.sample import EDITOR

GUIDE = {
    "id": "老年证/1", "question": "老年证怎么办", "answer": "满 60 周岁就能办，当场拿证。", "office": "彭阳县民政局", "phone": "0954-7000101",
    "source": "彭民发〔2026〕9号", "valid_until": "2027-12-31", "conditions": "满 60 周岁\n本县户口", "materials": ["身份证", "一寸照片"],
    "steps": "1. 到窗口填表\n2. 照相\n3. 拿证", "place": "县政务大厅 3 号窗口", "hours": "星期一到星期五 9:00–17:00", "time_limit": "当场",
    "fee": "不收费", "link": "https://zwfw.example.cn/a"}


@pytest.fixture
def guide(county: Database, noon: SetClock) -> Iterator[Entry]:
    with county.writing() as session:
        file_entries(session, [Filed(EntryLine.model_validate(GUIDE))], EntryState.REVIEWED, EDITOR, noon.now())
    with county.reading() as session:
        yield session.get_one(Entry, GUIDE["id"])
    with county.writing() as session:
        session.delete(session.get_one(Entry, GUIDE["id"]))


def set_to(county: Database, **values: object) -> None:
    with county.writing() as session:
        held = session.get_one(Entry, GUIDE["id"])
        for name, value in values.items():
            setattr(held, name, value)


@pytest.mark.usefixtures("guide")
def test_a_guide_says_where_what_to_bring_how_and_who_says_so(visitor: FlaskClient) -> None:
    page = visitor.get("/entries/老年证%2F1")
    assert page.status_code == 200
    words = words_of(page.text)
    assert in_order(words, "老年证怎么办", "彭阳县民政局", "办事指南", "满 60 周岁就能办", "去哪儿办", "县政务大厅 3 号窗口", "多久办好", "当场", "收不收费",
                    "不收费", "谁能办", "本县户口", "要带什么", "一寸照片", "怎么办", "到窗口填表", "依据", "彭民发〔2026〕9号", "2027年12月31日")
    assert "<ol><li>到窗口填表</li>" in page.text
    assert 'href="tel:09547000101"' in page.text or 'href="tel:0954-7000101"' in page.text
    assert 'href="https://zwfw.example.cn/a"' in page.text


@pytest.mark.usefixtures("guide")
def test_what_holds_no_more_says_so_and_whom_to_ask(visitor: FlaskClient, county: Database, noon: SetClock) -> None:
    set_to(county, valid_until=noon.now().date().replace(day=1))
    assert "这个说法已经过期" in visitor.get("/entries/老年证%2F1").text
    set_to(county, state=EntryState.RETIRED)
    gone = visitor.get("/entries/老年证%2F1")
    assert (gone.status_code, "不再适用" in gone.text, "0954" in gone.text, "一寸照片" in gone.text) == (410, True, True, False)
    set_to(county, state=EntryState.DRAFT)
    assert visitor.get("/entries/老年证%2F1").status_code == 404


def test_an_answer_has_a_page_too_and_a_notices_entry_leads_to_the_notice(visitor: FlaskClient) -> None:
    assert "420 元" in visitor.get("/entries/med-pay").text
    assert visitor.get("/entries/notice:PY-2026-001").location == "/notices/PY-2026-001"
    assert visitor.get("/entries/none").status_code == 404
    assert 'href="/entries/med-pay"' in visitor.get("/search?q=医保怎么缴费").text
