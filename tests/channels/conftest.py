"""Simulated vendors and hooks for the tests of channels."""

from __future__ import annotations

from tests.channels.fixtures import channels, hooks, network, simulators, unplugged

__all__ = ["channels", "hooks", "network", "simulators", "unplugged"]
