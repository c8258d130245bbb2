"""An office with a carrier's port: the worker holds the line, answers what people write, and leaves politely."""

from __future__ import annotations

from tests.channels.calling import eventually
from tests.journeys.conftest import Office

WANG = "13900000001"


def test_the_worker_holds_the_line_and_says_goodbye_when_it_is_told_to_end(office: Office) -> None:
    office.environment["SMS_GATEWAYS"] = "cmpp"
    carrier = office.simulators.simulators.lines["cmpp"]
    worker = office.start("worker")
    assert eventually(lambda: carrier.logins == 1, 30)
    office.simulators.call(lambda: carrier.say(WANG, "你好"))
    assert eventually(lambda: office.simulators.ledger.addresses("cmpp")[WANG] >= 1, 30)
    assert office.simulators.wait_for_receipts()
    worker.terminate()
    assert worker.wait(30) == 0
    assert eventually(lambda: not carrier.ports)
