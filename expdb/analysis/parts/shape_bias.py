"""Shape bias: of decisions for the shape or the texture of an image whose two differ, the share for the shape.

Source: Geirhos et al. 2019, "ImageNet-trained CNNs are biased towards texture", section 2 and figure 4. Its published
decisions of people and networks, from the repository rgeirhos/texture-vs-shape, are read here too.
"""

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from expdb.analysis.estimates import share
from expdb.domain.analyses.result import Estimate
from expdb.errors import DataError

CATEGORIES = (
    *("airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat"),
    *("chair", "clock", "dog", "elephant", "keyboard", "knife", "oven", "truck"),
)
_NAME = re.compile(r"(?P<shape>[a-z]+)\d+-(?P<texture>[a-z]+)\d+")
_STYLIZED = re.compile(r"_train_60_epochs(_lr[\d.]+)?")  # shape bias of ResNet-50 so trained: 0.806
_FILE_OF_PERSON = re.compile(r"experiment_subject-\d+_")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody answered to one cue-conflict image.

    Attributes:
        image: the name of its file without the ending: shape class and number, then texture class and number.
        answer: a category, or another word for none.
    """

    image: str
    answer: str

    @property
    def shape(self) -> str:
        """The category of the image's shape."""
        return cues_of(self.image)[0]

    @property
    def is_for_either(self) -> bool:
        """Whether the answer is the shape or the texture of an image whose two differ."""
        shape, texture = cues_of(self.image)
        return shape != texture and self.answer in (shape, texture)


def cues_of(image: str) -> tuple[str, str]:
    """Return the categories of an image's shape and texture, by its name (`cat4-clock2`).

    Raises:
        DataError: it is no name of a cue-conflict image.
    """
    found = _NAME.fullmatch(image)
    if found is None or not {found["shape"], found["texture"]} <= set(CATEGORIES):
        raise DataError(f"{image!r} is no cue-conflict image: its name is SHAPE1-TEXTURE2, as in cat4-clock2")
    return found["shape"], found["texture"]


def shape_bias(decisions: Sequence[Decision]) -> Estimate | None:
    """Return the share of decisions for the shape, of those for either; None of none. `n` counts these.

    Images whose shape and texture are of one category do not count.
    """
    either = [decision for decision in decisions if decision.is_for_either]
    return share(torch.tensor([one.answer == one.shape for one in either])) if either else None


def read_responses(folder: Path) -> dict[str, list[Decision]]:
    """Return the published decisions by who made them: `people` (all of them), then each network by its file's name.

    Args:
        folder: of the CSV files; an absent one gives nothing.

    Raises:
        DataError: a file is of another kind.
    """
    found: dict[str, list[Decision]] = {}
    files = sorted(folder.glob("*.csv"))
    for file in sorted(files, key=lambda one: (not _FILE_OF_PERSON.search(one.name), one.name)):
        name = _STYLIZED.sub(" (Stylized-ImageNet)", file.stem.rpartition("experiment_")[2])
        name = name.replace("_session_1", " session 1").replace("_session-1", "")
        is_person = _FILE_OF_PERSON.search(file.name) is not None
        found.setdefault("people" if is_person else name, []).extend(_read_file(file))
    return found


def of_images(decisions: Sequence[Decision], images: Collection[str]) -> list[Decision]:
    """Return the decisions on some of the images."""
    chosen = set(images)
    return [decision for decision in decisions if decision.image in chosen]


def _read_file(file: Path) -> list[Decision]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        # As in 0001_s5n_dnn_0_airplane_00_airplane1-bicycle2.png.
        found = [
            Decision(image=row["imagename"].rpartition("_")[2].removesuffix(".png"), answer=row["object_response"])
            for row in rows
        ]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise DataError(f"{str(file)!r} holds no published decisions (columns imagename, object_response)") from error
    for decision in found:
        cues_of(decision.image)
    return found
