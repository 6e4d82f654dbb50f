"""Computes on the CPU what a device lacks, or computes wrongly.

MPS has no float64 and not every operator, and some of those that it has were wrong in some releases: the inverse of a
real Fourier transform silently so, for odd lengths.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

log = logging.getLogger(__name__)

_COMPLETE: Final = frozenset({"cpu", "cuda"})  # devices that have every operator, and get it right
_WRONG: Final = 0.01  # of a result's norm; more than any rounding
_REFUSALS: Final = ("not support", "n't support", "not implemented", "unsupported")

_trusted: dict[tuple[object, ...], bool] = {}
"""Whether a device computes an operator, by operator, kind of device and, where results are checked, shapes."""


def computed(
    operator: Callable[..., Tensor], *tensors: Tensor, checked: bool = False, **options: object
) -> Tensor:
    """``operator(*tensors, **options)``: on the tensors' device if that can, else on the CPU.

    Args:
        operator: A function that stays the same object, since what a device lacks is remembered by it.
        tensors: All on one device, which is the result's device too.
        checked: Compare the device's first result for these shapes with the CPU's, and trust it only if they agree.
        options: Passed on; none of them is a tensor.
    """
    device = tensors[0].device
    if device.type in _COMPLETE:
        return operator(*tensors, **options)
    key: tuple[object, ...] = (operator, device.type)
    if checked:
        key += tuple(tensor.shape for tensor in tensors)
    if (trusted := _trusted.get(key)) is True:
        return operator(*tensors, **options)
    result: Tensor | None = None
    if trusted is None:
        result = _tried(operator, *tensors, **options)
        if result is not None and not checked:
            _trusted[key] = True
            return result
    expected = operator(*(tensor.cpu() for tensor in tensors), **options)
    if trusted is None:
        _trusted[key] = result is not None and _agree(result.cpu(), expected)
        if not _trusted[key]:
            name = getattr(operator, "__name__", operator)
            log.warning("The CPU computes %s, since %s does not.", name, device.type)
    return expected.to(device)


def _tried(operator: Callable[..., Tensor], *tensors: Tensor, **options: object) -> Tensor | None:
    """The device's result; None if it refuses to compute it."""
    try:
        return operator(*tensors, **options)
    except (
        TypeError
    ):  # as MPS says that it lacks a number format; NotImplementedError is a RuntimeError
        return None
    except RuntimeError as error:
        if isinstance(error, NotImplementedError) or _is_refusal(error):
            return None
        raise


def _is_refusal(error: RuntimeError) -> bool:
    return any(words in str(error).lower() for words in _REFUSALS)


def _agree(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).norm() <= _WRONG * expected.norm())
