"""A run's state between two epochs as files: weights as safetensors, all else as values that torch reads safely."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

State = dict[str, Any]

_REST = "state.pt"


def copy_state(state: Mapping[str, Any]) -> State:
    """Return a copy in main memory that no later step changes; strides stay, for results may depend on them."""
    copied: State = _copied(dict(state))
    return copied


def write_state(state: Mapping[str, Any], folder: Path) -> None:
    """Write a copied state into an empty folder.

    Every entry that is a table of tensors (`model`, the averaged weights) becomes `<entry>.safetensors`; the others
    go into one file that `torch.load(weights_only=True)` reads.
    """
    tables = {name: part for name, part in state.items() if _is_table_of_tensors(part)}
    for name, table in tables.items():
        contiguous = {key: tensor.contiguous() for key, tensor in table.items()}
        save_file(contiguous, folder / f"{name}.safetensors")
    torch.save({name: part for name, part in state.items() if name not in tables}, folder / _REST)


def read_state(folder: Path) -> State:
    """Read a state back, into main memory."""
    state: State = torch.load(folder / _REST, map_location="cpu", weights_only=True)
    for path in sorted(folder.glob("*.safetensors")):
        state[path.stem] = load_file(path)
    return state


def _copied(value: Any) -> Any:
    match value:
        case torch.Tensor():
            return value.detach().to("cpu", copy=True)
        case dict():
            return {key: _copied(item) for key, item in value.items()}
        case list():
            return [_copied(item) for item in value]
        case tuple():
            return tuple(_copied(item) for item in value)
    return value


def _is_table_of_tensors(value: object) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(key, str) and isinstance(item, torch.Tensor) for key, item in value.items())
