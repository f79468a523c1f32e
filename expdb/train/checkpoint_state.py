"""A run's state between two epochs as files: weights as safetensors, all else as values that torch reads safely."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

State = dict[str, Any]

STATE_FILE = "state.pt"
TABLE_SUFFIX = ".safetensors"

_BYTES_A_TENSOR, _BYTES_A_FILE = 600, 4_000  # what files hold beside the numbers, at most


def copy_state(state: Mapping[str, Any]) -> State:
    """Return a copy in main memory that no later step changes; strides stay, for results may depend on them."""
    copied: State = _copied(dict(state))
    return copied


def write_state(state: Mapping[str, Any], folder: Path) -> None:
    """Write a state into an empty folder.

    Every entry that is a table of tensors (`model`, the averaged weights) becomes `<entry>.safetensors`; the others
    go into one file that `torch.load(weights_only=True)` reads.
    """
    tables = {name: part for name, part in state.items() if _is_table_of_tensors(part)}
    for name, table in tables.items():
        contiguous = {key: tensor.contiguous() for key, tensor in table.items()}
        save_file(contiguous, folder / f"{name}{TABLE_SUFFIX}")
    torch.save({name: part for name, part in state.items() if name not in tables}, folder / STATE_FILE)


def read_state(folder: Path) -> State:
    """Read a state back, into main memory; no code in the files is run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch has to say of a forged file, beside its error
        state: State = torch.load(folder / STATE_FILE, map_location="cpu", weights_only=True)
    for path in sorted(folder.glob(f"*{TABLE_SUFFIX}")):
        state[path.stem] = load_file(path)
    return state


def file_sizes(state: Mapping[str, Any]) -> list[int]:
    """Return how large the files of a state will be, in bytes: a bit more."""
    tables = [part for part in state.values() if _is_table_of_tensors(part)]
    rest = [part for part in state.values() if not _is_table_of_tensors(part)]
    return [written_bytes(part) for part in (*tables, rest)]


def written_bytes(part: object) -> int:
    """Return how large a file with all tensors in something will be, in bytes: a bit more."""
    tensors = list(_tensors_in(part))
    return sum(tensor.nbytes for tensor in tensors) + _BYTES_A_TENSOR * len(tensors) + _BYTES_A_FILE


def _tensors_in(value: object) -> Iterator[torch.Tensor]:
    match value:
        case torch.Tensor():
            yield value
        case dict():
            for item in value.values():
                yield from _tensors_in(item)
        case list() | tuple():
            for item in value:
                yield from _tensors_in(item)


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
