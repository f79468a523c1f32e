"""Optimizers with defaults that make sense for each. To add one of timm's: an entry here."""

from dataclasses import dataclass

from expdb.errors import NotFoundError, unknown


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer by timm's name.

    Attributes:
        lr, weight_decay: used unless asked otherwise, for batches of about 128.
        momentum: default momentum; None if the optimizer takes none.
        has_nesterov: whether Nesterov momentum can be chosen.
    """

    name: str
    lr: float
    weight_decay: float
    momentum: float | None = None
    has_nesterov: bool = False


OPTIMIZERS: dict[str, Optimizer] = {
    entry.name: entry
    for entry in (
        Optimizer(name="sgd", lr=0.1, weight_decay=5e-4, momentum=0.9, has_nesterov=True),
        Optimizer(name="adam", lr=1e-3, weight_decay=0.0),
        Optimizer(name="adamw", lr=1e-3, weight_decay=0.05),
        Optimizer(name="lion", lr=1e-4, weight_decay=0.5),
        Optimizer(name="lamb", lr=2e-3, weight_decay=0.02),
        Optimizer(name="rmsprop", lr=1e-3, weight_decay=0.0, momentum=0.9),
        Optimizer(name="muon", lr=0.02, weight_decay=5e-4, momentum=0.95, has_nesterov=True),
    )
}


def optimizer(name: str) -> Optimizer:
    """Return the optimizer of that name. Raises NotFoundError."""
    if name not in OPTIMIZERS:
        raise NotFoundError(unknown("optimizer", name, OPTIMIZERS, listing="expdb run --help"))
    return OPTIMIZERS[name]
