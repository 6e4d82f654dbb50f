"""The choices of a transfer as plain values, which a job can store and send. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

from core.style.style_errors import OptionsError

MIN_SIZE: Final = 64
MAX_SIZE: Final = 4096
MAX_EVALUATIONS: Final = 5000


class Preset(StrEnum):
    """A named recipe of scales, layers, weights and evaluations; ``core.style.presets`` holds the recipes."""

    QUICK = "quick"
    BALANCED = "balanced"
    FINE = "fine"
    ULTRA = "ultra"
    CLASSIC = "classic"


class Method(StrEnum):
    """What a picture is made to resemble: the style's Gram matrices, or beside them its own features at matched places."""

    GRAM = "gram"
    FIELD = "field"


class Solver(StrEnum):
    """How the pixels are optimised: torch's plain L-BFGS, or the spectrally preconditioned one."""

    LBFGS = "lbfgs"
    SPECTRAL = "spectral"


class Colours(StrEnum):
    """Whose colours the result has, and how the photo's colours are kept (Gatys et al. 2016, arXiv:1606.05897).

    MATCH recolours the style pictures before the transfer, so that the result has the photo's colour statistics.
    LUMINANCE does the same and then takes each pixel's chroma from the photo.
    """

    STYLE = "style"
    LUMINANCE = "luminance"
    MATCH = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices of one transfer.

    Attributes:
        preset: The recipe; None in a field below means the recipe's own value.
        size: Long side of the result in pixels, 64..4096.
        strength: From 0 (the photo) to 1 (all style); ``classic`` ignores it.
        colours: Whose colours the result has.
        style_weights: The weight of each style picture, 0 or more; empty for equal weights.
        style_scale: Size of the style's strokes relative to the result, 0.25..4.
        method: What the picture is made to resemble; ``classic`` knows ``gram`` only.
        keep_detail: With ``field``, keep more of the photo where it has fine things, such as faces.
        solver: How the pixels are optimised.
        evaluations: Evaluations of the objective over all scales, 1..5000.
        noise: Start from white noise instead of the content picture.
        time_limit: Seconds after which the transfer ends with the best picture so far; None for no limit.
        seed: Seeds every random number; equal seeds give equal pictures on a CPU.
        collage: The names of built-in styles, if the result shows the photo in each of them, side by side; ``size`` is then
            that of one tile.
    """

    preset: Preset = Preset.BALANCED
    size: int | None = None
    strength: float = 0.5
    colours: Colours = Colours.STYLE
    style_weights: tuple[float, ...] = ()
    style_scale: float = 1.0
    method: Method | None = None
    keep_detail: bool = True
    solver: Solver | None = None
    evaluations: int | None = None
    noise: bool = False
    time_limit: float | None = None
    seed: int = 0
    collage: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_range("size", self.size, MIN_SIZE, MAX_SIZE)
        _check_range("strength", self.strength, 0, 1)
        _check_range("style scale", self.style_scale, 0.25, 4)
        _check_range("evaluations", self.evaluations, 1, MAX_EVALUATIONS)
        for weight in self.style_weights:
            _check_range("style weight", weight, 0, 1e6)
        if self.style_weights and not any(self.style_weights):
            raise OptionsError("At least one style weight must be above 0.")
        if self.time_limit is not None and not self.time_limit > 0:
            raise OptionsError("The time limit must be above 0 seconds.")

    @property
    def named_preset(self) -> Preset | None:
        """The preset by whose name people know such a transfer; None for a collage."""
        return None if self.collage else self.preset

    def to_dict(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as values that JSON can hold."""
        default = Options()
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != getattr(default, name)
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of ``to_dict``.

        Raises:
            OptionsError: A value is out of its range or a name is unknown.
        """
        readers = {
            "preset": Preset,
            "method": Method,
            "solver": Solver,
            "colours": Colours,
            "style_weights": tuple,
            "collage": tuple,
        }
        try:
            read = {
                name: readers[name](value) if name in readers else value
                for name, value in values.items()
            }
            return replace(cls(), **read)
        except (TypeError, ValueError) as error:
            raise OptionsError(f"These options cannot be read: {error}.") from error


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise OptionsError(f"The {name} must be between {low:g} and {high:g}, not {value:g}.")
