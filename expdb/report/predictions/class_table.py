"""A run's results by class and its confusion matrix, as tables: what `show` prints of stored predictions."""

from collections.abc import Sequence
from typing import Annotated, NotRequired, TypedDict

from expdb.data.predictions import Predictions
from expdb.domain.value_text import MISSING, format_value
from expdb.report.predictions.class_metrics import prediction_metrics
from expdb.report.predictions.mistakes import ClassResult, class_name, class_results, confusion
from expdb.report.stats.intervals import wilson_interval
from expdb.report.table import Cell, Row, Table, TableColumn


class ClassRecord(TypedDict):
    """Results of a class as plain JSON data: shares in [0, 1], null where there is none."""

    label: Annotated[int, "its number, from 0"]
    name: str
    num_images: Annotated[int, "of this class in the test split"]
    top1: Annotated[float | None, "share of them that is right"]
    low: Annotated[float | None, "lower end of Wilson's 95 % interval of that"]
    high: Annotated[float | None, "upper end"]
    top5: Annotated[float | None, "share whose class is among five guesses; null of five classes or fewer"]
    precision: Annotated[float | None, "share of the images taken for this class that are of it"]
    f1: float | None
    taken_for: Annotated[str | None, "the class that its wrong images were most often taken for"]
    num_taken_for: Annotated[int | None, "how many were"]


class ConfusionRecord(TypedDict):
    """A confusion matrix as plain JSON data."""

    classes: Annotated[list[str], "names, by label"]
    counts: Annotated[list[list[int]], "how many images of each class (row) were taken for each class (column)"]


class ClassesRecord(TypedDict):
    """What stored predictions say of a run's classes: what `show --per-class` and `--confusion` print as JSON."""

    run: Annotated[int, "its id"]
    num_test_images: int
    metrics: Annotated[dict[str, float], "what was measured, by the key of its column"]
    classes: NotRequired[Annotated[list[ClassRecord], "the worst first"]]
    confusion: NotRequired[ConfusionRecord]


_HEADINGS = ("Class", "n", "Acc. %", "95 % interval", "Prec. %", "F1 %", "Most taken for")


def classes_worst_first(predictions: Predictions, num_classes: int) -> list[ClassResult]:
    """Return the result of every class: those with the least accuracy first, those without images last."""
    results = class_results(predictions.label, predictions.top5, num_classes)
    return sorted(results, key=lambda result: (result.top1 is None, result.top1 or 0.0, result.label))


def classes_record(
    run_id: int, predictions: Predictions, names: Sequence[str], *, has_classes: bool, has_confusion: bool
) -> ClassesRecord:
    """Return what predictions say of the classes of a run."""
    labels, top5 = predictions.label, predictions.top5
    record = ClassesRecord(run=run_id, num_test_images=len(labels), metrics=dict(prediction_metrics(predictions)))
    if has_classes:
        record["classes"] = [_class_record(one, names) for one in classes_worst_first(predictions, len(names))]
    if has_confusion:
        counts = confusion(labels, top5, len(names)).tolist()
        record["confusion"] = ConfusionRecord(classes=list(names), counts=counts)
    return record


def _class_record(result: ClassResult, names: Sequence[str]) -> ClassRecord:
    low, high = _ends(result)
    return ClassRecord(
        label=result.label,
        name=class_name(names, result.label),
        num_images=result.num_images,
        top1=result.top1,
        low=low,
        high=high,
        top5=result.top5,
        precision=result.precision,
        f1=result.f1,
        taken_for=None if result.taken_for is None else class_name(names, result.taken_for[0]),
        num_taken_for=None if result.taken_for is None else result.taken_for[1],
    )


def class_cells(results: Sequence[ClassResult], names: Sequence[str]) -> tuple[Sequence[str], list[list[str]]]:
    """Return the headings and, for each class, the texts of a table of results by class."""
    rows = []
    for result in results:
        low, high = _ends(result)
        shares = [format_value(value, "percent", 1) for value in (result.top1, low, high, result.precision, result.f1)]
        taken_for = None if result.taken_for is None else class_name(names, result.taken_for[0])
        rows.append(
            [
                class_name(names, result.label),
                f"{result.num_images:,}",
                shares[0],
                MISSING if low is None else f"{shares[1]}–{shares[2]}",
                *shares[3:],
                MISSING if result.taken_for is None else f"{taken_for} ({result.taken_for[1]:,})",
            ]
        )
    return _HEADINGS, rows


def metrics_lines(predictions: Predictions) -> list[str]:
    """Return in two lines what was measured from predictions (see `prediction_metrics`); in one without images."""
    metrics = prediction_metrics(predictions)
    is_right = predictions.top5[:, 0] == predictions.label
    parts = []
    for key, label in (("balanced_accuracy", "balanced accuracy"), ("macro_f1", "macro F1"), ("ece", "ECE")):
        if key in metrics:
            parts.append(f"{label} {format_value(metrics[key], 'percent')} %")
    if "nll" in metrics:
        parts.append(f"NLL {format_value(metrics['nll'], 'number', 4)}")
    return [f"{int(is_right.sum()):,} of {is_right.size:,} images right", *([", ".join(parts)] if parts else [])]


def confusion_table(predictions: Predictions, names: Sequence[str]) -> Table:
    """Return how many images of each class (row) were taken for each class (column)."""
    counts = confusion(predictions.label, predictions.top5, len(names)).tolist()
    columns = [TableColumn(key="class", heading="True class", format="text", decimals=None, align="left")]
    columns += [
        TableColumn(key=f"class_{label}", heading=name, format="integer", decimals=None, align="right")
        for label, name in enumerate(names)
    ]
    rows = tuple(
        Row(run_ids=(), cells=tuple(Cell(value=value, text=str(value)) for value in (name, *row)))
        for name, row in zip(names, counts, strict=True)
    )
    return Table(name="confusion", title="", columns=tuple(columns), rows=rows)


def _ends(result: ClassResult) -> tuple[float | None, float | None]:
    """Return the ends of the 95 % interval of a class's accuracy."""
    if result.top1 is None:
        return None, None
    interval = wilson_interval(result.top1, result.num_images)
    return interval.low, interval.high
