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
        checked: Compare the device's first result for these shapes and options with the CPU's, and trust it only if they agree.
        options: Passed on; none of them is a tensor, and where results are checked, all can be hashed.
    """
    device = tensors[0].device
    if device.type in _COMPLETE:
        return operator(*tensors, **options)
    kind: tuple[object, ...] = (operator, device.type)
    case = kind
    if checked:
        case += (*(tensor.shape for tensor in tensors), *options.values())
    trusted = _trusted.get(kind, _trusted.get(case))
    if trusted is None:
        result = _tried(operator, *tensors, **options)
        if result is None:
            _distrust(kind)
        elif not checked:
            _trusted[case] = True
            return result
    elif trusted:
        return operator(*tensors, **options)
    expected = operator(*(tensor.cpu() for tensor in tensors), **options)
    if trusted is None and result is not None:
        if _agree(result.cpu(), expected):
            _trusted[case] = True
        else:
            _distrust(case)
    return expected.to(device)


def _distrust(case: tuple[object, ...]) -> None:
    _trusted[case] = False
    operator, device, *_ = case
    log.warning("The CPU computes %s for %s.", getattr(operator, "__name__", operator), device)


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
