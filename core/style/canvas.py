"""The pictures of one transfer as tensors at each scale, and the pixels as a picture again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from PIL import Image

from core.pictures.srgb import on_white
from core.style.colours import keep_luminance, match_statistics
from core.style.options import Colours
from core.style.presets import fit, photo_detail
from core.style.resuming import remaining
from core.style.tensors import resize, to_picture, to_tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.options import Options
    from core.style.presets import Plan, Scale

_MOST_ENLARGED: Final = (
    2.0  # of a style picture: enlarging it further adds blur and no finer strokes
)
_SHORTEST_SIDE: Final = (
    64  # pixels; below this the deep layers have too few positions for a Gram matrix
)


class Canvas:
    """Content, styles and initial image of one transfer.

    Args:
        content: The photo.
        styles: One or more style pictures.
        start: The initial image instead of the content: an earlier result, or a checkpoint; None for the content or
            noise.
        done: How many evaluations ``start`` is worth if it is a checkpoint, else 0.
        options: The person's choices.
        plan: The plan made from these choices.
        device: The device of all tensors.
    """

    def __init__(
        self,
        content: Image.Image,
        styles: Sequence[Image.Image],
        *,
        start: Image.Image | None,
        done: int,
        options: Options,
        plan: Plan,
        device: torch.device,
    ) -> None:
        self._content = on_white(content)
        self._styles = [on_white(style) for style in styles]
        self._start = start
        self.done = done if start is not None else 0
        self._options = options
        self._classic = plan.classic
        self._device = device
        self._resample = Image.Resampling.BILINEAR if plan.classic else Image.Resampling.LANCZOS

    def remaining(self, scales: tuple[Scale, ...]) -> tuple[Scale, ...]:
        """The scales to optimise: all of them, or with an earlier result only those that are at least as large as it.

        With a checkpoint, the evaluations that it is worth are taken off.
        """
        if self._start is None:
            return scales
        if self.done:
            return remaining(scales, self._start.size, self.done)
        side = max(self._start.size)
        return tuple(scale for scale in scales if max(scale.size) >= side) or scales[-1:]

    def checkpoint(self) -> Tensor | None:
        """The checkpoint in its own size, (1, 3, height, width); None without one."""
        if self._start is None or not self.done:
            return None
        return to_tensor(self._start, device=self._device)

    def content(self, size: tuple[int, int]) -> Tensor:
        """The photo at ``size``, (1, 3, height, width)."""
        return to_tensor(self._content, size, device=self._device, resample=self._resample)

    def styles(self, size: tuple[int, int]) -> list[Tensor]:
        """The style pictures for a content of ``size``, (1, 3, height, width) each, in their own proportions.

        The classic preset resizes them to ``size``, as the reference does.
        """
        tensors = [
            to_tensor(
                style,
                size if self._classic else self._style_size(style.size, max(size)),
                device=self._device,
                resample=self._resample,
            )
            for style in self._styles
        ]
        if self._options.colours is not Colours.STYLE:
            # LUMINANCE needs this as well: a dark style would leave a picture that is too dark for the photo's colours.
            photo = self.content(size)
            return [match_statistics(style, photo) for style in tensors]
        return tensors

    def initial_image(self, size: tuple[int, int], before: Tensor | None) -> Tensor:
        """The initial image of a scale, (1, 3, height, width), within [0, 1].

        Args:
            size: (width, height) in pixels.
            before: The pixels after the coarser scale, or of a checkpoint; None at the first scale.
        """
        if before is None:
            return self._first_image(size)
        height, width = before.shape[-2:]
        if (width, height) == size:
            return before
        enlarged = resize(before, size)
        if not self._options.noise:
            # The photo's detail that is too fine for the coarser scale.
            missing = self.content(size) - resize(self.content((width, height)), size)
            enlarged += photo_detail(self._options.strength) * missing
        return enlarged.clamp_(0, 1)

    def picture(self, pixels: Tensor) -> Image.Image:
        """The pixels as the person sees them: with ``LUMINANCE``, in the photo's colours."""
        picture = to_picture(pixels)
        if self._options.colours is Colours.LUMINANCE:
            return keep_luminance(picture, self._content)
        return picture

    def _first_image(self, size: tuple[int, int]) -> Tensor:
        if self._start is not None:
            return to_tensor(self._start, size, device=self._device, resample=self._resample)
        if self._options.noise:
            generator = torch.Generator().manual_seed(self._options.seed)
            noise = torch.randn(1, 3, size[1], size[0], generator=generator)
            return noise.clamp_(0, 1).to(self._device)
        return self.content(size)

    def _style_size(self, native: tuple[int, int], side: int) -> tuple[int, int]:
        wanted = min(side * self._options.style_scale, _MOST_ENLARGED * max(native))
        needed = _SHORTEST_SIDE * max(native) / min(native)
        return fit(native, round(max(wanted, needed)))
