"""A network that was trained elsewhere is a run too: evaluated, recorded, compared, its training unknown."""

import json
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from expdb.data.predictions import read_predictions
from expdb.domain.events import Evaluated, Progress, RunFinished, RunStarted
from expdb.domain.spec import RunSpec
from expdb.errors import DataError
from expdb.launch.execute import execute_run
from expdb.launch.train_runs import environment_here
from expdb.store.store import Store
from expdb.train.loop import train
from expdb.train.model.build import build_model
from expdb.train.model.weights_file import DIGEST_DIGITS, weights_digest
from tests.cli.conftest import Cli
from tests.factories import make_spec

URL = "sqlite:///runs.db"
TRAIN = (
    *("run", "--model", "resnet_mini", "--epochs", "1", "--batch-size", "32", "--no-amp", "--name", "first"),
    *("--device", "cpu"),
)
ON_DIGITS = ("--dataset", "digits", "--img-size", "8")
OTHERS = ("evaluate", "--model", "resnet_mini", "--weights", "others.safetensors", *ON_DIGITS, "--device", "cpu")


@pytest.fixture
def trained(cli: Cli, tmp_path: Path) -> Path:
    """A database with one run on digits; its weights as a file of somebody else's."""
    assert cli(*TRAIN, *ON_DIGITS, "--set", "data.limit=64").code == 0
    with Store.open(URL) as store:
        folder = store.artifact_dir(1)
    save_file(load_file(folder / "weights.safetensors"), tmp_path / "others.safetensors")
    return folder


def folder_of_pictures(root: Path, names: tuple[str, ...], *, seed: int) -> Path:
    draw = np.random.default_rng(seed)
    for split in ("train", "test"):
        for label, name in enumerate(names):
            (root / split / name).mkdir(parents=True)
            for number in range(8):
                pixels = draw.integers(60 * label, 60 * label + 100, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / name / f"{number}.png")
    return root


def spec_of_file(path: Path) -> RunSpec:
    named = {"model__weights": weights_digest(path)[:DIGEST_DIGITS], "model__weights_path": str(path)}
    return make_spec(epochs=0, data__img_size=8, device="cpu", amp=False, **named)


def record(cli: Cli, ref: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(cli("show", ref, "--json").out)
    return read


@pytest.mark.usefixtures("trained")
def test_weights_of_a_file_give_the_result_that_their_training_recorded(cli: Cli, trained: Path) -> None:
    result = cli(*OTHERS, "--name", "others")

    run, first = record(cli, "others"), record(cli, "first")
    assert (result.code, run["status"], run["kind"]) == (0, "finished", "measured")
    assert "evaluated with the weights 'others.safetensors'" in result.out
    assert "the weights do not say which classes they tell apart: taken in this order: 0, 1, 2, …" in result.out
    assert (run["top1"], run["top5"]) == (first["top1"], first["top5"])
    assert (run["data_digest"], run["num_test_images"]) != (None, None)
    with Store.open(URL) as store:
        own, theirs = (read_predictions(folder / "predictions.npz") for folder in (store.artifact_dir(2), trained))
    assert np.array_equal(own.top5, theirs.top5)
    assert run["eval_seconds"] > 0
    assert (run["pretrained_tag"], len(run["pretrained_digest"])) == ("others.safetensors", 64)


@pytest.mark.usefixtures("trained")
def test_what_trained_an_evaluated_network_is_unknown_in_columns_and_filters(cli: Cli) -> None:
    assert cli(*OTHERS).code == 0

    run = record(cli, "2")
    unknown = ("lr", "optimizer", "aug", "crop", "schedule", "epochs", "batch_size", "seed", "loss", "ema_decay",
               "train_limit", "eval_every", "num_train_images", "train_seconds", "best_top1")  # fmt: skip
    assert {name: run[name] for name in unknown} == dict.fromkeys(unknown)
    assert run["epochs_done"] == 0
    for where in ("lr > 0", "aug = standard", "eval_every = 1", "loss = ce", "seed = 0", "epochs >= 0"):
        assert [found["id"] for found in json.loads(cli("ls", "--where", where, "--json").out)] == [1], where
    shown = cli("show", "2").out
    assert "optim.lr" not in shown
    assert "model.weights" in shown


@pytest.mark.usefixtures("trained")
def test_where_the_file_lies_is_no_part_of_what_is_computed(cli: Cli, tmp_path: Path) -> None:
    assert cli(*OTHERS).code == 0
    moved = tmp_path / "elsewhere" / "copy.bin"
    moved.parent.mkdir()
    moved.write_bytes((tmp_path / "others.safetensors").read_bytes())
    again = [str(moved) if word == "others.safetensors" else word for word in OTHERS]

    refused = cli(*again)
    repeated = cli(*again, "--again")

    assert (refused.code, refused.err) == (
        2,
        "error: run 2 is finished with the same settings: --again evaluates it once more\n",
    )
    assert repeated.code == 0
    assert record(cli, "2")["digest"] == record(cli, "3")["digest"]
    table = cli("table", "--where", "id > 1", "--columns", "model_label,top1").out
    assert " ± " not in table.partition("\n\n")[0]  # the same computation twice is one sample


@pytest.mark.usefixtures("trained")
def test_the_command_that_is_shown_repeats_the_evaluation(cli: Cli) -> None:
    assert cli(*OTHERS).code == 0
    assert cli("evaluate", "first", "--dataset", "digits", "--device", "cpu").code == 0

    for ref in ("2", "3"):
        command = cli("show", ref).out.strip().splitlines()[-1]
        result = cli(*shlex.split(command)[1:])
        assert result.code == 0, command
    digests = [record(cli, ref)["digest"] for ref in ("2", "3", "4", "5")]
    assert digests[:2] == digests[2:]
    assert digests[0] != digests[1]


@pytest.mark.usefixtures("trained")
def test_evaluation_is_repeated_and_changed_weights_are_refused(cli: Cli, tmp_path: Path) -> None:
    assert cli(*OTHERS).code == 0

    again = cli("rerun", "2")
    assert "run 3 reproduces run 2 to the bit" in again.out
    path = tmp_path / "others.safetensors"
    save_file({name: value + 1 for name, value in load_file(path).items()}, path)
    changed = cli("rerun", "2")

    assert changed.code == 1
    assert "others.safetensors' are others by now (SHA-256" in changed.err
    assert len(json.loads(cli("ls", "--json").out)) == 3  # nothing was recorded


@pytest.mark.usefixtures("trained")
def test_evaluation_that_failed_for_want_of_its_file_is_resumed(cli: Cli, tmp_path: Path) -> None:
    file, away = tmp_path / "others.safetensors", tmp_path / "away"
    spec = spec_of_file(file)
    file.rename(away)
    with Store.open(URL) as store:
        run_id = store.add_run(spec)
        with pytest.raises(DataError, match=r"others\.safetensors' cannot be read: No such file"):
            execute_run(store, run_id, data_dir=tmp_path, environment=environment_here())
    assert record(cli, "2")["status"] == "failed"

    refused = cli("resume", "2")
    away.rename(file)
    resumed = cli("resume", "2")

    assert (refused.code, resumed.code) == (1, 0), resumed
    assert (record(cli, "2")["status"], record(cli, "2")["epochs_done"]) == ("finished", 0)


def test_run_is_evaluated_on_other_images_as_a_run_of_its_own(cli: Cli, tmp_path: Path) -> None:
    here, there = (folder_of_pictures(tmp_path / name, ("cat", "dog"), seed=seed) for seed, name in enumerate("ab"))
    size = ("--set", "data.img_size=16", "--device", "cpu")
    assert cli(*TRAIN, "--dataset", f"folder:{here}", *size).code == 0
    before = record(cli, "first")

    result = cli("evaluate", "first", "--dataset", f"folder:{there}", "--device", "cpu")

    run = record(cli, "first on folder:b")
    assert result.code == 0, result
    assert "evaluated with the weights of run 1" in result.out
    assert (run["id"], run["init_from"], run["dataset"], run["img_size"]) == (2, 1, "folder:b", 16)
    assert (run["note"], run["group_digest"] != before["group_digest"]) == ("evaluates run 1", True)
    assert run["top1"] is not None
    assert record(cli, "first") == before


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("cat", "cow"), "run 1 calls class 1 'dog', folder:"),
        (("cat", "dog", "emu"), "run 1 tells 2 classes apart, folder:"),
    ],
)
def test_images_of_other_classes_are_refused(cli: Cli, tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    here, there = (
        folder_of_pictures(tmp_path / name, classes, seed=0)
        for name, classes in {"a": ("cat", "dog"), "b": names}.items()
    )
    assert cli(*TRAIN, "--dataset", f"folder:{here}", "--set", "data.img_size=16").code == 0

    result = cli("evaluate", "first", "--dataset", f"folder:{there}")

    assert (result.code, words in result.err, "choose images of" in result.err) == (2, True, True)
    assert len(json.loads(cli("ls", "--json").out)) == 1


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("1", "--model", "resnet18"), "RUN 1 with --model resnet18: the network is that of the run"),
        ((), "nothing to evaluate: give RUN, or --model NAME with --weights FILE or --pretrained"),
        (("--model", "resnet_mini", "--dataset", "digits"), "needs --weights FILE or --pretrained: neither was given"),
        ((*OTHERS[1:], "--pretrained"), "needs --weights FILE or --pretrained: both were given"),
        (OTHERS[1:5], "--dataset is needed"),
        (("1", "--name", "x"), "--name goes with --dataset"),
        (("1", "--img-size", "8"), "data.img_size goes with --dataset"),
        (("1", "--dry-run"), "--dry-run goes with --dataset"),
        ((*OTHERS[1:], "--set", "optim.lr=1"), "optim.lr=1 has no effect here: leave it out (nothing is trained)"),
        ((*OTHERS[1:], "--set", "seed=1"), "seed=1 has no effect here"),
        ((*OTHERS[1:], "--set", "gpus=2"), "gpus=2: an evaluation without training is on one device"),
        ((*OTHERS[1:], "--set", "data.normalize=mean"), "data.normalize='mean' is not known: choose dataset, half"),
        ((*OTHERS[1:], "--set", "data.normalize=imagenet"), "have 3 channels, those of digits 1"),
        (("1", "--dataset", "fashion_mnist"), "run 1 calls class 0 '0', fashion_mnist calls it 'T-shirt/top'"),
        (("1", "--dataset", "cifar100"), "run 1 tells 10 classes apart, cifar100 has 100"),
        (("1", "--dataset", "digits", "--set", "model.stem=cifar"), "model.stem=cifar: the network is that of run 1"),
        (("9", "--dataset", "digits"), "no run 9"),
        ((*OTHERS[1:], "--json"), "--json goes with --dry-run"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_line(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    result = cli("evaluate", *arguments)

    assert (result.code, words in result.err, result.err.count("\n")) == (2, True, 1), result.err
    assert len(json.loads(cli("ls", "--json").out)) == 1


def test_run_without_epochs_is_told_the_command_for_that(cli: Cli) -> None:
    result = cli("run", "--epochs", "0")

    assert (result.code, result.err) == (
        2,
        "error: epochs=0 trains nothing: expdb evaluate makes a run without training\n",
    )


@pytest.mark.usefixtures("trained")
def test_dry_run_shows_what_would_be_evaluated_and_records_nothing(cli: Cli) -> None:
    shown = cli(*OTHERS, "--dry-run")
    as_json = json.loads(cli("evaluate", "first", "--dataset", "digits", "--dry-run", "--json").out)

    assert (shown.code, "nothing was evaluated" in shown.out, "optim.lr" in shown.out) == (0, True, False)
    assert (as_json["spec"]["epochs"], as_json["spec"]["model"]["init_from"]) == (0, 1)
    assert len(json.loads(cli("ls", "--json").out)) == 1


@pytest.mark.usefixtures("trained")
def test_no_table_asks_for_more_seeds_of_what_was_trained_elsewhere(cli: Cli) -> None:
    assert cli(*OTHERS).code == 0
    assert cli("table", "--columns", "model_label,top1", "--save", "t").code == 0

    plan = cli("fill", "t", "--seeds", "3", "--dry-run")

    assert (plan.code, "ResNet-mini (weights" in plan.out) == (0, False), plan
    assert "1 evaluated row was not trained here and cannot be filled" in plan.out


@pytest.mark.usefixtures("trained")
def test_tables_and_differences_say_that_training_is_unknown(cli: Cli) -> None:
    assert cli(*OTHERS).code == 0

    table = cli("table", "--columns", "model_label,lr,top1", "--baseline", "id = 1").out
    told = cli("diff", "1", "2").out

    assert "stated of one of them only: all settings of training" in " ".join(table.split())
    assert "ResNet-mini (weights " in table
    assert [line.split()[1:] for line in told.splitlines() if line.startswith("optim.lr")] == [["0.1", "–"]]


def test_evaluation_yields_its_result_and_no_epoch(tmp_path: Path) -> None:
    fresh = build_model(make_spec(data__img_size=8), torch.device("cpu"))
    torch.save(fresh.state_dict(), tmp_path / "fresh.pt")
    spec = spec_of_file(tmp_path / "fresh.pt")

    told = [event for event in train(spec, data_dir=tmp_path, out_dir=tmp_path) if not isinstance(event, Progress)]

    started, evaluated, finished = told
    assert isinstance(started, RunStarted)
    assert (started.num_train_images, started.num_test_images) == (None, 360)
    assert (started.pretrained_tag, started.pretrained_digest) == ("fresh.pt", weights_digest(tmp_path / "fresh.pt"))
    assert isinstance(evaluated, Evaluated)
    assert 0 <= evaluated.top1 <= 1
    assert isinstance(finished, RunFinished)


@pytest.mark.usefixtures("trained")
def test_run_alone_is_measured_anew_from_its_stored_predictions(cli: Cli) -> None:
    assert cli(*OTHERS).code == 0
    before = [record(cli, ref)["metrics"].get("balanced_accuracy") for ref in ("1", "2")]
    with sqlite3.connect("runs.db") as connection:  # as of runs that ended before this was measured
        connection.execute("DELETE FROM points")
        connection.execute("DELETE FROM metric_summaries")
    assert "balanced_accuracy" not in record(cli, "1")["metrics"]

    result = cli("evaluate", "1-2")

    assert (result.code, len(result.out.splitlines())) == (0, 2), result
    assert "Balanced" in result.out.splitlines()[0]
    assert [record(cli, ref)["metrics"].get("balanced_accuracy") for ref in ("1", "2")] == before
    assert before[0] is not None
    assert before[0] == before[1]


def test_evaluations_of_the_seeds_of_a_group_are_one_row_with_its_mean(cli: Cli, tmp_path: Path) -> None:
    here, there = (folder_of_pictures(tmp_path / name, ("cat", "dog"), seed=seed) for seed, name in enumerate("ab"))
    train = [word for word in TRAIN if word not in ("--name", "first")]
    trained = cli(*train, "--dataset", f"folder:{here}", "--set", "data.img_size=16", "--seeds", "2")
    assert trained.code == 0, trained

    result = cli("evaluate", "1-2", "--dataset", f"folder:{there}", "--device", "cpu")

    assert result.code == 0, result
    runs = [record(cli, ref) for ref in "1234"]
    assert [run["seed"] for run in runs] == [0, 1, 0, 1]
    assert runs[2]["group_digest"] == runs[3]["group_digest"] != runs[0]["group_digest"]
    assert runs[2]["digest"] != runs[3]["digest"]
    lines = cli("table", "--columns", "dataset,model_label,seed,top1,init_from").out.splitlines()
    (row,) = [line for line in lines if "ResNet-mini (evaluated)" in line]
    assert "| folder:b |" in row
    assert "| 0, 1 |" in row
    assert " (2)" in row  # a mean of two
    again = cli(*shlex.split(cli("show", "4").out.strip().splitlines()[-1])[1:])
    assert (again.code, record(cli, "5")["digest"]) == (0, runs[3]["digest"])
