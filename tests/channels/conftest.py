"""Simulated vendors and hooks for the tests of channels."""

from __future__ import annotations

from tests.channels.fixtures import channels, hooks, network, opens, simulators, unplugged

__all__ = ["channels", "hooks", "network", "opens", "simulators", "unplugged"]
