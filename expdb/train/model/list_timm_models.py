"""Write the list of architectures that `expdb models` and every name check read without importing torch.

    make models     (after a new timm, or a new model in the zoo)

Columns: name, family (timm's module), num_params (of the architecture's own default head, exact: 1000 classes in most
of timm's, 100 in the zoo's), img_size (default input side), is_fixed (1: it fails on images of another side, unless
it is built for them), tags (of its pretrained weights, the default first, between spaces).
"""

import csv
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import timm
import torch

from expdb.catalog.zoo import ZOO
from expdb.train.model.custom import build_by_name

_ZOO_IMG_SIZE = 32


class ListedModel(NamedTuple):
    """One line of the list."""

    name: str
    family: str
    num_params: int
    img_size: int
    is_fixed: int
    tags: str


def inventory(names: list[str]) -> Iterator[ListedModel]:
    """Build each architecture on the meta device (no memory, no weights) and count its parameters."""
    for name in names:
        try:
            with torch.device("meta"):
                entry = _entry_of_zoo(name) if name in ZOO else _entry_of_timm(name)
        except Exception as error:  # noqa: BLE001 - timm raises anything; a model that cannot be built is left out, aloud
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        yield entry


def _entry_of_timm(name: str) -> ListedModel:
    model: Any = timm.create_model(name)
    family = type(model).__module__.rpartition(".")[2]
    side = model.default_cfg["input_size"][-1]
    another = side // 64 * 32  # which networks that take any size shrink evenly
    is_fixed = int(model.default_cfg.get("fixed_input_size", False) and not _takes(model, another))
    return ListedModel(name, family, _num_params(model), side, is_fixed, " ".join(_tags(name)))


def _takes(model: torch.nn.Module, side: int) -> bool:
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, side, side))
    except Exception as error:  # noqa: BLE001 - timm's models raise anything
        return isinstance(error, NotImplementedError)  # a value was read, which the meta device has not
    return True


def _tags(name: str) -> list[str]:
    default = timm.get_pretrained_cfg(name)
    configs = timm.models.get_arch_pretrained_cfgs(name).values()
    tags = [config.tag for config in configs if config.tag and config.hf_hub_id]
    return sorted(tags, key=lambda tag: default is None or tag != default.tag)


def _entry_of_zoo(name: str) -> ListedModel:
    model = build_by_name(ZOO[name].builder, dict(ZOO[name].kwargs))
    return ListedModel(name, ZOO[name].family, _num_params(model), _ZOO_IMG_SIZE, 0, "")


def _num_params(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(ListedModel._fields)
    writer.writerows(inventory([*timm.list_models(), *ZOO]))
