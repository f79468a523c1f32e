"""What `show` and `diff` say of rows that were copied from a document."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ROWS = """\
format: reported-runs/1
source: {title: "A study"}
groups: [{id: mine, title: "Results"}]
runs:
  - id: mine/1
    group: mine
    dataset: cifar100
    model: ResNet50
    optimizer: sgd
    batch_size: 256
    gpus: 2
    gpu_mode: DDP
    epochs: 200
    settings: {lr: 0.1, auto_augment: true}
    metrics: {top1: 67.78, kappa: 0.75}
    raw: {GPU-개수: "DDP - 2개", Augmentation: "lr 0.1 / autoaugment 사용"}
  - id: mine/2
    group: mine
    dataset: cifar100
    model: ResNet50
    optimizer: lion
    settings: {auto_augment: v0, momentum: 0.9}
    unparsed: ["weight-decay 1e-4 1e-3"]
    inherits: {base: null}
    metrics: {top1: 67.64}
    raw: {Augmentation: "+ autoaugment v0 / momentum 0.9 / weight-decay 1e-4 1e-3"}
    ours: {doubts: ["two values"]}
"""


@pytest.fixture
def reported(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "rows.yaml").write_text(ROWS, encoding="utf-8")
    assert cli("import", "report", "rows.yaml").code == 0
    return cli


def shown(cli: Cli, ref: str) -> list[list[str]]:
    return [line.strip().split(maxsplit=1) for line in cli("show", ref).out.splitlines()]


def test_show_says_all_that_a_document_states_of_a_run(reported: Cli) -> None:
    lines = shown(reported, "mine/1")

    for name, value in (
        *(("optimizer", "sgd"), ("batch_size", "256"), ("epochs", "200"), ("num_devices", "2"), ("parallel", "DDP")),
        *(("lr", "0.1"), ("auto_augment", "yes"), ("kappa", "0.75")),
        *(("GPU-개수", "DDP - 2개"), ("Augmentation", "lr 0.1 / autoaugment 사용")),
    ):
        assert [name, value] in lines
    assert not [line for line in lines if line[0] in ("status", "Epochs")]  # a copied row has neither


def test_show_says_what_a_row_leaves_open(reported: Cli) -> None:
    lines = shown(reported, "mine/2")

    assert ["extends", "another row, which it does not name"] in lines
    assert ["unparsed", "weight-decay 1e-4 1e-3"] in lines
    assert ["ours.doubts.1", "two values"] in lines


def test_diff_of_reported_runs_goes_setting_by_setting_without_the_quote(reported: Cli) -> None:
    rows = {row["field"]: (row["a"], row["b"]) for row in json.loads(reported("diff", "1", "2", "--json").out)}

    assert rows["settings.auto_augment"] == (True, "v0")
    assert rows["settings.momentum"] == (None, 0.9)
    assert rows["optimizer"] == ("sgd", "lion")
    assert rows["metrics.kappa"] == (0.75, None)
    assert not {"quote", "source", "settings", "metrics", "epochs_done"} & rows.keys()


def test_diff_says_what_only_one_document_states(reported: Cli) -> None:
    lines = [line.split() for line in reported("diff", "1", "2").out.splitlines()]

    assert ["settings.auto_augment", "yes", "v0"] in lines
    assert ["settings.momentum", "not", "stated", "0.9"] in lines
    assert ["epochs", "200", "not", "stated"] in lines


def test_show_names_our_own_version_of_a_run_recorded_under_the_former_name(cli: Cli, tmp_path: Path) -> None:
    shutil.copyfile(Path(__file__).parents[3] / "runs.db.example", tmp_path / "runs.db")

    (packages,) = [line for line in cli("show", "150").out.splitlines() if line.strip().startswith("packages")]

    assert "image-expdb 0.1.0 (" in packages
