"""The contract is kept against the same simulated vendors that the channels' own tests use."""

from __future__ import annotations

from tests.channels.fixtures import channels, hooks, network, opens, simulators, unplugged

__all__ = ["channels", "hooks", "network", "opens", "simulators", "unplugged"]
