"""Bringing answers back to who asked: over the door the question came by, else by text message, else they wait to be read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from channels.failures import Outcome, OutcomeKind
from channels.messages import Content, Message, Purpose
from kernel.ids import sortable_id
from knowledge import letter_fates, letters
from knowledge.case_models import LetterState
from knowledge.letters import Claimed
from profiles import contacts
from web.house import House
from web.saying import LateAnswers, keep_looking

LOOK_SECONDS = 1.0
CLOSED = {"wechat": "微信没有开通", "sms": "短信没有开通", "telegram": "Telegram 没有开通"}
NOBODY = "没有可用的手机号"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Addressed:
    """A message ready to go, or in `why` what keeps it back."""

    message: Message | None
    why: str = ""


class AnswerPost:
    """Sends the answers of one house, one after the other; any number of processes may."""

    def __init__(self, house: House) -> None:
        """Of a house."""
        self._house = house

    def look(self) -> bool:
        """Send the answer that has waited longest; False when none is due."""
        claimed = letters.claim(self._house.database, self._house.keyring, self._house.clock.now())
        if claimed is None:
            return False
        addressed = self._addressed(claimed)
        if addressed.message is None:
            self._turn(claimed, addressed.why)
            return True
        if addressed.message.name:
            known_by = letter_fates.reference_of(self._house.keyring, addressed.message.name, addressed.message.address)
            letters.name(self._house.database, claimed, known_by)
        outcome = self._sent(claimed, addressed.message)
        log.info("an answer was sent", channel=claimed.channel, outcome=outcome.kind.value, code=outcome.code)
        self._settle(claimed, outcome, addressed.message.address)
        return True

    def run(self, stop: threading.Event) -> None:
        """Look every second until told to stop."""
        keep_looking(self.look, LOOK_SECONDS, stop)

    def _addressed(self, claimed: Claimed) -> Addressed:
        if claimed.address is None:
            return Addressed(None, letters.NO_ADDRESS)
        if claimed.channel not in self._house.channels.talkers:
            return Addressed(None, CLOSED.get(claimed.channel, "这个通道没有开通"))
        if claimed.channel != "sms":
            return Addressed(Message(claimed.id, claimed.address, Content(Purpose.CONSULTATION, words(claimed))))
        phone = claimed.address if claimed.asked_by in letter_fates.CALLED else self._phone(claimed)
        return self._texted(claimed, phone) if phone else Addressed(None, NOBODY)

    def _texted(self, claimed: Claimed, phone: str) -> Addressed:
        """The answer itself where the approved template holds it whole, else where to hear it: half an answer misleads."""
        register = self._house.channels.sms_register
        if register is None:
            return Addressed(None, CLOSED["sms"])
        template = register.templates[Purpose.CONSULTATION]
        faults: tuple[str, ...] = ()
        for said in (" ".join(claimed.answer.split()).removesuffix("。"), f"编号{claimed.number}已答复，拨12345报编号听答复"):
            content = template.content({"answer": said}, register.signature)
            faults = register.complaints(content)
            if not faults:
                return Addressed(Message(claimed.id, phone, content, sortable_id()))
        return Addressed(None, faults[0])

    def _phone(self, claimed: Claimed) -> str | None:
        """The telephone that the one person bound to this WeChat address proved or registered, unless many share it."""
        with self._house.database.reading() as session:
            people = contacts.residents_at(session, self._house.keyring, claimed.asked_by, claimed.address or "")
            if len(people) != 1:
                return None
            own = [one for one in contacts.contacts_of(session, people[0].id) if one.channel == contacts.SMS and not one.shared]
        return self._house.keyring.decrypt(own[0].address, contacts.purpose_of(contacts.SMS)) if own else None

    def _sent(self, claimed: Claimed, message: Message) -> Outcome:
        talker = self._house.channels.talkers[claimed.channel]

        async def say() -> Outcome:
            async with self._house.network.open(1) as client:
                return await talker.say(client, message)

        try:
            return asyncio.run(say())
        except Exception:
            # It may have left before this broke: never again by itself.
            log.exception("an answer broke off", channel=claimed.channel)
            return Outcome(claimed.id, OutcomeKind.UNKNOWN, words="发送时出错，不知道发出没有")

    def _settle(self, claimed: Claimed, outcome: Outcome, address: str) -> None:
        why = outcome.words or outcome.kind.words
        match outcome.kind:
            case OutcomeKind.ACCEPTED:
                known_by = letter_fates.reference_of(self._house.keyring, outcome.vendor_reference, address)
                letters.settle(self._house.database, claimed, LetterState.SENT, "", self._house.clock.now(), known_by)
            case OutcomeKind.UNKNOWN:
                letters.settle(self._house.database, claimed, LetterState.UNKNOWN, why, self._house.clock.now())
            case (OutcomeKind.THROTTLED | OutcomeKind.MISCONFIGURED) if claimed.tries < letters.MOST_TRIES:
                wait = max(outcome.wait, letters.wait_before(claimed.tries), timedelta(seconds=1))
                letters.put_back(self._house.database, claimed, claimed.channel, why, self._house.clock.now() + wait)
            case _:
                self._turn(claimed, why)

    def _turn(self, claimed: Claimed, why: str) -> None:
        """WeChat's answer goes on by text message when the person's number is known; who called or texted is called; else it waits."""
        now = self._house.clock.now()
        if claimed.channel == "wechat" and claimed.address is not None and self._phone(claimed):
            letters.put_back(self._house.database, claimed, "sms", f"微信：{why}", now)
            return
        state = LetterState.TO_CALL if claimed.asked_by in letter_fates.CALLED and claimed.address is not None else LetterState.KEPT
        letters.settle(self._house.database, claimed, state, why, now)


def words(claimed: Claimed) -> str:
    """What the asker reads; nothing of an answer goes abroad (个人信息保护法 §36)."""
    if claimed.channel == "telegram":
        return f"编号 {claimed.number} 的留言已答复。请拨 12345 报编号听答复。"
    return f"您的留言（编号 {claimed.number}）有答复了：\n{claimed.answer}\n答得怎么样？回“满意”“基本满意”或“不满意”。"


@contextmanager
def answering(house: House, stop: threading.Event) -> Iterator[None]:
    """Answers go back beside the work of a process: those of consultations, and those that another process left unsaid."""
    threads = [threading.Thread(target=work.run, args=(stop,), name=name)
               for name, work in (("answers", AnswerPost(house)), ("late answers", LateAnswers(house)))]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
