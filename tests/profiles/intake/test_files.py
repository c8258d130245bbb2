"""Files that cannot be taken are refused whole, with the place and the cure; what is merely untidy is taken."""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from kernel.database import Database
from profiles.intake.failures import FileRefused
from profiles.intake.progress import Progress
from profiles.models import Household, ImportRun
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import VILLAGES, as_csv, as_workbook

HEADER = ["户编号", "村代码", "姓名", "联系电话"]
ROW = ["王01", VILLAGES[0], "王大山", "13812340001"]
TABLE = [HEADER, ROW]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A workbook with some of its parts replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, parts.get(Path(entry.filename).stem, old.read(entry.filename)))
    return file.getvalue()


def sheet_of(cells: str) -> bytes:
    return ('<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            + cells + "</sheetData></worksheet>").encode()


def nothing_was_written(database: Database) -> bool:
    with database.reading() as session:
        runs = session.scalar(select(func.count()).select_from(ImportRun).where(ImportRun.kind == "households"))
        return runs == 0 and session.scalar(select(func.count()).select_from(Household)) == 0


@pytest.mark.parametrize(("data", "name", "words"), [
    (b"", "a.xlsx", "空的"),
    (b"   \n\n", "a.csv", "空的"),
    (b"this is no workbook", "a.xlsx", "不是工作簿"),
    (os.urandom(2_000_000).replace(b"\x00", b"\x01"), "a.csv", "编码"),
    (b"\x00\x01" * 1000, "a.csv", "二进制"),
    (b"a" * 10_000_000, "a.csv", "第 1 行有一格"),
    (b"a,b\n" * 2_500_000, "a.csv", "没有找到表头"),
    ("户编号,村代码,姓名\n".encode("utf-16"), "a.csv", "UTF-16"),
    ("戶編號,村代碼,姓名\n王01,1,王大山\n".encode("big5"), "a.csv", "没有找到表头"),
    (b"\xef\xbb\xbf" + "户编号,村代码,姓名".encode("gb18030"), "a.csv", "别的编码"),
    (OLE, "a.xls", ".xls"),
    (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "密码"),
    (b"PK\x03\x04" + b"junk" * 300, "a.xlsx", "损坏"),
    (as_workbook(TABLE)[:-200], "a.xlsx", "损坏"),
    (as_workbook([]), "a.xlsx", "没有找到表头"),
    (as_csv([["序号", "姓名", "电话"], [1, "王大山", ""]]), "a.csv", "缺少列：户编号、村代码"),
    (as_csv([["农户编号", "行政村", "家庭成员"], ["王01", "甲村", "王大山"]]), "a.csv", "缺少列：村代码"),
    (as_csv([HEADER]), "a.csv", "没有一行数据"),
    (as_csv(TABLE).replace(b"13812340001", b'"13812340001'), "a.csv", "引号"),
    (as_csv([HEADER, *([["王01", VILLAGES[0], f"王{place}", ""] for place in range(600)])]), "a.csv", "列对错了"),
], ids=range(20))
def test_what_is_no_household_table_is_refused_with_a_cure(
    take: Taking, database: Database, data: bytes, name: str, words: str,
) -> None:
    with pytest.raises(FileRefused) as refused:
        take(data, name)
    assert words in refused.value.words
    assert "请" in refused.value.words
    assert nothing_was_written(database)


def test_an_archive_that_is_no_workbook_is_refused(take: Taking) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(FileRefused, match="别的压缩文件"):
        take(file.getvalue(), "a.xlsx")


def test_a_workbook_that_unpacks_without_end_is_refused(take: Taking) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        with archive.open("xl/media/picture", "w", force_zip64=True) as part:
            for _ in range(800):
                part.write(b"\x00" * (1 << 20))
    assert len(file.getvalue()) < 2_000_000
    with pytest.raises(FileRefused, match="太大"):
        take(file.getvalue(), "a.xlsx")


@pytest.mark.parametrize("reference", ['r="XFD1048576"', "r = 'XFD5'", 'r="A1000000"', 'r="ZZ1"', 'r="xfd1048576"'])
def test_a_stray_cell_far_out_is_refused_before_it_fills_the_memory(take: Taking, reference: str) -> None:
    far = sheet_of(f'<row r="1"><c r="A1"><v>1</v></c><c {reference}><v>1</v></c></row>')
    with pytest.raises(FileRefused, match="远处"):
        take(repacked(as_workbook(TABLE), sheet1=far), "a.xlsx")


@pytest.mark.parametrize("rows", [
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="499999"><c r="DZ499999"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048575"><c><v>1</v></c></row>',
    '<row r="1">' + "<c><v>1</v></c>" * 131 + "</row>",
    "<row/>" * 100_001 + "<row>" + "<x:c t='n'><v>1</v></x:c>" * 41 + "</row>",
    '<row r="100001"><c s=">" t="n"><v>1</v></c></row><row r="1">' + "<c/>" * 41 + "</row>",
])
def test_a_sheet_both_long_and_wide_is_refused_however_its_cells_say_where_they_stand(take: Taking, rows: str) -> None:
    with pytest.raises(FileRefused, match="远处"):
        take(repacked(as_workbook(TABLE), sheet1=sheet_of(rows)), "a.xlsx")


def test_a_sheet_kept_under_another_name_is_measured_too(take: Taking) -> None:
    book, file = as_workbook(TABLE), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry.filename).replace(b"worksheets/sheet1.xml", b"media/picture.png")
            if entry.filename == "xl/worksheets/sheet1.xml":
                new.writestr("xl/media/picture.png", sheet_of('<row r="1"><c r="XFD1048576"><v>1</v></c></row>'))
            else:
                new.writestr(entry.filename, content)
    with pytest.raises(FileRefused, match="远处"):
        take(file.getvalue(), "a.xlsx")


def test_a_workbook_that_boasts_of_its_texts_is_refused(take: Taking) -> None:
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="9999999999"><si><t>1</t></si></sst>'
    with pytest.raises(FileRefused, match="太大"):
        take(repacked(as_workbook(TABLE), sharedStrings=texts), "a.xlsx")


def test_cells_that_follow_one_another_without_a_place_are_taken(take: Taking) -> None:
    cells = ["".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) for row in TABLE]
    took = take(repacked(as_workbook(TABLE), sheet1=sheet_of("".join(f"<row>{row}</row>" for row in cells))), "a.xlsx")
    assert took.created == 1


def test_a_sheet_that_is_no_xml_is_refused(take: Taking) -> None:
    with pytest.raises(FileRefused, match="已损坏"):
        take(repacked(as_workbook(TABLE), sheet1=b"<worksheet><sheetData><row><c></row>"), "a.xlsx")


@pytest.mark.parametrize(("at", "value"), [(10, 99), (8, 1)], ids=["an unknown packing", "a password"])
def test_a_workbook_whose_parts_cannot_be_unpacked_is_refused(take: Taking, at: int, value: int) -> None:
    data = bytearray(as_workbook(TABLE))
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + at] = value
        place = data.find(b"PK\x01\x02", place + 4)
    with pytest.raises(FileRefused, match="工作簿已损坏"):
        take(bytes(data), "a.xlsx")


def test_semicolons_within_the_cells_are_no_separators(take: Taking) -> None:
    table = [["户编号", "村代码", "姓名", "作物"], ["王01", VILLAGES[0], "王大山", "玉米:1;小麦:2;荞麦:3;糜子:4;胡麻:5"]]
    assert take(table).residents == 1


def test_titles_above_the_heading_row_do_not_shift_the_numbers(take: Taking) -> None:
    table = [["某某村农户表"], [], ["填报人", "某某"], HEADER, ["王01", VILLAGES[0], "", ""], ROW]
    for data, name in ((as_workbook(table), "a.xlsx"), (as_csv(table), "a.csv")):
        report = take(data, name)
        assert [(one.row, one.column) for one in report.rejections] == [(5, "姓名")]


def test_blank_rows_footnotes_and_repeated_headings_are_no_members(take: Taking) -> None:
    report = take([HEADER, ROW, [], HEADER, ["", "", "", ""], ["王01", VILLAGES[0], "", "1"], ["合计：1 人"], ["填表人：某某"]])
    assert (report.read, report.rejected) == (2, 1)
    assert [one.row for one in report.rejections] == [6, 6]


def test_headings_under_a_merged_line_are_found(take: Taking) -> None:
    table = [["户编号", "村代码", "家庭成员信息", "", "生产情况"], ["", "", "姓名", "联系电话", "作物"], [*ROW, "玉米:5"]]
    report = take(as_workbook(table), "a.xlsx")
    assert (report.read, report.residents, report.warnings) == (1, 1, ())


def test_the_sheet_with_the_table_is_found_and_others_are_named(take: Taking) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("封面").write(0, 0, "农户表")
    for name in ("一村", "二村"):
        sheet = book.add_worksheet(name)
        for at, cells in enumerate(TABLE):
            sheet.write_row(at, 0, cells)
    book.close()
    report = take(file.getvalue(), "a.xlsx")
    assert report.residents == 1
    assert [words for words in report.warnings if "一村" in words and "二村" in words]


def test_a_workbook_under_a_wrong_name_is_read_as_what_it_is(take: Taking) -> None:
    assert take(as_workbook(TABLE), "a.csv").residents == 1


def test_a_mapping_gives_the_offices_own_words_a_meaning(take: Taking) -> None:
    table = [["家庭", "村", "谁", "怎么找", "姓名"], [*ROW, "王某"]]
    mapping = {"家庭": "户编号", "村": "village", "谁": "姓名", "怎么找": "联系电话", "姓名": "忽略", "没有这列": "作物"}
    report = take(table, mapping=mapping)
    assert (report.residents, len(report.warnings)) == (1, 1)
    assert "没有这列" in report.warnings[0]
    with pytest.raises(FileRefused, match="不是可用的列名"):
        take(table, mapping={"家庭": "门牌"})


def test_columns_left_out_are_named_with_a_guess(take: Taking) -> None:
    report = take([[*HEADER, "序号", "民族", "人均年纯收"], [*ROW, 1, "汉", 5]])
    assert len(report.warnings) == 1
    assert "民族" in report.warnings[0]
    assert "人均年收入" in report.warnings[0]


def test_a_second_telephone_column_counts_too(take: Taking) -> None:
    table = [[*HEADER, "联系电话2", "备用电话"], [*ROW, "13812340002", "0954-7012345"], ["王01", VILLAGES[0], "王小山", "", "123", ""]]
    report = take(table)
    assert (report.residents, report.rejected, report.rejections[0].value) == (1, 1, "123")


def test_the_errors_file_says_what_to_mend_and_is_for_its_owner_alone(take: Taking, tmp_path: Path) -> None:
    path = tmp_path / "错误.csv"
    path.write_text("old")
    table = [HEADER, ["王01", "999", "王大山", "1385147203"], ["王01", VILLAGES[0], "王小山", "=HYPERLINK(1)"]]
    report = take(table, errors_path=path)
    assert report.errors_file == str(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["行号", "列", "值", "原因", "办法"]
    assert [line[:3] for line in lines[1:]] == [["2", "村代码", "999"], ["2", "联系电话", "1385147203"],
                                                ["3", "联系电话", "'=HYPERLINK(1)"]]
    assert [entry.name for entry in tmp_path.iterdir() if "错误" in entry.name] == ["错误.csv"]


def test_an_errors_file_that_cannot_be_written_stops_the_import(take: Taking, database: Database, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="写不进"):
        take([HEADER, ["王01", VILLAGES[0], "王大山", "1"], ROW], errors_path=tmp_path / "没有" / "e.csv")
    assert nothing_was_written(database)


def test_a_file_that_breaks_in_the_middle_leaves_nothing(take: Taking, database: Database) -> None:
    rows: list[list[Any]] = [[f"户{place}", VILLAGES[0], "王大山", ""] for place in range(6000)]
    with pytest.raises(FileRefused, match="引号"):
        take(as_csv([HEADER, *rows]) + b'"\xc4\xe3')
    assert nothing_was_written(database)


def test_an_empty_register_of_divisions_is_named_as_the_cause(database: Database, take: Taking) -> None:
    from profiles.models import Division

    with database.writing() as session:
        session.query(Division).delete()
    assert any("行政区划" in words for words in take(TABLE).warnings)


def test_an_import_tells_how_far_it_is(take: Taking) -> None:
    told: list[Progress] = []
    rows: list[list[Any]] = [[f"户{place}", VILLAGES[0], "王大山", ""] for place in range(4_500)]
    take(as_workbook([HEADER, *rows]), "a.xlsx", progress=told.append)
    reading = [(one.done, one.total) for one in told if one.stage == "读取"]
    writing = [one.done for one in told if one.stage == "写入"]
    assert reading == [(0, 4_500), (2_000, 4_500), (4_000, 4_500), (4_500, 4_500)]
    assert writing == sorted(writing)
    assert told[-1].share == 1.0
