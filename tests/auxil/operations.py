"""Counts torch's operations: what a GPU's host has to launch."""

from __future__ import annotations

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the operations that compute something, as against views."""

    VIEWS = frozenset(
        [
            "view",
            "_unsafe_view",
            "t",
            "transpose",
            "permute",
            "expand",
            "select",
            "slice",
            "unsqueeze",
            "squeeze",
            "alias",
            "detach",
            "view_as_real",
            "view_as_complex",
            "diagonal",
            "split",
            "unbind",
            "empty",
            "empty_like",
        ]
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.computing = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.computing += func.overloadpacket.__name__ not in self.VIEWS
        return func(*args, **(kwargs or {}))
