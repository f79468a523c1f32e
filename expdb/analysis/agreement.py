"""Whether a network errs where people err, and whether its mistakes are those that people make.

From the predictions that a run keeps: no image goes through the network. Two networks beside each other: see
`agreement_pairs.py`.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from expdb.analysis.estimates import consistency, mean_of, share
from expdb.analysis.parts.chart_lines import line_of
from expdb.analysis.parts.people_answers import PeopleAnswers, people_answers
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import AgreementSettings
from expdb.catalog.datasets import dataset
from expdb.data.stratify import stratified_order
from expdb.domain.analyses.result import Chart, Listing
from expdb.domain.spec import RunSpec
from expdb.errors import DataError

A_TENTH = 0.1  # of people who give an answer: then it is one that people make
# Of people who give the label, from one share up to the next; the last bin is all of them.
_BINS = (0.0, 0.5, 0.7, 0.9, 1.0)

Numbers = npt.NDArray[np.int64]


def num_forward_agreement(settings: AgreementSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network: none."""
    return 0


def analysed_places(labels: npt.NDArray[np.integer], images: int) -> Numbers:
    """Return the places of at most so many images (0: all), as many of each class as can be, in their order."""
    order = stratified_order(labels.astype(np.int64), stream="test")
    return np.sort(order[:images] if images else order)


def analyse_agreement(subject: Subject, settings: AgreementSettings) -> Found:
    """Compare the answers that a run keeps with people's, image by image and class by class."""
    places = analysed_places(subject.predictions.label, settings.images)
    label = subject.predictions.label[places].astype(np.int64)
    answer = subject.predictions.top5[places, 0].astype(np.int64)
    if settings.labels != type(settings)().labels and settings.labels:
        _require_folder(subject, settings.labels)
    try:
        whole = people_answers(subject, settings.labels)
    except NotApplicableError as error:
        return Found(
            listings=(_by_class(label, answer, None, subject.class_names),),
            notes=(str(error),),
            num_images=len(label),
        )
    people = PeopleAnswers(label=whole.label[places], counts=whole.counts[places])
    every = np.arange(len(label))
    gives_answer = torch.from_numpy(people.shares[every, answer])
    gives_label = torch.from_numpy(people.shares[every, label])
    right = torch.from_numpy(answer == label)
    tested_on = dataset(subject.spec.data.dataset)
    values = {"people_agreement": mean_of(gives_answer)}
    notes = ["people saw the original images, enlarged"]
    if tested_on.label:
        notes[0] += f"; this network was tested on {tested_on.label}"
    kappa = consistency(right, gives_label)
    if kappa is None:
        notes.append("people's kappa: nothing is left beyond chance, for all are right or all are wrong")
    else:
        values["people_kappa"] = kappa
    if right.all():
        notes.append("it makes no mistakes on these images: nothing is said of them")
    else:
        values["people_mistakes"] = share(gives_answer[~right] >= A_TENTH)
        values["label_doubts"] = share(gives_label[~right] < 0.5)
    digest = hashlib.blake2b(people.counts.tobytes() + label.tobytes(), digest_size=8).hexdigest()
    return Found(
        values=values,
        charts=(_chart(right, gives_label),),
        listings=(_by_class(label, answer, people, subject.class_names),),
        notes=tuple(notes),
        data_digest=digest,
        num_images=len(label),
    )


def _require_folder(subject: Subject, folder: str) -> None:
    path = subject.data_dir / folder
    if not path.is_dir():
        raise DataError(f"labels: no folder {str(path)!r}")


def _chart(right: torch.Tensor, gives_label: torch.Tensor) -> Chart:
    """Return how often the network is right, and how often people are, by how many people give the label."""
    bins = torch.bucketize(gives_label, torch.tensor(_BINS[1:], dtype=torch.float64), right=True)
    names, own, people = [], [], []
    for number, (low, high) in enumerate(zip(_BINS, (*_BINS[1:], None), strict=True)):
        chosen = bins == number
        if chosen.any():
            names.append("all" if high is None else f"{100 * low:.0f} to {100 * high:.0f} %")
            own.append(share(right[chosen]))
            people.append(mean_of(gives_label[chosen]))
    return Chart(
        key="agreement",
        title="Right answers by how many people give the label",
        x_label="people who give the label",
        y_label="right answers (%)",
        kind="bars",
        percent=True,
        lines=(line_of("network", names, own), line_of("people", names, people, kind="baseline")),
    )


def _by_class(label: Numbers, answer: Numbers, people: PeopleAnswers | None, names: Sequence[str]) -> Listing:
    """Return by class how often the network is right, and where there are answers of people, how these compare."""
    rows: list[tuple[str | int | float | None, ...]] = []
    for number in np.unique(label):
        own = np.flatnonzero(label == number)
        right = answer[own] == number
        row: list[str | int | float | None] = [names[number], len(own), _percent(right.mean())]
        if people is not None:
            shares = people.shares[own]
            wrong = ~right
            gives_answer = shares[np.arange(len(own)), answer[own]]
            row += [
                _percent(shares[:, number].mean()),
                _percent(gives_answer.mean()),
                int(wrong.sum()),
                int((gives_answer[wrong] >= A_TENTH).sum()),
                int((shares[wrong, number] < 0.5).sum()),
            ]
        rows.append(tuple(row))
    headings: tuple[str, ...] = ("class", "images", "right %")
    if people is not None:
        headings += ("people %", "agree %", "mistakes", "people's", "doubtful")
    title = "By class" if people is None else "By class; of mistakes, those that people make, and on doubtful labels"
    return Listing(key="classes", title=title, headings=headings, rows=tuple(rows))


def _percent(value: float) -> float:
    return round(100 * float(value), 1)
