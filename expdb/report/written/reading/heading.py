"""What a heading says once every word, unit and bracket of it is accounted for."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What a heading says.

    Attributes:
        text: as printed.
        keys: the columns of `report.columns` (or `dataset`, `links` and what else the vocabulary names) that it may
            mean, the likeliest first; none where a word is left over: then it is a quantity of its own.
        unit: what its numbers are in: `%`, `k`, `M`, `G`, `T`, `ms`, `s`, `min`, `h`, `d`, `KB` to `TB`, `KiB` to
            `TiB`, `px`, `/s`; empty where it does not say.
        split: the images that it is of; None where it does not say.
        at: the epochs that it is of, as `ColumnChoice.at`; None where it does not say.
        is_error: it is 1 - the accuracy that `keys` names.
        dataset: the dataset that it names, as the catalog calls it, or as printed where the catalog has none.
        remarks: words that say nothing of what is measured: arrows, citations, `(ours)`.
        left: words that were not understood, in order.
        parts: the readings of `Top-1/Top-5`, one after the other; empty for one quantity.
    """

    text: str
    keys: tuple[str, ...] = ()
    unit: str = ""
    split: Literal["test", "val", "train"] | None = None
    at: str | None = None
    is_error: bool = False
    dataset: str | None = None
    remarks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    parts: tuple["Heading", ...] = ()

    @property
    def key(self) -> str | None:
        """The likeliest of `keys`; None where the heading is not understood."""
        return self.keys[0] if self.keys else None
