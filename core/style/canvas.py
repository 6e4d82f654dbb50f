"""The pictures of one transfer as tensors at each scale, and the pixels as a picture again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from PIL import Image

from core.style.colours import is_gray, keep_luminance, match_statistics
from core.style.cutouts import mask_of, opaque_part, split, with_alpha
from core.style.goals import photo_detail
from core.style.options import Colours
from core.style.presets import fit
from core.style.resuming import remaining
from core.style.tensors import resize, to_tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from core.style.options import Options
    from core.style.presets import Plan, Scale

_MOST_ENLARGED: Final = 2.0  # of a style picture, unless a larger style size is asked for: more adds blur and no finer strokes
_SHORTEST_SIDE: Final = (
    64  # pixels; below this the deep layers have too few positions for a Gram matrix
)


class Canvas:
    """Content, styles and initial image of one transfer.

    Args:
        content: The photo, RGB or RGBA.
        styles: One or more style pictures, RGB or RGBA.
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
        self._content, self._alpha = split(content)
        self._styles = [split(opaque_part(style)) for style in styles]
        pictures = [self._content, *(style for style, _ in self._styles)]
        self._gray = not plan.classic and all(is_gray(picture) for picture in pictures)
        self._start = None if start is None else split(start)[0]
        self.done = done if start is not None else 0
        self._options = options
        self._classic = plan.classic
        self._device = device
        self._resample = Image.Resampling.BILINEAR if plan.classic else Image.Resampling.LANCZOS
        self._resized: dict[tuple[int, int], Tensor] = {}
        self._resized_styles: tuple[tuple[int, int], list[Tensor]] | None = None

    @property
    def has_transparency(self) -> bool:
        """Whether the photo or a style picture is transparent somewhere."""
        return self._alpha is not None or any(alpha is not None for _, alpha in self._styles)

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
        """The photo at ``size``, (1, 3, height, width); read it only, for the last two sizes are kept."""
        if size not in self._resized:
            for old in list(self._resized)[:-1]:
                del self._resized[old]
            self._resized[size] = to_tensor(
                self._content, size, device=self._device, resample=self._resample
            )
        return self._resized[size]

    def styles(self, size: tuple[int, int]) -> list[Tensor]:
        """The style pictures for a content of ``size``, (1, 3, height, width) each, in their own proportions.

        The classic preset resizes them to ``size``, as the reference does. Those for the last size are kept.
        """
        if self._resized_styles is None or self._resized_styles[0] != size:
            self._resized_styles = size, self._styles_at(size)
        return self._resized_styles[1]

    def _styles_at(self, size: tuple[int, int]) -> list[Tensor]:
        tensors = [
            to_tensor(
                style,
                self._style_size(style.size, size),
                device=self._device,
                resample=self._resample,
            )
            for style, _ in self._styles
        ]
        if self._options.colours is not Colours.STYLE:
            # LUMINANCE needs this as well: a dark style would leave a picture that is too dark for the photo's colours.
            photo, photo_mask = self.content(size), self.content_mask(size)
            return [
                match_statistics(style, photo, style_mask=style_mask, photo_mask=photo_mask)
                for style, style_mask in zip(tensors, self.style_masks(size), strict=True)
            ]
        return tensors

    def content_mask(self, size: tuple[int, int]) -> Tensor | None:
        """How opaque the photo is, (1, 1, height, width) in [0, 1]; None if it is so everywhere."""
        return None if self._alpha is None else mask_of(self._alpha, size, device=self._device)

    def style_masks(self, size: tuple[int, int]) -> list[Tensor | None]:
        """How opaque each style picture is, in the sizes of ``styles``; None for one that is so everywhere."""
        return [
            mask_of(alpha, self._style_size(style.size, size), device=self._device)
            if alpha is not None
            else None
            for style, alpha in self._styles
        ]

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

    def finished(self, picture: Image.Image) -> Image.Image:
        """A painted picture, RGB, as the person sees it: with ``LUMINANCE``, in the photo's colours; RGBA if the photo is a cut-out.

        Where photo and styles are all gray, any colour is noise and is taken away.
        """
        if self._gray:
            picture = picture.convert("L").convert("RGB")
        elif self._options.colours is Colours.LUMINANCE:
            picture = keep_luminance(picture, self._content)
        return picture if self._alpha is None else with_alpha(picture, self._alpha)

    def _first_image(self, size: tuple[int, int]) -> Tensor:
        if self._start is not None:
            return to_tensor(self._start, size, device=self._device, resample=self._resample)
        if self._options.noise:
            generator = torch.Generator().manual_seed(self._options.seed)
            noise = torch.randn(1, 3, size[1], size[0], generator=generator)
            return noise.clamp_(0, 1).to(self._device)
        return self.content(size)

    def _style_size(self, native: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
        if self._classic:
            return size
        # The factor counts from what a small style can give, so that each factor does something.
        wanted = min(max(size), _MOST_ENLARGED * max(native)) * self._options.style_scale
        needed = _SHORTEST_SIDE * max(native) / min(native)
        return fit(native, round(max(wanted, needed)))
