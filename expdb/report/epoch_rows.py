"""The epochs of a run as rows of text; a column that nobody has filled is left out."""

from collections.abc import Callable, Sequence

from expdb.domain.run import Epoch
from expdb.domain.value_text import MISSING

NOT_FINITE = "not finite"


def epoch_cells(epochs: Sequence[Epoch], *, is_tracked: bool) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of a run's epochs.

    Args:
        epochs: in order.
        is_tracked: a script has logged them: what is missing was not logged, or was no number.
    """
    lost = MISSING if is_tracked else NOT_FINITE
    columns: dict[str, tuple[str, Callable[[Epoch], str]]] = {
        "lr": ("lr", lambda epoch: MISSING if epoch.lr is None else f"{epoch.lr:.3g}"),
        "train_loss": ("train loss", lambda epoch: _loss(epoch.train_loss, lost)),
        "test_loss": ("test loss", lambda epoch: _loss(epoch.test_loss, MISSING if epoch.top1 is None else lost)),
        "val_top1": ("val top-1", lambda epoch: _share(epoch.val_top1)),
        "top1": ("top-1", lambda epoch: _share(epoch.top1)),
        "top5": ("top-5", lambda epoch: _share(epoch.top5)),
        "images_per_second": ("img/s", lambda epoch: _number(epoch.images_per_second, ",.0f")),
        "train_seconds": ("train", lambda epoch: _number(epoch.train_seconds, ".1f", "s")),
        "eval_seconds": ("eval", lambda epoch: _number(epoch.eval_seconds, ".1f", "s")),
    }
    sometimes = columns if is_tracked else ("val_top1", "top5")
    shown = {
        name: column
        for name, column in columns.items()
        if name not in sometimes or any(getattr(epoch, name) is not None for epoch in epochs)
    }
    headings = ["epoch", *(heading for heading, _ in shown.values())]
    return headings, [[str(epoch.epoch), *(read(epoch) for _, read in shown.values())] for epoch in epochs]


def _loss(value: float | None, lost: str) -> str:
    return lost if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return _number(value, ".2%")


def _number(value: float | None, form: str, unit: str = "") -> str:
    return MISSING if value is None else f"{value:{form}}{unit}"
