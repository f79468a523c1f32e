"""Every file that a run leaves is described in docs/files.md, with what is in it."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors import safe_open

import expdb
from expdb.cli.main import main
from expdb.domain.event_codec import RecordedEvent
from expdb.domain.run import ProcessIdentity
from expdb.store.attempts.folder_lock import FolderLock
from expdb.store.attempts.spool import SpoolHeader
from expdb.store.garbage import of_a_run
from expdb.train.checkpoint_files import write_checkpoint

PAGE = (Path(__file__).parents[1] / "docs" / "files.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f" {title}\n")[2].partition("\n##")[0].partition("\n### ")[0]


def named(title: str) -> set[str]:
    """The files that the table of a section names: what is in code in its first column."""
    return set(re.findall(r"`([^`]+)`", " ".join(re.findall(r"^\| ([^|]+) \|", section(title), re.MULTILINE))))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with a run that was trained, and one of a script."""
    folder = tmp_path_factory.mktemp("files")
    settings = ["--set", "data.limit=32", "--set", "data.test_limit=16", "--set", "data.img_size=8"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("EXPDB_URL", "EXPDB_ARTIFACT_DIR"):
            patch.delenv(name, raising=False)
        with pytest.raises(SystemExit) as left:
            main(
                ["run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "1", "--device", "cpu", *settings]
            )
        assert left.value.code == 0
        (folder / "notes.txt").write_text("of a script")
        with expdb.track(model="mine", dataset="own", db="runs.db") as run:
            run.log(epoch=1, loss=0.5)
            run.log_predictions([0, 1], [[0.9, 0.1], [0.2, 0.8]])
            run.log_outcomes("test/iou", [0.5, 0.75])
            run.artifact("notes.txt")
    return folder


def test_every_file_of_a_run_is_on_the_page(trained: Path):
    described = named("In a run's folder")
    for number in (1, 2):
        folder = expdb.run(number, db=trained / "runs.db").folder
        found = {f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir()}
        assert found <= described
        assert {"events-1.jsonl", "predictions.npz"} <= found


def test_what_is_deleted_as_nobodys_is_what_the_page_names(trained: Path):
    assert [name for name in named("In a run's folder") if not of_a_run(name.rstrip("/"))] == []
    assert not of_a_run("thesis.tex")


def test_every_file_beside_the_folders_is_on_the_page(trained: Path):
    beside = {name.partition("/")[0] for name in named("Beside the runs' folders")}
    root = trained / "runs.artifacts"

    others = {path.name for path in root.iterdir() if not re.fullmatch(r"[0-9a-f-]{36}", path.name)}

    assert others == {"database.json", "pending"} <= beside
    assert json.loads((root / "database.json").read_text()).keys() == {"uuid", "database"}
    folder = expdb.run(1, db=trained / "runs.db").folder
    assert (folder / "lock").read_text() == ""
    with FolderLock(folder, run_id=1):
        lock = json.loads((folder / "lock").read_text())
    assert lock.keys() == {field.name for field in fields(ProcessIdentity)}
    assert all(f"`{name}`" in section("In a run's folder") for name in lock)


def test_the_arrays_of_predictions_are_those_of_the_page(trained: Path):
    rows = re.findall(r"^\| `(\w+)` \| \((.*?)\) (\w+)", section("predictions.npz"), re.MULTILINE)
    for number in (1, 2):
        with np.load(
            expdb.run(number, db=trained / "runs.db").folder / "predictions.npz", allow_pickle=False
        ) as arrays:
            found = {name: (len(array.shape), str(array.dtype)) for name, array in arrays.items()}
        assert found == {name: (1 + ("k" in shape), dtype) for name, shape, dtype in rows}


def test_the_arrays_of_outcomes_are_those_of_the_page(trained: Path):
    rows = re.findall(r"^\| `(\w+)` \| \((.*?)\) (\w+)", section("outcomes.npz"), re.MULTILINE)
    with np.load(expdb.run(2, db=trained / "runs.db").folder / "outcomes.npz", allow_pickle=False) as arrays:
        found = {name: (len(array.shape), str(array.dtype)) for name, array in arrays.items()}
        about = json.loads(str(arrays["about"]))

    assert found["values_0"] == (1, "float64")
    assert found.keys() == {name for name, *_ in rows}
    assert about == [{"metric": "test/iou", "items": ""}]


def test_the_weights_are_those_of_the_page(trained: Path):
    with safe_open(expdb.run(1, db=trained / "runs.db").folder / "weights.safetensors", "pt") as weights:
        assert weights.metadata() == {"format": "pt"}
        dtypes = {str(weights.get_tensor(name).dtype).removeprefix("torch.") for name in weights.keys()}  # noqa: SIM118

    assert dtypes == {"float32", "int64"}
    assert all(dtype in section("weights.safetensors") for dtype in dtypes)


def test_the_lines_of_a_spool_are_those_of_the_page(trained: Path):
    part = section("events-1.jsonl")
    for number in (1, 2):
        folder = expdb.run(number, db=trained / "runs.db").folder
        header, *events = map(json.loads, (folder / "events-1.jsonl").read_text().splitlines())
        assert header.keys() == {"form", *(field.name for field in fields(SpoolHeader))}
        assert all(f"`{name}`" in part for name in header)
        assert all({"sequence", "at", "event"} <= event.keys() for event in events)
    assert set(re.findall(r"^\| `(\w+)`", part, re.MULTILINE)) == {kind.__name__ for kind in get_args(RecordedEvent)}


def test_the_files_of_a_checkpoint_are_those_of_the_page(tmp_path: Path):
    table = {"weight": torch.zeros(2)}
    state = {"model": table, "average": table, "optimizer": {"lr": 0.1}}

    write_checkpoint(state, tmp_path / "1", spec_digest="0" * 16)

    part = section("checkpoints")
    assert {path.name for path in (tmp_path / "1").iterdir()} == named("checkpoints") | {"average.safetensors"}
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text())
    assert all(f"`{name}`" in part for name in ("average.safetensors", *manifest))
