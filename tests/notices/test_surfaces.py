"""One writing, many renderings: each fits its place, names no hardship, promises nothing and carries no script."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.messages import Purpose
from channels.sms.templates import Template
from notices.checks import obstacles
from notices.digests import digest
from notices.hardships import hardships_in
from notices.surfaces.forms import Forms
from notices.surfaces.rendering import Surfaces, content_of, render
from notices.surfaces.web import html
from tests.notices.offices import draft


def made(**changes: Any) -> Surfaces:
    return render(draft(**changes))


def test_a_text_message_says_what_until_when_where_and_whom_to_ask() -> None:
    content = made().sms.content
    assert content.text == ("玉米良种补贴可以申请，请到村委会登记。时间：12月31日前；地点：所在村委会；"
                            "电话：0954-7012345，可拨12345核实。")
    assert content.link is None
    assert content.purpose is Purpose.NOTICE


def test_a_long_sentence_is_cut_between_clauses_and_the_editor_is_told() -> None:
    surfaces = made(short_text="玉米良种补贴可以申请，请到村委会登记，带上身份证、户口本和社保卡，村干部会到地里核对亩数，登记不收钱")
    title = surfaces.sms.content.variables["title"]
    assert title == "玉米良种补贴可以申请，请到村委会登记，带上身份证、户口本和社保卡"
    assert any(title in words for words in surfaces.advice())
    assert obstacles(surfaces) == ()


def test_the_editor_hears_what_a_text_message_costs_and_which_words_stand_in_it_twice() -> None:
    signed = Forms(sms_signature="彭阳县政务公开")
    (words,) = render(draft(short_text="玉米良种补贴开始登记，12月31日前到所在村委会登记"), signed).sms.advice()
    assert words.startswith("短信连签名 82 字，每户按 2 条收费；缩到 70 字，每户少付一条。“12月31日前”“所在村委会”后面会自动写上")
    assert render(draft(short_text="玉米良种补贴开始登记"), signed).sms.advice() == ()


def test_nobody_is_asked_to_save_on_an_emergency() -> None:
    urgent = draft(kind="emergency", condition=None, short_text="降温了，生炉子要通烟筒、留窗缝，头晕马上开窗出屋拨120")
    assert render(urgent, Forms(sms_signature="彭阳县人民政府应急管理局政务公开办")).sms.advice() == ()


def test_a_sentence_without_a_stop_that_does_not_fit_cannot_be_submitted() -> None:
    found = obstacles(made(short_text="种" * 36))
    assert any("短信正文" in words and "35" in words for words in found)


def test_a_template_with_room_for_both_gets_title_and_sentence() -> None:
    both = Template(Purpose.NOTICE, "${title}：${what}。${deadline}，${where}，电话${phone}。")
    forms = Forms({**Forms().sms, Purpose.NOTICE: both})
    assert render(draft(), forms).sms.content.text.startswith("2026年玉米良种补贴申报：玉米良种补贴可以申请，请到村委会登记。")


def test_a_correction_says_so_on_every_channel() -> None:
    surfaces = made()
    assert surfaces.sms.correction.purpose is Purpose.CORRECTION
    assert surfaces.sms.correction.text.startswith("更正通知")
    assert surfaces.wechat.correction.variables["title"].startswith("更正")


def test_an_emergency_uses_its_own_template() -> None:
    assert made(kind="emergency", condition=None).sms.content.purpose is Purpose.EMERGENCY


@given(st.text(min_size=1, max_size=120, alphabet="玉米补贴登记，。；《关于》的通知0123 "))
def test_card_fields_hold_twenty_characters_and_sms_blanks_thirty_five(title: str) -> None:
    if not title.strip():
        return
    surfaces = made(title=title, short_text="", summary="")
    assert all(0 < len(value) <= 20 for value in surfaces.wechat.content.variables.values())
    assert all(0 < len(value) <= 35 for value in surfaces.sms.content.variables.values())


def test_a_card_leads_to_the_page_of_its_notice() -> None:
    assert made().wechat.content.link == "/notices/PY-2026-001"


@pytest.mark.parametrize("short_text", ["低保户可以申请补贴", "残疾人补贴开始登记", "脱贫户和监测对象请登记", "低 保 金发放"])
def test_a_message_that_names_a_hardship_cannot_be_submitted(short_text: str) -> None:
    assert any("消息里不能出现" in words for words in obstacles(made(short_text=short_text)))


def test_a_page_may_explain_a_hardship_and_its_messages_stay_neutral() -> None:
    surfaces = made(title="城乡低保金申请指南", summary="低保户怎么申请", body="低保是给困难家庭的生活补助。", short_text="")
    assert obstacles(surfaces) == ()
    assert surfaces.sms.content.variables["title"] == "您家有一项可办事项"
    for content in (surfaces.sms.content, surfaces.wechat.content):
        assert not hardships_in(content.text + "".join(content.variables.values()))


@pytest.mark.parametrize("short_text", ["您家符合玉米补贴条件", "您可以领补贴了", "您家已获批良种补贴"])
def test_a_promise_cannot_be_submitted_and_the_right_words_are_offered(short_text: str) -> None:
    assert any("按您家登记情况，可以申请；以彭阳县农业农村局审核结果为准" in words for words in obstacles(made(short_text=short_text)))


def test_the_right_words_of_eligibility_are_no_promise() -> None:
    assert obstacles(made(short_text="按您家登记情况，可以申请；以农业农村局审核结果为准")) == ()


@pytest.mark.parametrize("link", ["http://a.example/x", "www.example.com", "详见 zd.gov.cn"])
def test_a_link_in_a_text_message_cannot_be_submitted(link: str) -> None:
    assert any("网址" in words for words in obstacles(made(short_text=f"玉米补贴，{link}")))


def test_a_number_hidden_by_marks_is_seen_in_what_the_page_shows() -> None:
    found = obstacles(made(body="联系王某 138**1234**5678"))
    assert len(found) == 1
    assert "手机号" in found[0]
    assert "13812345678" not in found[0]


def test_a_list_shows_full_names_on_the_board_and_masked_ones_on_the_web() -> None:
    body = "| 户主 | 组 | 亩数 |\n|---|---|---|\n| 王大山 | 一组 | 5 |\n| 李四 | 二组 | 3 |\n\n户主：陈小红"
    surfaces = made(kind="public_list", body=body, condition=None)
    assert "王大山" in surfaces.board.text
    for hidden in ("王大山", "李四", "陈小红"):
        assert hidden not in surfaces.web.safe_html + surfaces.web.markdown + surfaces.web.text
    assert "王*山" in surfaces.web.text
    assert "12317" in surfaces.web.text


@pytest.mark.parametrize("header", ["身份证号", "联系电话", "残疾等级", "银行卡号", "病种"])
def test_a_list_with_a_column_nobody_may_see_cannot_be_submitted(header: str) -> None:
    body = f"| 姓名 | {header} |\n|---|---|\n| 王大山 | 甲 |"
    assert any(header in words for words in obstacles(made(kind="public_list", body=body)))


def test_a_list_needs_an_end_and_never_holds_unattended_children() -> None:
    endless = draft(kind="public_list").model_copy(update={"valid_until": None})
    assert any("公示到哪一天" in words for words in obstacles(render(endless)))
    assert any("无人抚养" in words for words in obstacles(made(kind="public_list", body="事实无人抚养儿童名单")))


def test_a_neutral_sheet_names_nobody_and_tells_neither_subject_nor_condition() -> None:
    surfaces = made(title="残疾人两项补贴申报", office="彭阳县残联", short_text="", summary="残疾户可以申请",
                    condition={"fact": "household.kind", "in": ["低保户"]})
    stored = surfaces.stored()["neutral"]
    assert hardships_in(stored["title"] + stored["text"]) == ()
    assert not any(word in stored["text"] for word in ("补贴", "低保", "残", "玉米"))
    assert "12月31日前" in stored["text"]
    assert "0954-7012345" in stored["text"]


def test_a_notice_for_everybody_needs_no_neutral_sheet() -> None:
    assert "neutral" not in made(condition=None).stored()


def test_headings_begin_below_the_title_of_the_page() -> None:
    assert html("### 谁能办\n\n#### 细则") == "<h2>谁能办</h2>\n<h3>细则</h3>"


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[点我](javascript:alert(1))", "![图](http://a.example/t.png)",
    "[点我](data:text/html;base64,AAAA)", "<a href='javascript:alert(1)'>x</a>", "<iframe src='//a.example'></iframe>",
])
def test_markdown_can_carry_nothing_that_acts(hostile: str) -> None:
    shown = html(f"正文\n\n{hostile}")
    for danger in ("<script", "<img", "<iframe", "onerror=\"", 'href="javascript', 'href="data', "<a href=\"javascript"):
        assert danger not in shown


def test_links_to_other_notices_work() -> None:
    assert 'href="/notices/PY-2026-013"' in html("看[解读](/notices/PY-2026-013)")


def test_what_is_stored_is_what_is_sent() -> None:
    surfaces = made()
    stored = surfaces.stored()
    assert content_of(stored, "sms") == surfaces.sms.content
    assert content_of(stored, "wechat", correction=True) == surfaces.wechat.correction
    assert content_of(stored, "telegram") is None


@pytest.mark.parametrize("change", [{"body": "每亩补61元"}, {"condition": None}, {"channels": ["sms"]}, {"where": "镇政府"},
                                    {"to": "residents"}, {"divisions": ["640425100"]}])
def test_any_change_changes_the_digest(change: dict[str, Any]) -> None:
    first, second = made(), made(**change)
    assert digest(first.draft.content(), first.stored()) != digest(second.draft.content(), second.stored())


def test_another_wording_of_the_template_changes_the_digest() -> None:
    other = Forms({**Forms().sms, Purpose.NOTICE: Template(Purpose.NOTICE, "【新】${title}，${phone}")})
    assert digest(draft().content(), made().stored()) != digest(draft().content(), render(draft(), other).stored())


def test_what_villages_are_to_post_must_fit_the_board() -> None:
    long = "种玉米的农户每亩补贴60元。" * 600
    assert not any("公示栏" in words for words in obstacles(made(body=long)))
    for asked in ({"channels": ["board"]}, {"kind": "emergency"}):
        assert any("公示栏张贴稿" in words and "A4" in words for words in obstacles(made(body=long, **asked)))


def test_the_editor_hears_how_many_sheets_it_takes_and_what_a_screen_cannot_show() -> None:
    surfaces = made(body="每亩补贴60元。" * 300, summary="补" * 160, channels=["board"])
    assert any("要 3 张 A4 纸" in words for words in surfaces.advice())
    assert any("电子阅报屏" in words for words in surfaces.advice())
    assert not any("张 A4 纸" in words for words in made(channels=["board"]).advice())
