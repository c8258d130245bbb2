"""Entries as files: an office's own workbook is understood, and what goes out comes home word for word."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.lines import EntryLine
from knowledge.models import EntryKind, EntryState
from knowledge.tables import COLUMNS
from web.entry_files import Form, read_entries, write_entries

TEXT = st.text(min_size=1, max_size=40)
DAY = st.dates(date(2020, 1, 1), date(2030, 12, 31)) | st.none()
FULL = EntryLine(
    id="zs-1", question="低保怎么申请", similar=["吃低保去哪里申请", "=1+1"], answer="到村委会申请。\n带上身份证。_x0041_",
    short="到村委会申请", office="彭阳县民政局", phone="0954-7000101", divisions=["640425", "640425100200"],
    valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31), source="彭民发〔2026〕1号", state=EntryState.RETIRED)
GUIDE = EntryLine(
    id="zs-2", kind=EntryKind.GUIDE, question="高龄津贴怎么申请", background="让老人老有所养", conditions="1. 满 80 周岁\n2. 本县户口",
    standard="每人每月 200 元", materials="身份证\n户口本", steps="到村委会填表\n乡镇审核", place="村委会", hours="星期一到星期五",
    until="全年", time_limit="15 个工作日", fee="不收费", link="https://zwfw.example.cn/a?b=1", phone="0954-7000101")


def workbook(*rows: tuple[object, ...]) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return made.getvalue()


@pytest.mark.parametrize("words", ["已审定", "已审"])
def test_a_file_exported_before_the_state_was_called_so_still_comes_in(words: str) -> None:
    read = read_entries(workbook(("编号", "问题", "答案", "状态"), ("a", "甲怎么办", "答", words)))
    assert [(line.id, line.state) for line in read.good] == [("a", EntryState.REVIEWED)]


@pytest.mark.parametrize("form", Form)
def test_a_full_entry_and_a_guide_come_home_word_for_word(form: Form) -> None:
    read = read_entries(write_entries([FULL, GUIDE], form))
    assert (read.good, read.errors, read.read) == ((FULL, GUIDE), (), 2)


def test_an_offices_own_table_of_guides_is_understood_without_an_answer() -> None:
    data = workbook(("条目编号", "事项名称", "受理条件", "申请材料", "办理地址", "办结时限", "收费情况", "咨询电话", "实施主体"),
                    ("g-1", "老年证办理", "满 60 周岁", "身份证\n照片", "政务大厅", "当场", "不收费", "0954-7000101", "民政局"))
    (line,) = read_entries(data).good
    assert (line.kind, line.answer, line.conditions, line.materials) == (EntryKind.GUIDE, "", "满 60 周岁", "身份证\n照片")
    assert (line.place, line.time_limit, line.fee, line.phone, line.office) == ("政务大厅", "当场", "不收费", "0954-7000101", "民政局")


def test_columns_nobody_knows_are_told_of_and_the_running_number_is_not() -> None:
    read = read_entries(workbook(("序号", "编号", "问题", "答案", "发文单位", "经办人", "经办人", None, "修改意见"),
                                 (1, "a", "路灯坏了找谁", "找村委会。", "县住建局", "甲", "乙", "丙", "丁")))
    assert ([line.office for line in read.good], read.unread) == (["县住建局"], ("经办人", "修改意见"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_table_saved_as_text_is_read_like_a_workbook(encoding: str) -> None:
    read = read_entries('编号,问题,相似问,答案\r\nzs-1,低保怎么申请,"吃低保找谁\n低保咋办","到村委会申请，带身份证。"\r\nzs-2,,,缺问题\r\n'.encode(encoding))
    assert [(line.id, line.similar, line.answer) for line in read.good] == [
        ("zs-1", ["吃低保找谁", "低保咋办"], "到村委会申请，带身份证。")]
    assert [(one.row, one.column) for one in read.errors] == [(3, "问题")]


def test_of_two_rows_with_one_number_the_earlier_is_told_of() -> None:
    read = read_entries(workbook(("编号", "问题", "答案"), ("a", "甲", "答甲"), ("a", "乙", "答乙")))
    assert [line.question for line in read.good] == ["乙"]
    assert [(one.row, one.column, one.reason) for one in read.errors] == [(2, "编号", "编号和第 3 行一样，用了后一行")]


def test_a_guide_with_faults_is_told_where_and_what_to_do() -> None:
    data = workbook(("编号", "类型", "问题", "答案", "收费标准", "网上办理"), ("a", "指引", "甲", "答", "", ""), ("b", "问答", "乙", "答", "5 元", ""),
                    ("c", "", "丙", "", "", ""), ("d", "", "丁", "", "5 元", "javascript:alert(1)"), ("e", "", "戊", "", "5 元", ""))
    read = read_entries(data)
    assert [(one.row, one.column) for one in read.errors] == [(2, "类型"), (3, "整行"), (4, "答案"), (5, "网上办理")]
    assert "收费标准" in read.errors[1].reason
    assert "类型改成办事指南" in read.errors[1].cure
    assert [line.id for line in read.good] == ["e"]


@pytest.mark.parametrize("form", Form)
@settings(max_examples=25, deadline=None)
@given(question=TEXT, answer=TEXT, similar=st.lists(TEXT, max_size=4), start=DAY, end=DAY)
def test_whatever_an_entry_says_survives_the_journey(
        form: Form, question: str, answer: str, similar: list[str], start: date | None, end: date | None) -> None:
    entry = EntryLine(id="zs-1", question="问" + question, answer="答" + answer, similar=similar, valid_from=start,
                      valid_until=end)
    assert read_entries(write_entries([entry], form)).good == (entry,)


def test_every_field_of_an_entry_has_a_column() -> None:
    assert set(COLUMNS) == set(EntryLine.model_fields)


def test_many_long_similar_questions_go_on_in_a_second_column() -> None:
    spoken = [f"{number}" + "长" * 900 for number in range(100)]
    entry = EntryLine(id="zs-1", question="问", answer="答", similar=spoken)
    assert read_entries(write_entries([entry], Form.XLSX)).good == (entry,)


def test_an_offices_own_workbook_is_understood() -> None:
    data = workbook(("常见问题库",), (), ("部门", "标准问 *", "条目编号", "答复", "其他问法（一行一个）", "区划代码", "截止日期"),
                    ("民政局", "低保怎么申请", 1001, "到村委会。", "怎么吃低保\n低保咋办", 640425, date(2026, 12, 31)),
                    ("民政局", "特困怎么申请", 1002, "到村委会。", None, "640425100；640425101", "2026年12月5日"))
    read = read_entries(data)
    first, second = read.good
    assert read.unread == ()
    assert (first.id, first.office, first.similar, first.divisions, first.valid_until) == (
        "1001", "民政局", ["怎么吃低保", "低保咋办"], ["640425"], date(2026, 12, 31))
    assert (second.divisions, second.valid_until) == (["640425100", "640425101"], date(2026, 12, 5))


def test_a_faulty_row_is_told_with_its_row_column_value_and_cure_and_the_others_come_in() -> None:
    data = workbook(("编号", "问题", "答案", "有效期至", "适用地方", "状态"), ("a", "甲", "答", "明年", "", ""),
                    ("b", "", "答", "", "", ""), ("c", "丙", "答", "", "彭阳", ""), ("d", "丁", "答", "", "", "作废"),
                    ("e", "戊", "答", "", "", "草稿"), ("notice:PY-1", "己", "答", "", "", ""))
    read = read_entries(data)
    assert [(one.row, one.column, one.value) for one in read.errors] == [
        (2, "有效期至", "明年"), (3, "问题", ""), (4, "适用地方", "彭阳"), (5, "状态", "作废"), (7, "编号", "notice:PY-1")]
    assert all(one.reason and one.cure for one in read.errors)
    assert [(line.id, line.state) for line in read.good] == [("e", EntryState.DRAFT)]


@pytest.mark.parametrize(("data", "said"), [
    (workbook(("姓名", "电话"), ("王", "1")), "没有找到编号、问题、答案三列"),
    (workbook(("编号", "问题", "答案", "答复"), ("a", "甲", "乙", "丙")), "有两列"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", ".xls"),
    (b"PK\x03\x04broken", "损坏"),
    ("医保".encode("gb18030"), "没有找到编号、问题、答案三列"), (b"\xef\xbb\xbf \r\n", "文件是空的"), (b"", "文件是空的"),
    (b"\xff\xfe\x00\x81\xff", "另存为"),
])
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    read = read_entries(data)
    assert read.good == ()
    assert said in read.errors[0].reason + read.errors[0].cure


def untidy(*merged: tuple[int, int, int, int, str], rows: tuple[tuple[object, ...], ...]) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for top, left, bottom, right, said in merged:
            sheet.merge_range(top, left, bottom, right, said)
    return made.getvalue()


def test_a_merged_cell_holds_for_every_row_it_covers() -> None:
    head = ("编号", "问题", "答案", "答复单位", "适用地方")
    data = untidy((0, 0, 0, 4, "常见问题"), (1, 0, 2, 0, "编号"), (1, 1, 2, 1, "问题"), (1, 2, 2, 2, "答案"), (3, 3, 5, 3, "民政局"), (3, 4, 4, 4, "640425100"),
                  rows=((), head, (), ("a", "甲", "答"), ("b", "乙", "答"), ("c", "丙", "答"), ("d", "丁", "答")))
    read = read_entries(data)
    assert [(line.id, line.office, line.divisions) for line in read.good] == [
        ("a", "民政局", ["640425100"]), ("b", "民政局", ["640425100"]), ("c", "民政局", []), ("d", "", [])]


def test_rows_that_share_one_merged_number_are_one_entry() -> None:
    data = untidy((1, 0, 3, 0, "a"), (1, 1, 3, 1, "低保怎么申请"), rows=(
        ("编号", "问题", "所需材料", "相似问", "有效期至"), ("", "", "身份证", "低保咋办", "长期"), ("", "", "户口本",
         "吃低保找谁"), (), ("b", "特困怎么办", "身份证", "特困咋办", "２０２６年１２月５日")))
    read = read_entries(data)
    assert [(line.id, line.materials, line.similar, line.valid_until) for line in read.good] == [
        ("a", "身份证\n户口本", ["低保咋办", "吃低保找谁"], None), ("b", "身份证", ["特困咋办"], date(2026, 12, 5))]
    assert (read.read, read.errors) == (2, ())


def test_full_width_digits_are_digits_and_a_number_is_no_day() -> None:
    read = read_entries('{"id": "a", "question": "甲", "answer": "６０元", "divisions": ["６４０４２５"], "phone": "０９５４－７０００１０１", "valid_until": "２０２６－１２－３１"}\n'
                        '{"id": "b", "question": "乙", "answer": "答", "valid_until": 0}\n'.encode())
    assert [(line.answer, line.divisions, line.phone, line.valid_until) for line in read.good] == [("６０元", ["640425"], "0954-7000101", date(2026, 12, 31))]
    assert [(one.row, one.column, one.reason) for one in read.errors] == [(2, "valid_until", "不是日期")]


@pytest.mark.parametrize("separator", ["\t", ";", "；"])
def test_whatever_separates_the_cells_of_a_text_is_seen(separator: str) -> None:
    rows = (("编号", "问题", "答案"), ("a", "甲", '"一，二,三,四"'))
    assert [line.answer for line in read_entries("\n".join(separator.join(row) for row in rows).encode("gb18030")).good] == ["一，二,三,四"]


def test_a_file_without_end_is_refused_whole_before_it_is_read_to_its_end() -> None:
    for data in (b"{}\n" * 30, b"a,b,c\n" + "编号,问题,答案\n".encode() + b"a,b,c\n" * 30):
        read = read_entries(data, 20)
        assert (read.good, [one.reason for one in read.errors]) == ((), ["超过 20 行"])


def test_what_nobody_sees_is_no_question_and_stands_in_no_source() -> None:
    read = read_entries('{"id": "a", "question": "\u200b\ufeff", "answer": "答"}\n{"id": "b", "question": "甲", "answer": "\u202e答", "source": "彭民发\u200b〔2026〕3号"}\n'.encode())
    assert [(line.answer, line.source) for line in read.good] == [("答", "彭民发〔2026〕3号")]
    assert [(one.row, one.column) for one in read.errors] == [(1, "question")]


def test_a_cell_of_a_million_signs_is_told_with_its_row() -> None:
    fault = read_entries(f"编号,问题,答案\na,甲,答\nb,乙,{'长' * 1_000_000}\n".encode()).errors[0]
    assert "第 3 行有一格" in fault.reason
