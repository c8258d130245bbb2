"""来电登记: a call typed in while it lasts, with the same answers as everywhere beside it; and who waits to be called back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from knowledge import calls, consultations, gaps
from knowledge.answers import EntryView, Found
from knowledge.calls import Call, Used
from knowledge.consultations import Case
from knowledge.ranking import Decision
from profiles import contacts, divisions
from profiles.divisions import Names
from profiles.privacy import masked_phone
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.menu import AGENTS

LEAST, LONGEST, LONGEST_SEARCHED = 2, 2000, 300
TABS = (("staff.consultations", "等答复"), ("staff.take_call", "来电登记"), ("staff.call_backs", "待回电"))
BACK = (("sms", "发短信", "发到上面的手机号"), ("call", "回电话", "进待回电，由坐席打回去"), ("self", "对方自己查", "把编号和查询码念给对方"))


@dataclass(frozen=True)
class CallForm:
    """What stands in the form; `phone` as it is kept, empty when none or no telephone was typed."""

    given_phone: str = field(default="", repr=False)
    given_place: str = ""
    words: str = field(default="", repr=False)
    back: str = "sms"
    phone: str = field(default="", repr=False)
    division: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def is_mobile(self) -> bool:
        """Whether text messages reach the caller."""
        return contacts.normal_phone(self.phone) is not None

    def call(self) -> Call:
        """The call as the room takes it."""
        return Call(self.phone, self.division, self.words, self.back == "call")


def tabs(session: Session) -> list[tuple[str, str, int]]:
    """The pages of the room, with how many wait to be called back."""
    waiting = {"staff.call_backs": calls.count_to_call(session, actor().jurisdiction)}
    return [(endpoint, words, waiting.get(endpoint, 0)) for endpoint, words in TABS]


@staff(*AGENTS, acts_itself=True)
def take_call() -> str | Response | tuple[str, int]:
    """Type a call in: what the entries answer stands beside it; close it with one of them, or hand it to people."""
    if request.method == "GET":
        return _page(CallForm())
    with house().database.reading() as session:
        form = _posted(session)
    if request.form.get("part"):
        return _found_part(form)
    entry, act = request.form.get("entry", ""), request.form.get("act", "find")
    faults = [*form.faults, *([] if act == "find" and not entry and form.phone else _lacking(form, act))]
    if faults or (act == "find" and not entry):
        return _page(form, faults), 400 if faults else 200
    return _closed(form, entry) if entry else _handed_over(form)


@staff(*AGENTS)
def call_backs() -> str:
    """Whose answer waits for a call, the longest waiting first."""
    with house().database.reading() as session:
        names = Names(session)
        waiting = calls.to_call(session, actor().jurisdiction)
        return render_template("staff/consultations/call_backs.html", heading="待回电", waiting=waiting, tabs=tabs(session),
                               places={one.division: names.place(one.division) for one in waiting if one.division})


def _posted(session: Session) -> CallForm:
    given, place = request.form.get("phone", "").strip(), "".join(request.form.get("place", "").split())
    phone = contacts.normal_phone(given) or contacts.landline(given) or ""
    found = [Fault("phone", f"“{given}”不是电话号码。请写 11 位手机号，或带区号的座机；不愿留的空着。")] if given and not phone else []
    division = _places(session).get(place, "") if place else ""
    if place and not division:
        found.append(Fault("place", f"没有“{place}”这个村或乡镇。请从列表里选，不清楚的空着。"))
    return CallForm(given, request.form.get("place", "").strip(), request.form.get("words", "").strip()[:LONGEST],
                    request.form.get("back", "sms"), phone, division, tuple(found))


def _places(session: Session) -> dict[str, str]:
    """Every place as it is typed, without blanks, and its code."""
    names = Names(session)
    return {names.place(code).replace(" ", ""): code for code, _ in divisions.standing(session, house().county)}


def _lacking(form: CallForm, act: str) -> list[Fault]:
    found = []
    if len(form.words) < LEAST:
        found.append(Fault("words", "没有写对方问的什么。请写一句。"))
    if act == "take" and form.back == "call" and not form.phone:
        found.append(Fault("phone", "要回电话，就要留号码。对方不愿留的，选“对方自己查”。"))
    if act == "take" and form.back == "sms" and not form.is_mobile and not form.faults:
        found.append(Fault("phone", "发短信要有手机号。没有的选“回电话”或“对方自己查”。"))
    return found


def _asked(form: CallForm) -> Found | None:
    if len(form.words) < LEAST:
        return None
    with house().database.reading() as session:
        former = divisions.former_around(session, form.division) if form.division else frozenset[str]()
    return house().library.ask(form.words[:LONGEST_SEARCHED], form.division or None, the_day(), former)


def _earlier(session: Session, form: CallForm) -> Sequence[Case]:
    """What the same number waits for already; only what lies in the actor's area is told."""
    mine = [one for one in calls.open_ones(session, house().keyring, form.phone, the_day())
            if not one.division or actor().may_act_in(one.division)]
    return mine if form.phone else ()


def _closed(form: CallForm, entry_id: str) -> str | Response | tuple[str, int]:
    entry = next(iter(house().library.entries([entry_id], form.words)), None)
    if entry is None:
        return _page(form, [Fault("words", "这条知识条目已经停用。请再找一次。")]), 400
    _count(form, Decision.ANSWER.value, entry)
    with house().database.writing() as session:
        number = calls.answered_at_once(session, house().keyring, form.call(), Used(entry.id, entry.answer, entry.office), actor(),
                                        house().clock.now())
    flash(f"已记下：用“{entry.question}”答复，编号 {number}，办结。", "good")
    return redirect(url_for("staff.take_call"))


def _handed_over(form: CallForm) -> Response:
    _count(form, Decision.HAND_OVER.value, None)
    with house().database.writing() as session:
        taken = calls.hand_over(session, house().keyring, form.call(), actor(), house().clock.now())
    due = f"{taken.due_on.month}月{taken.due_on.day}日"
    flash(f"已存为留言。请念给对方：编号 {taken.number}，查询码 {taken.secret}，{due}前答复。查询码只在这里显示一次。", "good")
    return redirect(url_for("staff.take_call"))


def _count(form: CallForm, decision: str, entry: EntryView | None) -> None:
    """Questions by telephone count among what was asked, as those of every other door do."""
    with house().database.writing() as session:
        gaps.note(session, channel=calls.CHANNEL, text=form.words, division=form.division or None, decision=decision,
                  entry_id=entry.id if entry else None, score=1.0 if entry else 0.0, now=house().clock.now())


def _found_part(form: CallForm) -> str:
    with house().database.reading() as session:
        return render_template("staff/consultations/found.html", found=_asked(form), earlier=_earlier(session, form))


def _page(form: CallForm, faults: Sequence[Fault] = ()) -> str:
    found = _asked(form)
    with house().database.reading() as session:
        names = Names(session)
        places = [names.place(code) for code, _ in divisions.standing(session, actor().jurisdiction or house().county)]
        return render_template(
            "staff/consultations/call.html", heading="来电登记", form=form, faults=faults, places=places, tabs=tabs(session), back=BACK,
            found=found, earlier=_earlier(session, form), is_asked=found is not None, masked=masked_phone(form.phone),
            within=consultations.ANSWER_WITHIN)
