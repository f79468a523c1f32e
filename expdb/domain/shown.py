"""How a setting shows wherever people meet it: stated once, at its field in `domain.spec`."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from expdb.domain.table import Format

TellsApart = Literal["results", "times", "nothing"]


@dataclass(frozen=True)
class Shown:
    """What stands beside a field of the spec, as in `lr: Annotated[float, Shown("LR")] = Field(...)`.

    Attributes:
        heading: of its column in tables, with its unit if it has one: `Image size (px)`.
        name: of the run's field, which filters and columns are called by too; None: the last part of the dotted key.
        words: how a sentence calls it; None: the name with spaces.
        format: how values print; None: as the type says (integer, number or text).
        label: what the label of its part (model, augmentation) says where it is on, `{}` standing for the value; None:
            nothing, and runs that differ in it alone are told apart by its value.
        tells_apart: what may differ of two runs that differ in it: results, only times, or nothing.
        is_of_training: it says nothing of a run that evaluates without training.
    """

    heading: str
    _: KW_ONLY
    name: str | None = None
    words: str | None = None
    format: Format | None = None
    label: str | None = None
    tells_apart: TellsApart = "results"
    is_of_training: bool = False
