"""Colour spaces that a file names by numbers or by chromaticities, as ICC profiles.

Numbers: ITU-T H.273 (CICP, coding-independent code points), as in the nclx box of HEIC and AVIF and PNG's cICP chunk.
"""

from __future__ import annotations

import functools
import struct
from typing import Final, NamedTuple, TypeAlias

import numpy as np

Chromaticities: TypeAlias = tuple[float, float, float, float, float, float, float, float]
"""x and y of white, red, green and blue."""

_D65: Final = (0.3127, 0.3290)
_C: Final = (0.310, 0.316)
PRIMARIES: Final[dict[int, Chromaticities]] = {
    1: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    4: (*_C, 0.670, 0.330, 0.210, 0.710, 0.140, 0.080),  # BT.470 M
    5: (*_D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),  # BT.470 BG
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 170M
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU 3213
}
SRGB: Final = PRIMARIES[1]
BT2020: Final = PRIMARIES[9]

PQ: Final = 16
HLG: Final = 18
_GAMMAS: Final = {4: 2.2, 5: 2.8, 8: 1.0}
"""Transfer characteristics that are a power. Browsers show all others but PQ and HLG with the curve of sRGB."""

_D50: Final = (0.9642, 1.0, 0.8249)
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_SRGB_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


class Cicp(NamedTuple):
    """A colour space by number.

    Attributes:
        primaries: ColourPrimaries.
        transfer: TransferCharacteristics.
        full_range: Whether black is 0 and white is 255, in the pixels as decoded; else they are 16 and 235.
    """

    primaries: int
    transfer: int
    full_range: bool = True

    @property
    def is_hdr(self) -> bool:
        """Whether the values reach beyond the white of a page (BT.2100)."""
        return self.transfer in {PQ, HLG}

    @property
    def chromaticities(self) -> Chromaticities:
        """Those of sRGB, if the number is unknown."""
        return PRIMARIES.get(self.primaries, SRGB)

    def profile(self) -> bytes | None:
        """An ICC profile of a space that is not HDR; None for sRGB."""
        gamma = _GAMMAS.get(self.transfer)
        if self.chromaticities == SRGB and gamma is None:
            return None
        return matrix_profile(self.chromaticities, gamma)


def to_xyz(chromaticities: Chromaticities) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The matrix, 3 x 3, from linear RGB to XYZ under D50 (Bradford adaptation).

    Raises:
        ValueError: These chromaticities span no colours.
    """
    points = np.array(chromaticities, dtype=np.float64).reshape(4, 2)
    if not np.isfinite(points).all() or (points[:, 1] <= 0).any():
        raise ValueError("no chromaticities")
    white, *primaries = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in points)
    columns = np.stack(primaries, axis=1)
    try:
        matrix = columns * np.linalg.solve(columns, white)
    except np.linalg.LinAlgError as error:
        raise ValueError("no chromaticities") from error
    cones = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
    adapted: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (
        np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ matrix
    )
    return adapted


@functools.lru_cache(maxsize=16)
def matrix_profile(chromaticities: Chromaticities, gamma: float | None) -> bytes:
    """An ICC profile (ICC.1:2022, 8.3.2) for RGB.

    Args:
        chromaticities: Of white and the primaries.
        gamma: Linear light is the value to this power; None for the curve of sRGB.

    Raises:
        ValueError: These chromaticities span no colours.
    """
    if gamma is None:
        curve = b"para" + struct.pack(">4xHxx5i", 3, *map(_fixed, _SRGB_CURVE))
    else:
        curve = b"para" + struct.pack(">4xHxxi", 0, _fixed(gamma))
    columns = to_xyz(chromaticities).T
    tags = {
        b"desc": b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", 2, 28) + b"\0A",
        b"cprt": b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", 2, 28) + b"\0A",
        b"wtpt": _xyz(*_D50),
        **{name + b"XYZ": _xyz(*column) for name, column in zip(_RGB, columns, strict=True)},
        **{name + b"TRC": curve for name in _RGB},
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = struct.pack(">I", start + len(body))
    header = size + bytes(4) + b"\x04\x40\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *map(_fixed, _D50))
    return header.ljust(128, b"\0") + table + body


def profile_cicp(profile: bytes) -> Cicp | None:
    """The numbers that an ICC profile names beside its curves (ICC.1:2022, 9.2.17); None if there are none."""
    count = int.from_bytes(profile[128:132], "big")
    for i in range(min(count, 100)):
        name, at, size = struct.unpack_from(">4sII", profile[132 + 12 * i :].ljust(12, b"\0"))
        if name == b"cicp" and size >= 12 and len(profile) >= at + 12:
            primaries, transfer, _matrix, _full_range = profile[at + 8 : at + 12]
            return Cicp(primaries, transfer)
    return None


_RGB: Final = (b"r", b"g", b"b")


def _fixed(value: float) -> int:
    return round(max(-32767.0, min(32767.0, float(value))) * 65536)


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", _fixed(x), _fixed(y), _fixed(z))
