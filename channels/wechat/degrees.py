"""WeChat's positions within China are in GCJ-02: shifted by up to some 700 m, in a smooth wave.

The shift is taken back by its widely published approximation (as in the open project `eviltransform`), good to a few metres.
"""

from __future__ import annotations

import math

# The ellipsoid of Krasovsky, by which the shift is reckoned.
_AXIS, _SQUARED_ECCENTRICITY = 6378245.0, 0.00669342162296594323


def from_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """A position of WeChat's as (latitude, longitude) of WGS 84; outside China it is WGS 84 already."""
    if not (0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347):
        return latitude, longitude
    shift_north, shift_east = _shift(latitude, longitude)
    return latitude - shift_north, longitude - shift_east


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    root = math.sqrt(abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    at = math.radians(latitude)
    flat = 1 - _SQUARED_ECCENTRICITY * math.sin(at) ** 2
    along = _AXIS * (1 - _SQUARED_ECCENTRICITY) / (flat * math.sqrt(flat))
    across = _AXIS / math.sqrt(flat) * math.cos(at)
    return math.degrees(north / along), math.degrees(east / across)
