"""How often a process that runs for weeks looks for objects that only hold each other."""

from __future__ import annotations

import gc

# By default every seven hundred new objects start a look, and every seventy thousand one at everything there is: half a
# million objects that libraries made once and never leave. A group of messages alone is several thousand new ones.
YOUNG, MIDDLE, OLD = 20_000, 20, 20


def spare_what_stays() -> None:
    """Leave out of every later look what stands now, when a process has begun, and look more seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
