"""The epochs that `expdb show` lists: those that were evaluated, and others."""

import json
from pathlib import Path
from typing import Any

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.store.events import FINISHED, epoch, running, started

UNKNOWN: dict[str, Any] = {"test_loss": None, "top1": None, "top5": None, "eval_seconds": 0.0}


def record(tmp_path: Path, *epochs: Any, **settings: Any) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        run_id = running(store, epochs=len(epochs), **settings)
        for event in (started(), *epochs, FINISHED):
            store.record(run_id, event)


def epoch_rows(cli: Cli) -> list[list[str]]:
    lines = cli("show", "1").out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:1] == ["epoch"])
    return [line.split() for line in lines[start:]]


def test_epochs_that_were_not_evaluated_have_dashes(cli: Cli, tmp_path: Path) -> None:
    record(tmp_path, epoch(1, **UNKNOWN), epoch(2, val_top1=0.25), eval__every=2)

    headings, *rows = epoch_rows(cli)

    assert " ".join(headings) == "epoch lr train loss test loss val top-1 top-1 top-5 img/s train eval"
    found = {row[0]: row[1:] for row in rows if row}
    assert found["1"] == ["0.1", "1.5000", "–", "–", "–", "–", "700", "2.0s", "0.0s"]
    assert found["2"] == ["0.1", "1.5000", "1.2500", "25.00%", "50.00%", "90.00%", "700", "2.0s", "0.5s"]
    assert [row["top1"] for row in json.loads(cli("show", "1", "--json").out)["epoch_rows"]] == [None, 0.5]


def test_run_without_top5_has_no_column_of_it(cli: Cli, tmp_path: Path) -> None:
    record(tmp_path, epoch(1, top5=None))

    assert "top-5" not in epoch_rows(cli)[0]
    assert "Top-5" not in cli("show", "1").out


def test_test_loss_that_was_not_finite_is_told_as_such(cli: Cli, tmp_path: Path) -> None:
    record(tmp_path, epoch(1, test_loss=float("nan")))  # as an earlier version recorded it

    assert "not finite" in cli("show", "1").out
