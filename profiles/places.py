"""Which village is nearest to a position somebody sent; the position is used for this one look and kept nowhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from profiles.divisions import VILLAGE
from profiles.history import Codes
from profiles.models import Division
from profiles.positions import kilometres

FARTHEST_KM = 20.0
"""Beyond this nobody is asked whether they are in a village: they are in the next county, or on the road."""


@dataclass(frozen=True)
class Near:
    """The village nearest to a position, and how far away it is."""

    code: str
    kilometres: float

    @property
    def is_here(self) -> bool:
        """Whether one may take the person to be there."""
        return self.kilometres <= FARTHEST_KM


def nearest(session: Session, latitude: float, longitude: float) -> Near | None:
    """The nearest village that has a place, in degrees of WGS 84; None where none has one, or no such position is on earth."""
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    rows = session.execute(select(Division.code, Division.latitude, Division.longitude).where(
        func.length(Division.code) == VILLAGE, Division.latitude.is_not(None), Division.longitude.is_not(None))).all()
    if not rows:
        return None
    distance, code = min((kilometres((latitude, longitude), (north or 0.0, east or 0.0)), code) for code, north, east in rows)
    return Near(Codes.read(session).present(code), distance)
