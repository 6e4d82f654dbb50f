"""A device without float64 and without some operators, as MPS is, on a machine that has only a CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

NAME = "lazy"
"""A kind of device that torch knows by name and for which it asks for nothing to be installed."""
_CPU = torch.device("cpu")
_BETWEEN_DEVICES = {"aten::_to_copy", "aten::copy_", "aten::index", "aten::index_put_"}


class PoorDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is entered, tensors can be moved to ``device``, which computes as the CPU does, or refuses.

    It has no float64, takes no tensors of the CPU beside its own unless they are numbers, and its pooling cannot go
    backward where channels come last: MPS ends the process there.

    Args:
        lacks: The operators that it does not have, such as ``aten::_fft_r2c``.
        wrong: Those that give something else than they should.
    """

    device = torch.device(NAME, 0)

    def __init__(self, *, lacks: Collection[str] = (), wrong: Collection[str] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._lacks, self._wrong = frozenset(lacks), frozenset(wrong)
        self.refused: list[str] = []
        self.used: set[str] = set()

    def __enter__(self) -> Self:
        # Makes torch.tensor(..., device=...) build the tensor on the CPU and then move it, which passes this mode.
        torch._C._set_only_lift_cpu_tensors(True)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        torch._C._set_only_lift_cpu_tensors(False)

    def __torch_dispatch__(
        self, func: Any, types: Sequence[Any], args: Any = (), kwargs: Any = None
    ) -> Any:
        name, kwargs = func._schema.name, dict(kwargs or {})
        leaves = tree_leaves((args, kwargs))
        here = any(isinstance(leaf, PoorTensor) for leaf in leaves)
        if kwargs.get("device") is not None:
            here = torch.device(kwargs["device"]).type == NAME
            kwargs["device"] = _CPU
        if here:
            self._check(name, leaves)
        inner = {id(leaf.on_cpu): leaf for leaf in leaves if isinstance(leaf, PoorTensor)}
        result = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
        if not here:
            return result

        def outer(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            if value.dtype in {torch.float64, torch.complex128}:
                self.refused.append("float64")
                raise TypeError(
                    "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64. "
                    "Please use float32 instead."
                )
            if id(value) in inner:
                return inner[id(value)]
            return PoorTensor(value.neg() if name in self._wrong else value)

        return tree_map(outer, result)

    def _check(self, name: str, leaves: Sequence[Any]) -> None:
        self.used.add(name)
        if name in self._lacks:
            self.refused.append(name)
            raise NotImplementedError(
                f"The operator '{name}' is not currently implemented for the MPS device."
            )
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        strangers = [one for one in tensors if not isinstance(one, PoorTensor) and one.dim()]
        if strangers and name not in _BETWEEN_DEVICES:
            raise RuntimeError(f"Expected all tensors of {name} to be on the same device")
        if name == "aten::max_pool2d_with_indices_backward" and not tensors[1].is_contiguous():
            raise AssertionError("MPS would end this process: buffer is not large enough")


class PoorTensor(Tensor):
    """A tensor on the poor device; its values lie in ``on_cpu``, on the CPU."""

    on_cpu: Tensor

    @staticmethod
    def __new__(cls: type[Self], inner: Tensor) -> Self:
        wrapper: Self = Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=PoorDevice.device,
        )
        wrapper.on_cpu = inner
        return wrapper

    def __init__(self, inner: Tensor) -> None:
        """Everything is done in ``__new__``."""

    def tolist(self) -> Any:
        return self.on_cpu.tolist()

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Sequence[Any], args: Any = (), kwargs: Any = None
    ) -> Any:
        raise AssertionError(f"{func} was called after the poor device was left")


def _inner(value: Any) -> Any:
    return value.on_cpu if isinstance(value, PoorTensor) else value
