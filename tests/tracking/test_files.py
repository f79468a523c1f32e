"""Files of a run of a script: predictions, and copies of what it wrote."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import expdb
from expdb.analysis.correctness import correctness_of
from expdb.data.predictions import read_predictions
from expdb.errors import DataError
from expdb.store.store import Store
from expdb.tracking.artifact_files import artifact_lines, artifact_sizes, copy_artifact
from expdb.tracking.logged_predictions import predictions_of
from tests.tracking.conftest import saying

LABELS = [0, 1, 2, 1]
LOGITS = [[9.0, 1, 0], [0, 9, 1], [9, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("labels", "logits"),
    [
        (LABELS, LOGITS),
        (np.array(LABELS, np.uint8), np.array(LOGITS, np.float16)),
        (np.array(LABELS, float), np.array(LOGITS, np.int64)),
        (torch.tensor(LABELS), torch.tensor(LOGITS, dtype=torch.bfloat16, requires_grad=True)),
    ],
    ids=["lists", "numpy", "odd kinds", "torch"],
)
def test_predictions_are_what_training_here_would_keep(labels: Any, logits: Any):
    found = predictions_of(labels, logits)

    shares = torch.tensor(LOGITS).softmax(1)
    assert found.label.tolist() == LABELS
    assert found.top5.tolist() == [[0, 1, 2], [1, 2, 0], [0, 2, 1], [0, 1, 2]]
    assert found.probability == pytest.approx(shares[range(4), LABELS].numpy(), rel=1e-4)
    assert found.confidence == pytest.approx(np.sort(shares.numpy())[:, ::-1], rel=1e-4)
    assert {str(array.dtype) for array in vars(found).values()} == {"uint16", "float32"}


def test_of_more_images_than_are_read_at_once_all_are_there():
    random = np.random.default_rng(0)
    labels, logits = random.integers(0, 20, 9000), random.normal(size=(9000, 20)).astype(np.float32)

    found = predictions_of(labels, logits)

    assert (found.top5[:, 0] == logits.argmax(1)).all()
    assert found.top5.shape == (9000, 5)
    shares = torch.tensor(logits).softmax(1).numpy()
    assert np.allclose(found.probability, shares[np.arange(9000), labels], rtol=1e-4)


def test_probabilities_are_taken_as_they_are():
    found = predictions_of([1, 0], probabilities=[[0.25, 0.75], [0.5, 0.5]])

    assert found.probability.tolist() == [0.75, 0.5]


@pytest.mark.parametrize(
    ("labels", "logits", "probabilities", "words"),
    [
        (LABELS, None, None, "either logits or probabilities"),
        (LABELS, LOGITS, LOGITS, "either logits or probabilities"),
        (LABELS[:3], LOGITS, None, "3 labels and predictions of 4 images"),
        ([0, 1, 2, 3], LOGITS, None, "label 3 is none of 3 classes"),
        ([-1, 0, 0, 0], LOGITS, None, "labels from -1 to 0"),
        ([0.5, 0, 0, 0], LOGITS, None, "not whole numbers"),
        ([LABELS], LOGITS, None, r"labels have the shape \(1, 4\)"),
        ([], np.zeros((0, 3)), None, "there are no labels"),
        (LABELS, [1.0, 2, 3, 4], None, r"shape \(4,\)"),
        (LABELS, [["a"] * 3] * 4, None, "give numbers"),
        (LABELS, [[float("nan"), 0, 0], *LOGITS[1:]], None, "predictions of 1 images are not finite"),
        (LABELS, None, LOGITS, "sum to 1"),
    ],
)
def test_predictions_that_do_not_fit_together_are_refused_in_one_line(
    labels: Any, logits: Any, probabilities: Any, words: str
):
    with pytest.raises(DataError, match=words):
        predictions_of(labels, logits, probabilities=probabilities)


def test_predictions_of_a_run_are_found_by_what_compares_runs(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log_predictions(LABELS, LOGITS)
        assert run.folder is not None
        assert read_predictions(run.folder / "predictions.npz").label.tolist() == LABELS

    right = correctness_of(store)(1)
    assert right is not None
    assert right.tolist() == [True, True, False, False]


def test_what_predictions_tell_is_measured_but_for_what_the_script_logs_itself(store: Store):
    random = np.random.default_rng(0)
    labels, logits = random.integers(0, 10, 50), random.normal(size=(50, 10))
    with expdb.track(model="net", dataset="set", seed=0) as run:
        run.log(epoch=1, test_acc=0.125)
        run.log(epoch=2, test_acc=0.5)
        run.log_predictions(labels, logits)
    with expdb.track(model="net", dataset="set", seed=1) as run:
        run.log_predictions(labels, logits)

    first, second = store.run(1), store.run(2)
    assert (first.results.top1, second.results.top1) == (0.5, float((logits.argmax(1) == labels).mean()))
    for found in (first, second):
        assert found.fields["balanced_accuracy"] is not None
        assert found.results.top5 == pytest.approx(float((np.argsort(-logits)[:, :5] == labels[:, None]).any(1).mean()))
    assert {point.epoch for point in store.points.of([1])} == {1, 2}
    assert {(point.epoch, point.step) for point in store.points.of([2])} == {(None, 0)}


def test_bad_predictions_end_no_training(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.log_predictions([0], LOGITS)
        run.log(epoch=1, loss=1.0)

    assert said == ["predictions are not logged: 1 labels and predictions of 4 images: give both of each image"]
    assert store.run(1).predictions_file is None
    assert store.run(1).status == "finished"


def test_files_and_folders_are_copied_under_their_names(store: Store, tmp_path: Path):
    (tmp_path / "model.pt").write_bytes(b"weights")
    (tmp_path / "plots" / "deep").mkdir(parents=True)
    (tmp_path / "plots" / "deep" / "a.png").write_bytes(b"12")
    with expdb.track(model="net", dataset="set") as run:
        assert run.artifact("model.pt") == run.folder / "artifacts" / "model.pt"  # type: ignore[operator]
        run.artifact(tmp_path / "plots")
        run.artifact("model.pt", "weights/best.pt")
        (tmp_path / "model.pt").write_bytes(b"newer")
        run.artifact("model.pt")

    folder = store.artifact_dir(1)
    assert artifact_sizes(folder) == [("model.pt", 5), ("plots/deep/a.png", 2), ("weights/best.pt", 7)]
    assert (folder / "artifacts" / "weights" / "best.pt").read_bytes() == b"weights"
    assert (folder / "artifacts" / "model.pt").stat().st_mode & 0o077 == 0
    assert artifact_lines(folder)[0] == ("artifact", f"{folder / 'artifacts' / 'model.pt'} (5 bytes)")


@pytest.mark.parametrize("name", ["../x", "/x", "a/../b", "", ".hidden", "a//b", "a\\b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(DataError, match="plain name"):
        copy_artifact(tmp_path / "file", tmp_path / "run", name)


def test_a_long_name_is_refused_for_its_length_alone(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(DataError, match=r"artifact 'xxxxxxxxxxxxxxxxxxxx'… has 300 characters: call it by at most 200"):
        copy_artifact(tmp_path / "file", tmp_path / "run", "x" * 300)


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    """A folder with links of every kind, a fifo, hidden files and an empty folder."""
    outside, folder = tmp_path / "elsewhere", tmp_path / "out"
    (outside / "deep").mkdir(parents=True)
    (outside / "data.bin").write_bytes(b"outside")
    (folder / "empty" / "inner").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_bytes(b"hidden")
    (folder / ".state").write_bytes(b"hidden")
    (folder / "epoch3.pt").write_bytes(b"weights")
    (folder / "latest.pt").symlink_to("epoch3.pt")
    (folder / "data.bin").symlink_to(outside / "data.bin")
    (folder / "data").symlink_to(outside)
    (folder / "loop").symlink_to(".")
    (folder / "nowhere").symlink_to("gone.pt")
    os.mkfifo(folder / "pipe")
    return folder


def test_links_to_files_are_stored_as_what_they_lead_to_under_their_own_names(odd_folder: Path, tmp_path: Path):
    (tmp_path / "run").mkdir()
    copied = copy_artifact(odd_folder, tmp_path / "run", None)

    assert copied.path == tmp_path / "run" / "artifacts" / "out"
    assert artifact_sizes(tmp_path / "run") == [("out/data.bin", 7), ("out/epoch3.pt", 7), ("out/latest.pt", 7)]
    assert not any(path.is_symlink() for path in copied.path.rglob("*"))
    assert (copied.path / "empty" / "inner").is_dir()


def test_nothing_of_a_folder_is_left_out_without_a_word(odd_folder: Path, tmp_path: Path):
    (tmp_path / "run").mkdir()
    copied = copy_artifact(odd_folder, tmp_path / "run", "all")

    assert dict(copied.left_out) == {
        ".git": "hidden",
        ".state": "hidden",
        "data": "a link to a folder",
        "loop": "a link to a folder",
        "nowhere": "a link that leads nowhere",
        "pipe": "no file",
    }
    kept = {path.relative_to(copied.path).as_posix() for path in copied.path.rglob("*")}
    there = {path.relative_to(odd_folder).as_posix() for path in odd_folder.rglob("*") if ".git/" not in str(path)}
    assert there - kept == dict(copied.left_out).keys()


def test_what_of_a_folder_is_left_out_is_one_warning(odd_folder: Path):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        run.artifact(odd_folder)

    assert said == ["not copied of 'out': '.git' (hidden), '.state' (hidden), 'data' (a link to a folder) and 3 more"]


@pytest.mark.parametrize("to", ["file", "folder"])
def test_a_link_that_is_named_is_stored_under_its_own_name(tmp_path: Path, to: str):
    (tmp_path / "run").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x")
    (tmp_path / "best").symlink_to(to)

    copied = copy_artifact(tmp_path / "best", tmp_path / "run", None)
    assert copied.path == tmp_path / "run" / "artifacts" / "best"
    assert artifact_sizes(tmp_path / "run") == [("best" if to == "file" else "best/file", 1)]


@pytest.mark.parametrize("named", [".", "deeper/.."])
def test_a_folder_named_by_dots_is_stored_under_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
):
    (tmp_path / "run").mkdir()
    (tmp_path / "plots" / "deeper").mkdir(parents=True)
    (tmp_path / "plots" / "a.png").write_bytes(b"x")
    monkeypatch.chdir(tmp_path / "plots")

    assert copy_artifact(Path(named), tmp_path / "run", None).path.name == "plots"
    assert artifact_sizes(tmp_path / "run") == [("plots/a.png", 1)]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ((5,), "artifact: path 5 is no path: not copied"),
        ((b"model.pt",), "artifact: path b'model.pt' is no path: not copied"),
        ((None,), "artifact: path None is no path: not copied"),
        (("model.pt", 5), "artifact: name 5 is no text: not copied"),
    ],
    ids=str,
)
def test_what_is_no_path_is_said_in_one_plain_line(store: Store, given: tuple[Any, ...], line: str):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        assert run.artifact(*given) is None

    assert said == [line]
    assert store.run(1).status == "finished"


def test_what_is_no_file_is_refused(tmp_path: Path):
    folder = tmp_path / "run"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")

    for name, words in (("missing", "is not there"), ("pipe", "is no file"), (".", "holds the run's own folder")):
        with pytest.raises(DataError, match=words):
            copy_artifact(tmp_path / name, folder, "copy")


def test_a_link_in_the_place_of_the_artifacts_is_not_followed(tmp_path: Path):
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "artifacts").symlink_to(elsewhere)
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(DataError, match="is a link"):
        copy_artifact(tmp_path / "file", folder, None)
    assert list(elsewhere.iterdir()) == []
    assert artifact_sizes(folder) == []


def test_many_artifacts_are_told_by_the_first_of_them(tmp_path: Path):
    (tmp_path / "many").mkdir()
    for number in range(15):
        (tmp_path / "many" / f"{number:02}.bin").write_bytes(b"1234567890")
    folder = tmp_path / "run"
    folder.mkdir()
    copy_artifact(tmp_path / "many", folder, None)

    assert len(artifact_lines(folder)) == 11
    assert artifact_lines(folder)[-1] == ("artifacts", "5 more (50 bytes)")


def test_an_artifact_that_cannot_be_copied_ends_no_training(store: Store):
    with saying() as said, expdb.track(model="net", dataset="set") as run:
        assert run.artifact("missing.pt") is None

    assert said == ["'missing.pt' is not there: it is not copied"]
    assert store.run(1).status == "finished"


def test_a_note_is_the_runs_note_and_the_last_one_stays(store: Store):
    with expdb.track(model="net", dataset="set", note="first", tags=["a"], group="g", name="n") as run:
        run.note("second")
        run.note("third")

    found = store.run(1)
    assert (found.note, found.tags, found.group, found.name) == ("third", ("a",), "g", "n")


@pytest.mark.parametrize("nothing", ["", None], ids=repr)
def test_an_empty_note_takes_the_one_before_away(store: Store, nothing: str | None):
    with expdb.track(model="net", dataset="set", note="first") as run:
        run.note(nothing)

    assert store.run(1).note is None
