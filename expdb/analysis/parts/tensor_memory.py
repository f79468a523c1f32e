"""How much memory the tensors of a computation hold at once: counted, so that it is the same on every machine."""

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class TensorMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of tensors that operations make while it is entered, for as long as anything holds them.

    What was there before (parameters, inputs) does not count, nor what a library takes inside one operation.

    Attributes:
        peak: most bytes at once.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._now = 0
        self._counted: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and count the memory of its results that is not an argument's."""
        kwargs = kwargs or {}
        given = {_memory_of(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)}
        found = func(*args, **kwargs)
        for leaf in tree_leaves(found):
            if isinstance(leaf, torch.Tensor):
                self._count(leaf, given)
        return found

    def _count(self, tensor: torch.Tensor, given: set[int]) -> None:
        memory = _memory_of(tensor)
        if memory == 0 or memory in given or memory in self._counted:  # 0: it has no elements
            return
        storage = tensor.untyped_storage()
        size = storage.nbytes()
        self._counted.add(memory)
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._forget, memory, size)

    def _forget(self, memory: int, size: int) -> None:
        self._counted.discard(memory)
        self._now -= size


def _memory_of(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage().data_ptr())
