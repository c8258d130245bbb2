"""What can go wrong at a door, said in Chinese with what to do; nothing of the machine's insides is shown."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kernel.crypto import KeyRefused, Unreadable
from kernel.files import FileRefused
from kernel.settings import SettingsRefused
from knowledge.consultations import ConsultationRefused
from knowledge.failures import EntryRefused
from notices.failures import Refused as NoticeRefused
from profiles.changes.failures import ChangeRefused
from profiles.failures import AnswerRefused, ConditionRefused, MoveRefused
from profiles.portraits.failures import PortraitRefused
from push.failures import Refused as PushRefused
from qrcodes.failures import SheetRefused
from web.api import description
from web.security import signed_in
from web.staff import frame, kept
from web.staff.accounts import AccountRefused

EXPECTED = (AnswerRefused, ChangeRefused, SettingsRefused, KeyRefused, Unreadable, ConditionRefused, FileRefused, MoveRefused, NoticeRefused, PushRefused,
            AccountRefused, SheetRefused, ConsultationRefused,
            EntryRefused, PortraitRefused)

# A number too big for any row, or a text with a NUL: there is nothing of that kind.
IMPOSSIBLE = (OverflowError, DataError)

WORDS = {
    400: ("没看懂这次请求", "请返回上一页，检查填写的内容后再试。"),
    401: ("没有看到有效的密钥", "请核对接口密钥，或请系统管理员重新发放。"),
    403: ("这里不能进", "您的账号没有办理这件事的权限。"),
    404: ("没有找到这一页", "地址可能写错了，或者内容已经搬走。可以回首页找，也可以直接问。"),
    405: ("这个地址不能这样用", "请回首页重新进入。"),
    409: ("现在办不了这一步", "情况已经变了，请先看现在的状态。"),
    410: ("这个二维码已经停用", "请扫公示栏上新的二维码，或打开首页选您的村。"),
    413: ("内容太大", "请缩小后再发；文件最大 16 MB。"),
    429: ("访问太频繁", "请等一分钟再试。急事请拨 12345。"),
    500: ("系统出了问题", "已经记下来了，我们会尽快修好。请过一会儿再试，急事请拨 12345。"),
    503: ("系统正在准备", "请过一分钟再试。"),
}

# Whoever is signed in to the console finds the rooms beside what went wrong, and no way to the residents' search.
CLERKS_CURES = {404: "地址可能写错了，或者内容已经搬走。请从菜单里重新找。", 405: "请从菜单里重新进入。"}

# A program has no home page to go back to.
_ALL_DOORS = f"全部接口和参数见 {description.PREFIX}/openapi.json。"
PROGRAMS_CURES = {400: f"请核对参数和正文。{_ALL_DOORS}", 404: f"没有这个接口地址，请核对。{_ALL_DOORS}"}

log = structlog.get_logger(__name__)


def words_of(refusal: BaseException) -> str:
    """The Chinese sentence of an expected refusal."""
    return str(getattr(refusal, "words", "") or refusal)


def attach(app: Flask) -> None:
    """Answer every failure with a page a person can use, or JSON under /api."""
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(CSRFError, _stale_form)
    for kind in EXPECTED:
        app.register_error_handler(kind, _refused)
    for impossible in IMPOSSIBLE:
        app.register_error_handler(impossible, _impossible)
    app.register_error_handler(Exception, _broken)


def _told(error: HTTPException) -> Response:
    code = error.code or 500
    title, cure = WORDS.get(code, WORDS[400] if code < 500 else WORDS[500])
    own = error.description if error.description and not error.description.isascii() else None
    if _is_api():
        cure = f"{description.usage(request.path)}{_ALL_DOORS}" if code == MethodNotAllowed.code else PROGRAMS_CURES.get(code, cure)
    elif _is_console():
        cure = CLERKS_CURES.get(code, cure)
    page = _page(code, title, own or cure)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        page.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return page


def _stale_form(_error: CSRFError) -> Response | BaseResponse:
    if _is_console():
        desk = signed_in()
        if desk is None:
            return kept.asked_to_sign_in()
        g.actor, g.has_one_time = desk.actor, desk.has_one_time
        if page := kept.waiting_page():
            return page
    return _page(400, "页面放得太久了", "为了安全，请返回上一页、刷新后重新提交。刚才的内容没有保存。")


def _refused(error: Exception) -> Response:
    return _page(400, "这一步没有办成", words_of(error))


def _impossible(error: Exception) -> Response:
    log.warning("a value no row can have was asked for", path=request.path, kind=type(error).__name__)
    return _told(NotFound())


def _broken(error: Exception) -> Response:
    log.error("unexpected failure", path=request.path, exc_info=error)
    return _told(InternalServerError())


def _page(code: int, title: str, words: str) -> Response:
    if _is_api():
        answer = jsonify(error=title, words=words)
        answer.status_code = code
        if code == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if request.path.startswith("/hooks/"):
        return Response(words, status=code, content_type="text/plain; charset=utf-8")
    if _is_console() and code < 500:
        desk = signed_in()
        if desk is not None:
            g.actor, g.has_one_time = desk.actor, desk.has_one_time
            page = render_template("errors/staff.html", **frame.at_hand(), heading=title, code=code, words=words)
            return Response(page, status=code)
    return Response(render_template("errors/page.html", code=code, title=title, words=words), status=code)


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _is_console() -> bool:
    return request.path.startswith("/staff/")
