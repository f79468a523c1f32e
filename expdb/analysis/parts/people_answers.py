"""What people answered to CIFAR-10's test images (CIFAR-10H), in the order in which a run was tested on them.

The answers are in the order of the original files. A copy of the images in another order can be joined where its file
names say which image of its class each one is: the k-th of class c there is the k-th of class c in the original order.

Source: Peterson et al. 2019, "Human uncertainty makes classification more robust": about 50 people an image.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from expdb.analysis.subject import NotApplicableError, Subject
from expdb.catalog.datasets import DATASETS, Dataset
from expdb.data.dataset_files import find_reader, missing, parquet_files
from expdb.data.image_source import Labels
from expdb.data.parquet import read_paths
from expdb.data.test_limit import choose_test
from expdb.errors import DataError

DATASET = "cifar10"
FILE = "cifar10_test.npz"
_PLACE = re.compile(r"(?:.*/)?(?P<name>[^/]+)/(?P<place>\d+)\.\w+")
_WITHOUT = "or leave people out with --set labels="


@dataclass(frozen=True, kw_only=True)
class PeopleAnswers:
    """What people answered to the images of a run.

    Attributes:
        label: (N,) int64, the class by the dataset.
        counts: (N, C) int64, how many people gave each class.
    """

    label: Labels
    counts: npt.NDArray[np.int64]

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """The share of an image's people who gave each class, (N, C)."""
        found: npt.NDArray[np.float64] = self.counts / self.counts.sum(1, keepdims=True)
        return found


def people_answers(subject: Subject, folder: str) -> PeopleAnswers:
    """Return the answers of people to the images of a run's predictions, in their order.

    Args:
        subject: the run, with its predictions.
        folder: with the answers, under the data folder; empty: no people.

    Raises:
        NotApplicableError: it was tested on other images, or the answers are not there.
        DataError: the file is another one, or the order of the run's images cannot be known.
    """
    if not folder:
        raise NotApplicableError("people: left out")
    entry = DATASETS.get(subject.spec.data.dataset)
    if entry is None or DATASET not in (entry.name, entry.files):
        raise NotApplicableError(
            f"people: not measured, for their answers are to {DATASET}'s test images, and this run was tested on others"
        )
    path = subject.data_dir / Path(folder).expanduser() / FILE
    if not path.is_file():
        raise NotApplicableError(
            f"people: not measured, for there is no {str(path)!r} (arrays label (N,) and human_counts (N, 10), in the "
            "original order; put it there or set labels, then analyse --again)"
        )
    official = _read(path)
    index = _official_index(subject, entry, official.label)
    return PeopleAnswers(label=official.label[index], counts=official.counts[index])


def _read(path: Path) -> PeopleAnswers:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            answers = PeopleAnswers(
                label=arrays["label"].astype(np.int64), counts=arrays["human_counts"].astype(np.int64)
            )
        is_sound = answers.counts.shape == (len(answers.label), 10) and answers.counts.sum(1).min() > 0
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{str(path)!r} has no answers of people: arrays label and human_counts: {error}") from error
    if not is_sound or not 0 <= answers.label.min() <= answers.label.max() < 10:
        raise DataError(f"{str(path)!r} has no answers of people: label (N,) from 0 to 9 and human_counts (N, 10)")
    return answers


def _official_index(subject: Subject, entry: Dataset, official: Labels) -> npt.NDArray[np.intp]:
    """Return the place in the original order of each image of a run."""
    data = subject.spec.data
    own = subject.predictions.label.astype(np.int64)
    if data.test_limit is None and np.array_equal(own, official):
        return np.arange(len(own))  # ten thousand labels are not in this order by chance
    labels, index = _order_at_hand(entry, subject.data_dir, official)
    chosen = choose_test(labels, data) if data.test_limit is not None else np.arange(len(labels))
    if not np.array_equal(own, labels[chosen]):
        raise DataError(
            f"the run was not tested on the images of {entry.name} in {str(subject.data_dir)!r}, or in another order: "
            f"put those of the run there, {_WITHOUT}"
        )
    return index[chosen]


def _order_at_hand(entry: Dataset, data_dir: Path, official: Labels) -> tuple[Labels, npt.NDArray[np.intp]]:
    """Return the labels of the test split at hand, and the place of each image in the original order."""
    reader = find_reader(entry, data_dir)
    if reader is None:
        raise DataError(f"in which order the run's images are stands in their files: {missing(entry, data_dir)}")
    labels = reader().test.labels
    if np.array_equal(labels, official):
        return labels, np.arange(len(labels))
    files = parquet_files(entry, data_dir, "test")
    try:
        return labels, order_by_paths(read_paths(files), labels, official)
    except ValueError as error:
        raise DataError(
            f"which image is which cannot be known of {str(files[0].parent if files else data_dir)!r}: {error}; take a "
            f"copy in the original order, {_WITHOUT}"
        ) from error


def order_by_paths(paths: list[str | None], labels: Labels, official: Labels) -> npt.NDArray[np.intp]:
    """Return the place in the original order of each image, whose path is `.../CLASS/K.EXTENSION`.

    Raises:
        ValueError: a path is none of that kind, or those of a class are not numbered from 0 as they should be.
    """
    index = np.empty(len(labels), dtype=np.intp)
    found = [_PLACE.fullmatch(path or "") for path in paths]
    names = [None if one is None else one["name"] for one in found]
    for label in np.unique(official):
        rows = np.flatnonzero(labels == label)
        places = np.flatnonzero(official == label)
        numbers = [-1 if one is None else int(one["place"]) for one in (found[row] for row in rows)]
        if sorted(numbers) != list(range(len(places))) or len({names[row] for row in rows}) != 1:
            raise ValueError(f"its paths do not number the images of class {label} from 0, as in test/truck/0770.jpg")
        index[rows] = places[numbers]
    return index
