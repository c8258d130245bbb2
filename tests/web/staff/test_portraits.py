"""The page of portraits: on or off, the assessment, the last training; counts that name nobody; no cadre."""

from __future__ import annotations

from dataclasses import replace

from profiles.models import Resident
from profiles.portraits.models import PlainOrder, PortraitTraining
from profiles.portraits.settings import PortraitSettings
from tests.web.staff.office import NOW, Office
from web.app import create_app

PAGE = "/staff/system/portraits"
ON = PortraitSettings(portraits="on", portraits_assessment="彭政办〔2026〕9号")
METRICS = {
    "residents": 320, "notices": 21, "signals": 4100,
    "ranking": {"warm": {"model": {"ndcg@10": 0.512}, "popularity": {"ndcg@10": 0.401}, "popularity_by_segment": {"ndcg@10": 0.433}}},
    "response": {"pairs": 5000, "opened": 0.21, "auc": 0.77, "lift": 2.4, "brier": 0.141, "ece": 0.012}}


def test_off_is_told_with_the_way_to_switch_it_on(desk: Office) -> None:
    page = desk.clerk("石管理").page(PAGE)
    assert "没有开启" in page
    assert "PORTRAITS_ASSESSMENT" in page
    assert "最近一次训练" not in page


def test_the_assessment_and_the_last_training_stand_there_and_few_are_not_counted(desk: Office) -> None:
    with desk.database.writing() as session:
        session.add(PortraitTraining(at=NOW, assessment="彭政办〔2026〕9号", metrics=METRICS))
        session.add(PlainOrder(resident_id=session.query(Resident.id).limit(1).scalar() or 0, at=NOW))
    house = replace(desk.house, settings=replace(desk.house.settings, portraits=ON))
    page = Office(house, create_app(house)).clerk("安审计").page(PAGE)
    assert "已开启 影响评估报告：彭政办〔2026〕9号" in page
    assert "320 人、21 条信息、4,100 次记录" in page
    assert "有记录的人 0.512 0.401 0.433" in page
    assert "偏差 1.2 个百分点" in page
    assert "少于 5" in page


def test_neither_a_cadre_nor_a_sender_gets_in(desk: Office) -> None:
    for name in ("马编辑", "祁坐席"):
        assert desk.clerk(name).get(PAGE).status_code == 403
