"""The register's lines at the desk: value, source and date; what the household says itself, taken or left; the list of facts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from profiles import answers
from profiles.answers import Value
from profiles.models import Household, HouseholdCrop, Resident
from profiles.register import facts_of
from profiles.values import ResidentAnswer
from tests.web.staff.office import NOW, Office, open_office, words_of
from web.commands.doctor import examine

CHEN = "/staff/households/of/H-CHEN"
WANG = "/staff/households/of/H-WANG"


def says(desk: Office, name: str, value: Value, reference: str = "H-CHEN") -> int:
    fact = desk.house.catalogue.fact(name)
    assert fact is not None
    with desk.database.writing() as session:
        home = session.scalars(select(Household.id).where(Household.reference == reference)).one()
        answers.keep(session, desk.house.keyring, household_id=home, resident_id=None, about=None, fact=fact, value=value,
                     channel="wechat", now=NOW)
        return session.scalars(select(ResidentAnswer.id).order_by(ResidentAnswer.id.desc())).first() or 0


def test_each_value_shows_where_it_comes_from_and_of_when(desk: Office) -> None:
    page = desk.clerk("马编辑").page(WANG)
    assert "户类型 脱贫户 农户信息表 2026-11-23导入" in page
    assert "承包地 没有登记 —" in page


def test_an_outdated_value_is_marked_and_stays(desk: Office) -> None:
    with desk.database.writing() as session:
        for row in (*session.scalars(select(Household)), *session.scalars(select(Resident))):
            row.stated_at = NOW - timedelta(days=400)
    page = desk.clerk("马编辑").page(WANG)
    assert "种植 玉米 5 亩 农户信息表 2025-10-19导入 已超过一年，请核实" in page
    audience = desk.clerk("赵推送").page("/staff/push/of/PY-2026-001")
    assert "符合的户里，有 少于 5 户 用到的登记已超过期限。照常发给他们" in audience


def test_what_a_household_says_stands_beside_the_register_until_the_office_takes_it(desk: Office) -> None:
    number = says(desk, "household.land", 6.5)
    clerk = desk.clerk("马编辑")
    assert "承包地 没有登记 — 6.5 亩（11月23日） 采纳 不采纳" in clerk.page(CHEN)
    done = clerk.send(f"{CHEN}/answers/{number}", {"act": "take"}, form_at=CHEN)
    assert done.location == CHEN
    page = clerk.page(CHEN)
    assert "已采纳，登记已改" in page
    assert "承包地 6.5 亩 2026-11-23 工作人员登记" in page
    assert "采纳群众自报" in desk.clerk("安审计").page("/staff/system/trail?words=H-CHEN")


def test_a_first_crop_warns_that_the_list_will_be_taken_as_whole(desk: Office) -> None:
    number = says(desk, "crop.玉米", 4.0)
    clerk = desk.clerk("马编辑")
    assert "玉米 没有登记 — 4 亩（11月23日） 采纳后，登记为只有玉米这一样；还有别的，请先在农户表里补全。" in clerk.page(CHEN)
    clerk.send(f"{CHEN}/answers/{number}", {"act": "take"}, form_at=CHEN)
    with desk.database.reading() as session:
        assert session.scalars(select(HouseholdCrop.mu).join(Household, Household.id == HouseholdCrop.household_id).where(
            Household.reference == "H-CHEN")).all() == [4.0]


def test_what_is_left_changes_nothing(desk: Office) -> None:
    number = says(desk, "household.land", 99.0)
    clerk = desk.clerk("马编辑")
    clerk.send(f"{CHEN}/answers/{number}", {"act": "leave"}, form_at=CHEN)
    page = clerk.page(CHEN)
    assert "没有采纳，登记不变" in page
    assert "99 亩" not in page


def test_only_who_may_write_the_register_of_the_place_settles_an_answer(desk: Office) -> None:
    number = says(desk, "household.land", 6.5)
    cadre = desk.clerk("韩村干")
    assert "6.5 亩" in cadre.page(CHEN)
    assert "不采纳" not in cadre.page(CHEN)
    assert cadre.send(f"{CHEN}/answers/{number}", {"act": "take"}, form_at="/staff/households").status_code == 403
    stranger = desk.clerk("别乡编辑")
    stranger.send(f"{CHEN}/answers/{number}", {"act": "take"}, form_at="/staff/households")
    with desk.database.reading() as session:
        home = session.scalars(select(Household.id).where(Household.reference == "H-CHEN")).one()
        assert facts_of(session, home).land is None


def test_an_agent_sees_no_hardship_that_a_household_tells(desk: Office) -> None:
    says(desk, "household.kind", "低保户")
    assert "低保户" in desk.clerk("马编辑").page(CHEN)
    assert "低保户" not in desk.clerk("祁坐席").page(CHEN)


def test_the_list_of_facts_says_how_each_is_written(desk: Office) -> None:
    page = desk.clerk("马编辑").page("/staff/households/facts")
    assert "本县还没有自己的信息项" in page
    assert "人均年收入 household.income_per_head 全户，数（元） 敏感 农户信息表“人均年收入” 超过一年请核实" in page
    assert '{"fact": "crop.玉米", "at_least": 3}' in page
    assert '{"someone": {"fact": "member.age", "between": [16, 59]}}' in page


def test_a_countys_own_facts_are_listed_and_a_bad_file_is_named_by_the_doctor(tmp_path: Path) -> None:
    cellar = {"name": "household.water_cellar", "label": "水窖", "kind": "boolean", "headings": ["是否有水窖"]}
    (tmp_path / "facts.json").write_text(json.dumps({"facts": [cellar]}), encoding="utf-8")
    house = open_office(tmp_path).house
    assert [fact.label for fact in house.catalogue.own] == ["水窖"]
    assert any("本县自有信息项 1 项已启用" in finding.what for finding in examine(house))
    (tmp_path / "facts.json").write_text(json.dumps({"facts": [{**cellar, "kind": "money"}]}), encoding="utf-8")
    findings = [finding for finding in examine(open_office(tmp_path).house) if finding.level == "error" and "信息项" in finding.what]
    assert ["facts.json：facts 第 1 项 的 kind：只能是" in finding.what for finding in findings] == [True]


def test_own_facts_are_offered_in_the_builder_and_shown_on_the_household(tmp_path: Path, desk: Office) -> None:
    cellar = {"name": "household.water_cellar", "label": "水窖", "kind": "boolean"}
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "facts.json").write_text(json.dumps({"facts": [cellar]}), encoding="utf-8")
    office = open_office(folder, (desk.house.installation.folder / "zhida.db").read_bytes())
    assert "水窖" in office.clerk("赵推送").page("/staff/households/trial")
    assert "水窖 没有登记" in office.clerk("马编辑").page(WANG)
    assert "水窖" in words_of(office.clerk("马编辑").get("/staff/households/facts").text)
