"""Positions on the earth: distances, and degrees as a table of places gives them.

Places are kept in WGS 84: what a satellite receiver says, and 天地图 in CGCS2000 within centimetres.
"""

from __future__ import annotations

import math

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""
# Mainland and islands, widely drawn: who writes a village outside has mixed something up.
_SOUTH, _NORTH, _WEST, _EAST = 3.0, 54.0, 73.0, 136.0


class PlaceUnclear(Exception):
    """Degrees that no village can have; the sentence says what is wrong."""


def read_place(latitude: str, longitude: str) -> tuple[float, float] | None:
    """Degrees as a cell gives them (35.851, 北纬35.851°); None where neither is given; raises PlaceUnclear."""
    given = [one.strip().strip("北纬东经NE°度 ") for one in (latitude, longitude)]
    if not any(given):
        return None
    if not all(given):
        raise PlaceUnclear("纬度和经度要么都填，要么都空着")
    try:
        north, east = (float(one) for one in given)
    except ValueError:
        raise PlaceUnclear("经纬度不是数字，请写成 35.851 这样的度数") from None
    if _SOUTH <= north <= _NORTH and _WEST <= east <= _EAST:
        return north, east
    is_turned = _SOUTH <= east <= _NORTH and _WEST <= north <= _EAST
    raise PlaceUnclear("纬度和经度写反了" if is_turned else "这个位置不在国内，请核对经纬度")


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two (latitude, longitude) in degrees along the surface, by the haversine formula."""
    north, north_there = math.radians(one[0]), math.radians(other[0])
    half_north, half_east = (north_there - north) / 2, math.radians(other[1] - one[1]) / 2
    chord = math.sin(half_north) ** 2 + math.cos(north) * math.cos(north_there) * math.sin(half_east) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))
