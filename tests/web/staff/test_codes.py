"""Board codes at the desk."""

from __future__ import annotations

import re

from kernel.audit import SYSTEM
from profiles.division_changes import import_changes
from tests.web.staff.office import BAIYANG, OTHER, YAOHE, Office, words_of


def test_the_sheets_of_a_township_come_as_one_file(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    answer = clerk.send("/staff/codes/print", {"division": BAIYANG}, form_at="/staff/codes")
    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert "没有打印过" not in clerk.page("/staff/codes")


def test_a_cadre_prints_the_own_village_and_no_other(desk: Office) -> None:
    clerk = desk.clerk("韩村干")
    assert clerk.send("/staff/codes/print", {"division": YAOHE}, form_at="/staff/codes").data.startswith(b"%PDF-")
    assert clerk.send("/staff/codes/print", {"division": OTHER}, form_at="/staff/codes").status_code == 403
    assert "姚河村：1 处" in clerk.page("/staff/codes").replace("白阳镇 ", "")


def test_a_spoilt_code_is_replaced_and_the_old_one_leads_to_the_new(desk: Office) -> None:
    clerk = desk.clerk("韩村干")
    clerk.send("/staff/codes/print", {"division": YAOHE}, form_at="/staff/codes")
    page = clerk.get("/staff/codes").text
    number, old = re.search(r"/staff/codes/(\d+)/replace", page), re.search(r'href="(/q/[^"]+)"', page)
    assert number is not None
    assert old is not None
    clerk.send(number.group(0), {})
    fresh = clerk.get("/staff/codes").text
    assert old.group(1) not in fresh
    assert "已经换过了，没有再换" in words_of(clerk.get(clerk.send(number.group(0), {}, form_at="/staff/codes").location).text)
    assert re.findall(r'href="/q/[^"]+"', clerk.get("/staff/codes").text) == re.findall(r'href="/q/[^"]+"', fresh)
    assert desk.app.test_client().get(old.group(1)).status_code == 200


def test_a_village_of_a_new_code_stands_once_with_the_sheet_that_hangs_there_and_its_scans(desk: Office) -> None:
    clerk, new = desk.clerk("马编辑"), f"{BAIYANG}290"
    clerk.send("/staff/codes/print", {"division": YAOHE}, form_at="/staff/codes")
    old = re.search(r'href="(/q/[^"]+)"', clerk.get(f"/staff/codes?place={BAIYANG}").text)
    assert old is not None
    import_changes(desk.database, f"old,new\n{YAOHE},{new}\n".encode(), desk.house.clock.now(), SYSTEM)
    page = clerk.get(f"/staff/codes?place={BAIYANG}").text
    assert old.group(1) in page
    assert page.count("姚河村") < 4
    for path in ("/staff/notices/new", "/staff/households"):
        shown = clerk.get(path).text
        assert new in shown
        assert YAOHE not in shown
