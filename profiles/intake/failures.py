"""Why a whole table of households is refused; the same refusal as of any other file."""

from __future__ import annotations

from kernel.files import FileRefused as FileRefused
