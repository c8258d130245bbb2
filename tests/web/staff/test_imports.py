"""Tables brought to the desk: their headings named, tried first, taken in with a yes, by whoever is free to work on them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from profiles.imports import jobs
from profiles.imports.jobs import Order
from profiles.imports.models import ImportJob, JobState
from profiles.models import Household
from profiles.reports import RejectedRow
from tests.web.staff.office import EDITOR, NOW, REGISTER, YAOHE, Office, words_of
from web.importing import importer_of
from web.spreadsheet import errors_csv
from web.staff import intake

IMPORT = "/staff/households/import"
MORE = REGISTER.splitlines()[0] + f"""
H-MA,{YAOHE},三组,马德山,马德山,户主,,13900000009,1966-01-02,男,一般农户,无,无,
H-MA,{YAOHE},三组,马德山,马小龙,儿子,,12345,1999-01-02,男,一般农户,无,无,
"""



def test_a_table_is_tried_first_and_nothing_is_written(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    page = clerk.page(clerk.upload(IMPORT, "农户.csv", MORE.encode()).location)
    assert "还没有写入" in page
    assert "拒收 1 行" in page
    assert "H-MA" in page
    assert clerk.get("/staff/households/of/H-MA").status_code == 404


def test_a_tried_table_goes_in_with_a_yes_and_its_rejected_rows_can_be_taken_along(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    assert "已导入：1 户、1 人" in words_of(clerk.client.get(clerk.send(place, {"act": "import"}).location).text)
    assert "马*山" in clerk.page("/staff/households/of/H-MA")
    errors = clerk.get(f"{place}/errors.csv")
    assert errors.data.startswith(b"\xef\xbb\xbf")
    assert "3,联系电话,12345" in errors.data.decode("utf-8-sig")


def test_a_village_brings_its_own_whole_register(desk: Office) -> None:
    page = desk.clerk("马编辑").get(IMPORT).text
    assert f'<option value="{YAOHE}">是，白阳镇 姚河村的</option>' in page


def test_a_whole_register_says_beside_the_button_whom_it_takes_out(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode(), complete_for=YAOHE).location
    page = words_of(clerk.client.get(place).text)
    assert "户会记为不在册，不再收到推送。" in page
    assert "户记为不在册 不导入" in page


def test_rejected_rows_are_taken_along_whole_mended_and_brought_again(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    clerk.send(place, {"act": "import"})
    assert "下载这些行" in words_of(clerk.client.get(place).text)
    kept = clerk.get(f"{place}/mend.csv").data.decode("utf-8-sig")
    assert "要改的地方" in kept
    assert "马德山" in kept.splitlines()[1]
    again = clerk.upload(IMPORT, "农户-待改.csv", kept.replace(",12345,", ",13900000010,").encode()).location
    assert "拒收 0 行" in words_of(clerk.client.get(clerk.send(again, {"act": "import"}).location).text)
    assert "马*龙" in clerk.page("/staff/households/of/H-MA")


def test_what_waits_is_seen_by_nobody_else_and_rests_encrypted(desk: Office) -> None:
    place = desk.clerk("马编辑").upload(IMPORT, "农户.csv", MORE.encode()).location
    other = desk.clerk("别乡编辑")
    assert other.get(place).status_code == 404
    assert other.get(f"{place}/errors.csv").status_code == 404
    assert other.get(f"{place}/mend.csv").status_code == 404
    raw = (desk.house.installation.folder / "zhida.db").read_bytes()
    wal = desk.house.installation.folder / "zhida.db-wal"
    assert "马德山".encode() not in raw + (wal.read_bytes() if wal.exists() else b"")


def test_a_table_that_is_not_wanted_is_forgotten(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    clerk.send(place, {"act": "drop"})
    assert clerk.get(place).status_code == 404


def test_a_file_that_is_no_table_is_refused_in_one_sentence(desk: Office) -> None:
    answer = desk.clerk("马编辑").upload(IMPORT, "农户.xlsx", b"not a workbook")
    assert answer.status_code == 400
    assert 'href="#file"' in answer.text


def test_a_table_of_villages_one_does_not_manage_is_refused(desk: Office) -> None:
    answer = desk.clerk("别乡编辑").upload(IMPORT, "农户.csv", MORE.encode())
    assert "不归您管理" in answer.text
    with desk.database.reading() as session:
        assert session.scalar(select(Household).where(Household.reference == "H-MA")) is None


STRANGE = f"""家庭编号,村代码,人名,户头,脸盆数
H-MA,{YAOHE},马德山,马德山,3
H-MA,{YAOHE},马小龙,马德山,3
"""


def test_headings_nobody_understands_are_asked_once_and_known_the_next_time(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "马家.csv", STRANGE.encode()).location
    shown = clerk.page(place)
    assert "认一认表头" in shown
    assert "脸盆数" in shown
    answer = clerk.send(place, {"act": "headings", "column-0": "户编号", "column-1": "村代码", "column-2": "姓名",
                                "column-3": "户主姓名", "column-4": "-"})
    assert "新增的户 1 户" in clerk.page(answer.location)
    again = clerk.upload(IMPORT, "马家二.csv", STRANGE.encode().replace(b",3", b",4")).location
    assert "试导入完了" in clerk.page(again)


def test_a_required_heading_left_open_is_asked_again_with_its_place(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "马家.csv", STRANGE.encode()).location
    answer = clerk.send(place, {"act": "headings", "column-0": "户编号", "column-1": "村代码", "column-2": "户主姓名",
                                "column-3": "户主姓名", "column-4": "-"})
    assert answer.status_code == 400
    words = words_of(answer.text)
    assert "还没有一列是“姓名”" in words
    assert "都选成了“户主姓名”" in words


def test_a_big_table_waits_for_the_worker_and_its_page_says_that_one_may_leave(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "SMALL_BYTES", 0)
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    waiting = clerk.get(place).text
    assert "可以离开这一页" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert importer_of(desk.house).look()
    assert "还没有写入" in clerk.page(place)
    clerk.send(place, {"act": "import"})
    assert importer_of(desk.house).look()
    assert "已导入：1 户、1 人" in clerk.page(place)
    assert not importer_of(desk.house).look()


def test_a_table_behind_another_says_how_many_stand_before_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SMALL_BYTES", 0)
    clerk = desk.clerk("马编辑")
    clerk.upload(IMPORT, "一.csv", MORE.encode())
    assert "前面还有 1 份表" in clerk.page(clerk.upload(IMPORT, "二.csv", MORE.encode()).location)


def test_what_was_brought_is_listed_for_its_owner_alone(desk: Office) -> None:
    desk.clerk("马编辑").upload(IMPORT, "农户.csv", MORE.encode())
    assert "农户.csv 等您决定" in desk.clerk("马编辑").page(IMPORT)
    assert "农户.csv" not in desk.clerk("石管理").page(IMPORT)


def test_a_table_nobody_answered_is_gone_after_a_day(desk: Office) -> None:
    place = desk.clerk("马编辑").upload(IMPORT, "农户.csv", MORE.encode()).location
    with desk.database.writing() as session:
        jobs.forget_old(session, NOW + timedelta(days=1, minutes=1))
    assert desk.clerk("马编辑").get(place).status_code == 404


def test_what_is_taken_in_leaves_no_copy_of_the_file(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    clerk.send(place, {"act": "import"})
    with desk.database.reading() as session:
        job = session.scalars(select(ImportJob)).one()
    assert (job.state, job.content) == (JobState.DONE, None)


def test_a_refused_table_says_why_and_how_to_go_on(desk: Office) -> None:
    with desk.database.writing() as session:
        token = jobs.bring(session, desk.house.keyring, EDITOR, "空.csv", "户编号,村代码,姓名\n".encode(), Order(), NOW)
    assert importer_of(desk.house).look()
    page = desk.clerk("马编辑").page(f"{IMPORT}/{token}")
    assert "没有一行数据" in page
    assert "改好后重新选文件" in page



def test_the_trial_shows_each_value_as_it_stands_and_as_it_would_be(desk: Office) -> None:
    changed = (REGISTER.replace("玉米:5", "玉米:7").replace(",9000", ",9500").replace("一组,李秀英", "二组,李秀英")
               .replace("H-CHEN,640425100200", "H-CHEN,640425100201"))
    clerk = desk.clerk("马编辑")
    page = clerk.page(clerk.upload(IMPORT, "农户.csv", changed.encode()).location)
    assert "作物 玉米 5 玉米 7" in page
    assert "人均年收入 9000 9500" in page
    assert "村民小组 一组 二组" in page
    assert "迁到别的村的户 1 户 H-CHEN（" in page


def test_households_that_a_table_does_not_name_stay_unless_it_is_the_whole_register(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    alone = "\n".join(REGISTER.splitlines()[:3]).encode()
    assert "没出现，留着不动的户 2 户" in clerk.page(clerk.upload(IMPORT, "一户.csv", alone).location)
    whole = clerk.page(clerk.upload(IMPORT, "一户.csv", alone, complete_for=YAOHE[:9]).location)
    assert "没出现，记为不在册的户 2 户 H-LI、H-CHEN 因为您说这是" in whole


def test_warnings_of_one_kind_stand_together(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    odd = REGISTER + "".join(f"H-{n},{YAOHE},一组,张三{n},张三{n},户主,,1390000004{n},1970-01-01,男,神仙户{n},,,\n" for n in range(3))
    page = clerk.page(clerk.upload(IMPORT, "农户.csv", odd.encode()).location)
    assert "第 6、7、8 行" in page


def test_a_file_of_rejected_rows_runs_nothing_and_no_cache_keeps_it(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    formulas = ("-2+3+cmd|' /C calc'!A0", "+1-HYPERLINK(A1)", "＝1+1", "\n=1+1", "-5", "+86 139-0000-0000")
    rows = [RejectedRow(number, "联系电话", value, "不对", "请改") for number, value in enumerate(formulas, 2)]
    written = list(csv.reader(io.StringIO(errors_csv(rows).decode("utf-8-sig"))))[1:]
    assert [row[2].startswith("'") for row in written] == [True, True, True, True, False, False]
    page = clerk.upload(IMPORT, "农户.csv", MORE.encode()).location
    assert clerk.get(f"{page}/errors.csv").headers["Cache-Control"] == "no-store"
