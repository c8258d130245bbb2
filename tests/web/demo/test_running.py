"""The first command of a newcomer: what it says when it cannot start."""

from __future__ import annotations

import socket

import pytest

from tests.servers import free_port
from web.demo import running


@pytest.mark.parametrize("above", [0, running.SIMULATORS_ABOVE])
def test_a_port_that_is_taken_is_named_before_anything_is_started(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], above: int) -> None:
    def nothing(*_: object) -> int:
        raise AssertionError("nothing may be prepared or started")

    monkeypatch.setattr(running, "_prepare", nothing)
    monkeypatch.setattr(running, "_run", nothing)
    with socket.create_server(("127.0.0.1", free_port())) as held:
        taken = int(held.getsockname()[1])
        monkeypatch.setenv("PORT", str(taken - above))
        assert running.main() == 1
    told = capsys.readouterr().err
    assert f"{taken}" in told.split("已被别的程序占用")[0]
    assert "make run PORT=" in told
