"""`show --per-class` and `--confusion`: what stored predictions say of a run's classes."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from expdb.catalog.class_names import names_of_classes
from expdb.data.predictions import write_predictions
from expdb.store.store import Store
from expdb.tracking.logged_predictions import predictions_of
from tests.cli.conftest import Cli
from tests.store_runs import add_finished

NAMES = names_of_classes("cifar100", 100)
NONE_KEPT = np.zeros(0, dtype=np.bool_)


@pytest.fixture
def home(cli: Cli, tmp_path: Path) -> Path:
    """A folder with run 1 of CIFAR-100, tested on 2 images of every class but apples, and run 2, which waits."""
    labels = np.repeat(np.arange(1, 100), 2)
    logits = np.random.default_rng(0).normal(size=(198, 100))
    logits[np.arange(198), labels] += 3
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        folder = store.artifact_dir(add_finished(store, correct=NONE_KEPT, data__dataset="cifar100", name="one"))
        write_predictions(predictions_of(labels, logits), folder / "predictions.npz")
        add_finished(store, status="queued", name="waits")
    return tmp_path


def test_every_class_has_a_line_the_worst_first(cli: Cli, home: Path) -> None:
    out = cli("show", "one", "--per-class").out
    lines = out.splitlines()
    rows = [re.fullmatch(r"(\D+?) +(\d+) +([\d.]+|–) .*", line) for line in lines[2:102]]

    assert {row[1] for row in rows} == set(NAMES)
    assert {row[2] for row in rows[:-1]} == {"2"}
    shares = [float(row[3]) for row in rows[:-1]]
    assert shares == sorted(shares)
    assert lines[101].split()[:4] == ["apple", "0", "–", "–"]
    assert lines[-2].endswith(" of 198 images right")
    assert re.fullmatch(r"balanced accuracy [\d.]+ %, macro F1 [\d.]+ %, ECE [\d.]+ %, NLL [\d.]+", lines[-1])
    assert max(len(line.rstrip()) for line in lines) <= 80


def test_json_has_the_metrics_the_classes_and_where_asked_for_the_matrix(cli: Cli, home: Path) -> None:
    plain = json.loads(cli("show", "1", "--per-class", "--json").out)
    both = json.loads(cli("show", "1", "--per-class", "--confusion", "--json").out)

    assert plain.keys() == {"run", "num_test_images", "metrics", "classes"}
    assert plain["metrics"].keys() == {"balanced_accuracy", "macro_f1", "nll", "ece"}
    assert len(plain["classes"]) == 100
    assert both["classes"] == plain["classes"]
    assert both["confusion"]["classes"] == list(NAMES)
    assert np.array(both["confusion"]["counts"]).sum(axis=1).tolist() == [0] + [2] * 99


def test_the_matrix_is_printed_as_csv(cli: Cli, home: Path) -> None:
    rows = list(csv.reader(io.StringIO(cli("show", "1", "--confusion").out)))

    assert rows[0] == ["True class", *NAMES]
    assert [row[0] for row in rows[1:]] == list(NAMES)


def test_predictions_that_are_not_there_are_told_in_one_line(cli: Cli, home: Path) -> None:
    waits = cli("show", "waits", "--per-class")
    (home / "runs.artifacts").rename(home / "elsewhere")
    gone = cli("show", "one", "--confusion")
    two = cli("show", "one", "--per-class", "--confusion")

    assert (waits.code, waits.out) == (2, "")
    assert waits.err == "error: run 2 has no predictions: it is queued, and they are written at its end\n"
    assert (gone.code, gone.out, gone.err.count("\n")) == (1, "", 1)
    assert gone.err.startswith("error: the predictions of run 1 are not on this machine: no file ")
    assert (two.code, two.err.count("\n")) == (2, 1)
