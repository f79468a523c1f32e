"""Write the list of timm's architectures that `expdb models` and every name check read without importing torch.

    python -m expdb.train.inventory > expdb/catalog/timm_models.csv     (`make models`, after a new timm)

Columns: name, family (timm's module), num_params (timm's own default head, exact), img_size (default input side).
"""

import csv
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import timm
import torch


class Entry(NamedTuple):
    """One line of the list."""

    name: str
    family: str
    num_params: int
    img_size: int


def inventory(names: list[str]) -> Iterator[Entry]:
    """Build each architecture on the meta device (no memory, no weights) and count its parameters."""
    for name in names:
        try:
            with torch.device("meta"):
                model: Any = timm.create_model(name)
        except Exception as error:  # noqa: BLE001 - timm raises anything; a model that cannot be built is left out, aloud
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        family = type(model).__module__.rpartition(".")[2]
        num_params = sum(parameter.numel() for parameter in model.parameters())
        yield Entry(name, family, num_params, model.default_cfg["input_size"][-1])


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Entry._fields)
    writer.writerows(inventory(timm.list_models()))
