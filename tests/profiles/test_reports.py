"""What an import says of itself, as the commands print it."""

from __future__ import annotations

from kernel import reports
from profiles.reports import ImportReport, RejectedRow

BAD = RejectedRow(3, "联系电话", "1381234000", "电话号码不对", "请改正")


def test_a_household_report_has_its_doors_and_no_value_of_a_person() -> None:
    report = ImportReport(3, 1, 0, 1, households=1, residents=2, warnings=("第 2 行：…",), errors_file="e.csv", rejections=(BAD,))
    assert report.as_json() == {"read": 3, "created": 1, "updated": 0, "rejected": 1, "households": 1, "residents": 2,
                                "warnings": ["第 2 行：…"], "errors_file": "e.csv"}
    assert "1381234000" not in repr(report)
    assert "1381234000" not in repr(BAD)


def test_another_report_names_its_bad_rows() -> None:
    assert ImportReport(3, 2, 0, 1, rejections=(BAD,)).as_json() == {
        "read": 3, "created": 2, "updated": 0, "rejected": 1, "rejections": ["第 3 行“联系电话”：电话号码不对。请改正"]}
    assert ImportReport(1, 1, 0, 0).as_json() == {"read": 1, "created": 1, "updated": 0, "rejected": 0}


def test_every_room_reports_an_import_in_one_shape() -> None:
    assert issubclass(ImportReport, reports.ImportReport)
    assert RejectedRow is reports.RejectedRow
    assert "张" not in repr(RejectedRow(2, "姓名", "张三", "…", "…"))
