"""Rejected rows come back whole: mended in a spreadsheet program, sent again, nothing asked a second time."""

from __future__ import annotations

from profiles.intake.fields import TO_MEND
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import VILLAGES

HEADER = ["家庭", "哪一户", "村代码", "姓名", "人均收入（万元）", "本人电话", "备用电话", "体重"]
MAPPING = {"家庭": "", "哪一户": "户编号"}
GOOD = ["一", "王01", VILLAGES[0], "王大山", "0.8", "13812340001", "", "70"]


def test_mended_rows_go_in_without_a_mapping_and_nothing_of_them_is_lost(take: Taking) -> None:
    report = take([HEADER, GOOD, ["一", "", VILLAGES[0], "王小山", "0.8", "13812340002", "1381234", "60"]], mapping=MAPPING)
    assert (report.residents, report.rejected) == (1, 1)
    head, row = report.to_mend
    assert dict(zip(head, row, strict=True)) == {
        "户编号": "王01", "村代码": VILLAGES[0], "姓名": "王小山", "人均收入（万元）": "0.8", "本人电话": "13812340002、1381234",
        TO_MEND: row[-1]}
    assert "电话号码不对" in row[-1]
    mended = [list(head), [cell.replace("、1381234", "、13812340003") if at < len(row) - 1 else cell for at, cell in enumerate(row)]]
    again = take(mended)
    assert (again.households, again.residents, again.created, again.rejected) == (1, 1, 1, 0)
    assert not again.warnings


def test_a_clean_table_leaves_nothing_to_mend(take: Taking) -> None:
    assert take([HEADER, GOOD], mapping=MAPPING).to_mend == ()
