import csv
import io

import numpy as np

from expdb.data.predictions import Predictions
from expdb.report.predictions.class_table import class_cells, classes_record, classes_worst_first, confusion_table
from expdb.report.stats.intervals import wilson_interval
from expdb.report.writers.csv_json import to_csv

NAMES = ("cat", "dog", "=cow", "owl")
PREDICTIONS = Predictions(
    label=np.array([0, 0, 0, 1, 1, 2], dtype=np.uint16),
    top5=np.array([[0, 1], [1, 0], [1, 2], [1, 0], [2, 1], [2, 0]], dtype=np.uint16),
    probability=np.full(6, 0.5, dtype=np.float32),
)


def test_classes_stand_worst_first_and_those_without_images_last() -> None:
    assert [result.label for result in classes_worst_first(PREDICTIONS, 4)] == [0, 1, 2, 3]
    assert [result.label for result in classes_worst_first(PREDICTIONS, 5)][-2:] == [3, 4]


def test_a_class_shows_its_number_of_images_its_interval_and_what_it_is_taken_for() -> None:
    headings, rows = class_cells(classes_worst_first(PREDICTIONS, 4), NAMES)

    assert headings == ("Class", "n", "Acc. %", "95 % interval", "Prec. %", "F1 %", "Most taken for")
    assert rows[0] == ["cat", "3", "33.3", "6.1–79.2", "100.0", "50.0", "dog (2)"]
    assert rows[3] == ["owl", "0", "–", "–", "–", "–", "–"]


def test_records_of_classes_are_exact_and_null_where_nothing_is_known() -> None:
    record = classes_record(7, PREDICTIONS, NAMES, has_classes=True, has_confusion=False)
    first, *_, last = record["classes"]
    interval = wilson_interval(1 / 3, 3)

    assert first == {
        "label": 0,
        "name": "cat",
        "num_images": 3,
        "top1": 1 / 3,
        "low": interval.low,
        "high": interval.high,
        "top5": None,
        "precision": 1.0,
        "f1": 0.5,
        "taken_for": "dog",
        "num_taken_for": 2,
    }
    assert (record["run"], record["num_test_images"], "confusion" in record) == (7, 6, False)
    assert {key for key, value in last.items() if value is not None} == {"label", "name", "num_images"}


def test_the_matrix_as_csv_has_true_classes_down_and_no_name_that_a_spreadsheet_runs() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(confusion_table(PREDICTIONS, NAMES)))))

    assert rows == [
        ["True class", "cat", "dog", "'=cow", "owl"],
        ["cat", "1", "2", "0", "0"],
        ["dog", "0", "1", "1", "0"],
        ["'=cow", "0", "0", "1", "0"],
        ["owl", "0", "0", "0", "0"],
    ]
