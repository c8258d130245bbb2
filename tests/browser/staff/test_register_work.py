"""A clerk names the headings of a strange table, and a cadre reports a change on the telephone, as eyes and thumbs meet it."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from profiles.intake.identity import check_digit
from tests.browser.staff.conftest import LiveOffice
from tests.browser.staff.test_console import RULES
from tests.web.staff.office import REGISTER, YAOHE

WANG = "/staff/households/of/H-WANG"
NUMBER = "99999919900102001" + check_digit("99999919900102001")
STRANGE = f"""家庭编号,村代码,人名,户头,脸盆数,今年种啥
H-TIAN,{YAOHE},田有粮,田有粮,3,玉米:4
H-TIAN,{YAOHE},田小满,田有粮,3,玉米:4
H-FANG,640425999999,方外人,方外人,3,
"""
TWICE = f"""{REGISTER.splitlines()[0]}
H-HAI,{YAOHE},一组,海正明,海正明,户主,,,1965-01-01,男,,,,
H-HAI,{YAOHE},一组,海正明,海小川,儿子,{NUMBER},,1990-01-02,男,,,,
H-YANG,{YAOHE},二组,杨桂花,海小川,女婿,{NUMBER},,1990-01-02,男,,,,
"""


def brought(page: Page, live: LiveOffice, folder: Path, name: str, content: str) -> None:
    """Choose a file and try it."""
    file = folder / name
    file.write_text(content, encoding="utf-8")
    page.goto(f"{live.address}/staff/households/import")
    page.set_input_files("#file", file)
    page.click("main button")


def stands_up(page: Page, width: int) -> None:
    """Fits its screen, and a screen reader finds its way."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_a_strange_table_is_named_tried_and_taken_in_without_any_script(
    live: LiveOffice, chromium: Browser, tmp_path: Path
) -> None:
    page = live.sit_down(chromium, "马编辑", script=False)
    brought(page, live, tmp_path, "田家.csv", STRANGE)
    expect(page.locator("h1")).to_have_text("认一认表头")
    expect(page.locator("#column-0")).to_have_value("户编号")
    page.select_option("#column-2", "户主姓名")
    page.click("text=就这样，试导入")
    expect(page.locator("#wrong")).to_contain_text("姓名")
    page.select_option("#column-2", "姓名")
    page.select_option("#column-3", "户主姓名")
    page.select_option("#column-4", "-")
    page.select_option("#column-5", "作物")
    page.click("text=就这样，试导入")
    expect(page.locator("main")).to_contain_text("试导入完了，还没有写入")
    page.click("button[value=import]")
    expect(page.locator("main")).to_contain_text("已导入：1 户、2 人")


def test_the_wizard_and_the_trial_stand_up_on_both_screens(live: LiveOffice, chromium: Browser, tmp_path: Path) -> None:
    for width in (360, 1280):
        page = live.sit_down(chromium, "马编辑", width)
        brought(page, live, tmp_path, f"田家{width}.csv", STRANGE.replace("脸盆数", f"脸盆数{width}"))
        expect(page.locator("h1")).to_have_text("认一认表头")
        stands_up(page, width)
        changed = REGISTER.replace("玉米:5", "玉米:7") + f"H-BAD,{YAOHE},一组,坏电话,坏电话,户主,,12,,男,,,,\n"
        brought(page, live, tmp_path, "农户.csv", changed)
        expect(page.locator("main")).to_contain_text("有变化的，先看几户")
        stands_up(page, width)


def test_a_cadre_reports_a_change_on_the_telephone_and_the_office_confirms_it(live: LiveOffice, chromium: Browser) -> None:
    cadre = live.sit_down(chromium, "韩村干", 360, script=False)
    cadre.goto(live.address + WANG)
    cadre.click("text=报一个变化")
    cadre.click("text=种养变了")
    cadre.fill("#livestock", "五谷")
    cadre.click("text=报给办公室")
    expect(cadre.locator("#wrong")).to_contain_text("养殖没看懂")
    cadre.fill("#livestock", "肉牛2头")
    cadre.click("text=报给办公室")
    expect(cadre.locator("main")).to_contain_text("待确认")
    clerk = live.sit_down(chromium, "马编辑")
    clerk.click("text=处农户变化等您确认")
    clerk.click("text=种养变了")
    expect(clerk.locator("main")).to_contain_text("肉牛2头")
    clerk.click("text=属实，确认")
    expect(clerk.locator("main")).to_contain_text("已确认：种养变了")
    cadre.reload()
    expect(cadre.locator("main")).to_contain_text("已确认")


def test_every_form_of_a_change_stands_up_on_the_telephone(live: LiveOffice, chromium: Browser) -> None:
    page = live.sit_down(chromium, "韩村干", 360)
    for end in ("", "/died", "/came_back", "/new_member", "/phone", "/farming", "/house", "/other"):
        answer = page.goto(f"{live.address}{WANG}/changes{end}")
        assert answer is not None
        assert answer.status == 200
        stands_up(page, 360)


def test_a_person_in_two_households_is_decided(live: LiveOffice, chromium: Browser, tmp_path: Path) -> None:
    page = live.sit_down(chromium, "马编辑", 360)
    brought(page, live, tmp_path, "两户.csv", TWICE)
    page.click("button[value=import]")
    expect(page.locator("main")).to_contain_text("已导入")
    page.goto(f"{live.address}/staff/households/doubles")
    stands_up(page, 360)
    page.click("a:text-is('判定')")
    stands_up(page, 360)
    page.check("[name=decision][value=second]")
    page.click("text=就这样定")
    expect(page.locator("main")).to_contain_text("没有一个人登记在两户")
