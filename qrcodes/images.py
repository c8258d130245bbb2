"""Drawing a code: the matrix from `qrcode`, the shapes our own, as SVG for pages and runs for paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_Q

QUIET_ZONE = 4
LARGEST_VERSION = 4


@dataclass(frozen=True)
class Matrix:
    """Dark modules as rows of booleans, without the quiet zone, and the QR version."""

    rows: tuple[tuple[bool, ...], ...]
    version: int

    @property
    def size(self) -> int:
        """Modules a side, without the quiet zone."""
        return len(self.rows)

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Dark runs as (row, first column, length): far fewer shapes than modules, and no hairlines between."""
        for number, row in enumerate(self.rows):
            start = None
            for column, dark in enumerate((*row, False)):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    yield number, start, column - start
                    start = None


def matrix(text: str) -> Matrix:
    """The matrix of a text at error correction level Q, in the smallest version that holds it."""
    code = qrcode.QRCode(version=None, error_correction=ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    code.make(fit=True)
    return Matrix(tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix()), code.version)


def svg(text: str, title: str) -> str:
    """A scalable picture with its quiet zone, named for those who cannot see it."""
    made = matrix(text)
    side = made.size + 2 * QUIET_ZONE
    path = "".join(f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z"
                   for row, column, length in made.runs())
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
            f"<title>{title}</title><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>"
            f'<path d="{path}" fill="#000"/></svg>')
