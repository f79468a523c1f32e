"""What a person sees of the runs of a database, to hold a callback's against those that a script logged by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import expdb
from expdb.cli.main import main
from expdb.domain.run import Epoch
from expdb.store.store import Store

COLUMNS = "model,dataset,top1,top1:delta,top1:p,top1:n,test_loss"


@dataclass(kw_only=True)
class ByHand:
    """What one training measured, as its own code had it.

    Attributes:
        epochs: its values, an epoch each, from the first.
        predictions: labels and logits of the test images after the last.
    """

    params: dict[str, Any]
    epochs: list[dict[str, float]] = field(default_factory=list)
    predictions: tuple[Any, Any] | None = None


def log_by_hand(database: Path, trainings: Iterable[ByHand]) -> None:
    """Log trainings as a script of nobody's trainer does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPDB_URL", f"sqlite:///{database}")
        for training in trainings:
            with expdb.track(**training.params) as run:
                for number, values in enumerate(training.epochs, 1):
                    run.log(values, epoch=number)
                if training.predictions is not None:
                    run.log_predictions(*training.predictions)


def said(capsys: pytest.CaptureFixture[str], database: Path, *words: str) -> str:
    """Return what a command prints."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["--db", str(database), *words])
    out, error = capsys.readouterr()
    assert left.value.code == 0, error
    return out


def shown(capsys: pytest.CaptureFixture[str], database: Path, report: Path, *, baseline: str) -> Mapping[str, Any]:
    """Return table, tests, the check of the written table, and curves."""
    table = said(
        capsys, database, "table", "--columns", COLUMNS, "--baseline", f"model = {baseline}", "--format", "md",
        "--save", "main",
    )  # fmt: skip
    report.write_text(f"# Report\n\n<!-- expdb:table main -->\n{table}\n<!-- /expdb:table -->\n", encoding="utf-8")
    return {"table": table, "check": said(capsys, database, "check", "--all", str(report))}


def points(database: Path, *metrics: str) -> list[tuple[int, str, int | None, int | None, float]]:
    """Return run, metric, epoch, step and value of what was logged under these names."""
    with Store.open(f"sqlite:///{database}") as store:
        found = store.points.of(sorted(store.ids("")), metrics)
    return [(point.run_id, point.metric, point.epoch, point.step, point.value) for point in found]


def curves(database: Path) -> list[list[Epoch]]:
    """Return the epochs of each run, of which curves are drawn."""
    with Store.open(f"sqlite:///{database}") as store:
        return [store.epochs(run_id) for run_id in sorted(store.ids(""))]
