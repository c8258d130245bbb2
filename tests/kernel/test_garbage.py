"""A process that has begun looks no more at what stays, and still finds what is left behind."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from kernel.garbage import spare_what_stays

class Family:
    pass

made = list(range(10)), {"王家": [1, 2]}
spare_what_stays()
looked_at = len(gc.get_objects())
family = Family()
family.itself, seen = family, weakref.ref(family)
del family
gc.collect()
print(gc.get_freeze_count() > 1000, looked_at < gc.get_freeze_count() / 10, seen() is None)
"""


def test_what_stood_at_the_beginning_is_spared_and_what_is_left_behind_later_is_found() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "True", "True"]
