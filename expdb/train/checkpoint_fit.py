"""Whether a state that was read is one that an engine can go on from: asked before anything is put into it."""

from collections.abc import Mapping
from typing import Any

import torch

from expdb.catalog.optimizers import optimizer as optimizer_entry
from expdb.train.checkpoint_state import State, copy_state
from expdb.train.device import is_out_of_memory
from expdb.train.engine import Engine

_FACTORED = "exp_avg_sq_"  # how timm's Adafactors call what they keep of a parameter's rows and columns


def load_fitting(engine: Engine, state: State) -> None:
    """Put an engine that has not trained yet into a state.

    Raises:
        ValueError: it is no state of such an engine, which then is as it was before.
    """
    before = copy_state(engine.state_dict())
    try:
        _require_fit(engine, state, before)
        engine.load_state_dict(state)
    except Exception as error:  # whatever a forged state makes PyTorch raise
        if is_out_of_memory(error):
            raise
        engine.load_state_dict(before)
        raise ValueError(next(iter(str(error).splitlines()), type(error).__name__)) from error


def _require_fit(engine: Engine, state: State, own: State) -> None:
    if state.keys() != own.keys():
        raise ValueError(f"it holds {', '.join(map(str, state))}, not {', '.join(own)}")
    for name in own.keys() - {"optimizer", "schedule"}:
        _require_same_table(name, state[name], own[name])
    if state["schedule"].keys() != own["schedule"].keys():
        raise ValueError("its schedule is of another kind")
    _require_same_groups(state["optimizer"]["param_groups"], own["optimizer"]["param_groups"])
    if not optimizer_entry(engine.spec.optim.name).package:  # those of other packages keep what they like
        parameters = [each for group in engine.optimizer.param_groups for each in group["params"]]
        for index, values in state["optimizer"]["state"].items():
            _require_of_parameter(values, parameters[index])


def _require_same_table(name: str, table: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor]) -> None:
    for key in sorted(table.keys() ^ own.keys()):
        raise ValueError(f"{name}: {key[:60]} is {'unknown' if key in table else 'missing'}")
    for key, tensor in own.items():
        found = table[key]
        if (found.shape, found.dtype) != (tensor.shape, tensor.dtype):
            raise ValueError(f"{name}: {key} is {_kind(found)}, not {_kind(tensor)}")


def _require_same_groups(groups: list[dict[str, Any]], own: list[dict[str, Any]]) -> None:
    if len(groups) != len(own):
        raise ValueError(f"its optimizer has {len(groups)} groups of parameters, not {len(own)}")
    for group, expected in zip(groups, own, strict=True):
        if group["params"] != expected["params"]:
            raise ValueError("its optimizer is of other parameters")
        for key, value in expected.items():
            if not _is_alike(group[key], value):
                raise ValueError(f"its optimizer's {key} is no {type(value).__name__}")


def _require_of_parameter(values: Mapping[str, Any], parameter: torch.Tensor) -> None:
    for key, value in values.items():
        if not isinstance(value, torch.Tensor) or value.ndim == 0 or value.shape == parameter.shape:
            continue
        is_part = str(key).startswith(_FACTORED) and set(value.shape) <= {1, *parameter.shape}
        if not is_part and value.numel() != 1:
            raise ValueError(f"its optimizer's {key} is {_kind(value)}, of a parameter that is {_kind(parameter)}")


def _is_alike(value: object, expected: object) -> bool:
    """Whether a setting is of the same kind: a number, or of the same type."""
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is type(expected)


def _kind(tensor: torch.Tensor) -> str:
    return f"{' x '.join(map(str, tensor.shape)) or 'a number'} {str(tensor.dtype).removeprefix('torch.')}"
