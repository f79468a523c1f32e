"""Which of the catalog's optimizers the tests of training try."""

from typing import Any

import pytest
from timm.optim import get_optimizer_info

from expdb.catalog.optimizers import OPTIMIZERS

WITHOUT_PACKAGES = [entry.name for entry in OPTIMIZERS.values() if not entry.package]
# Of a class, these keep a state that its first name does not.
_STATE_OF_THEIR_OWN = ("cadafactor", "adamuon")


def one_of_each_class() -> list[Any]:
    """All names; all but the first one of each class and those with a state of their own are marked long.

    The others are the same class with another step (cautious, decoupled, nesterov), which
    `test_every_optimizer_steps_every_parameter` takes with each of them.
    """
    seen: set[type] = set()
    names: list[Any] = []
    for name in WITHOUT_PACKAGES:
        kind = get_optimizer_info(name).opt_class
        is_long = kind in seen and name not in _STATE_OF_THEIR_OWN
        names.append(pytest.param(name, marks=[pytest.mark.long] if is_long else []))
        seen.add(kind)
    return names
