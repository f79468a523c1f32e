"""A disk that is full at each step of writing: a file-size limit needs no rights, a small disk of its own mounting."""

import os
import resource
import shutil
import subprocess
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from expdb.domain.events import EpochEnded, Event, RunFinished, RunStarted
from expdb.errors import TrainingWarning, UnwrittenError
from expdb.train.loop import train
from tests.factories import make_spec

SPEC = make_spec(epochs=4, data__limit=32, data__img_size=8, batch_size=16, device="cpu")
WEIGHTS, CHECKPOINT, PREDICTIONS = 1_480_000, 2_970_000, 14_500  # bytes of this run's files, and a bit more
DISK = 9_000_000


@contextmanager
def file_limit(num_bytes: int) -> Iterator[None]:
    """Within the block, this process writes no larger file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 9 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, text=True, check=False)
    if not mounted or mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip() if mounted else 'there is no mount'}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, *, left: int) -> Path:
    """Fill a disk but for so many bytes."""
    file = disk / "ballast"
    file.unlink(missing_ok=True)
    with file.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, shutil.disk_usage(disk).free - left)
    return file


def train_in(folder: Path, *, resume: bool = False, seconds: float = 0, spec: Any = SPEC) -> Generator[Event]:
    return train(spec, data_dir=Path(), out_dir=folder, resume=resume, checkpoint_seconds=seconds)


def take(events: Generator[Event], *, until: int | None = None, then: Callable[[], object] = lambda: None) -> list[int]:
    """Take events, and do something when an epoch was told; return the epochs."""
    told = []
    for event in events:
        if isinstance(event, EpochEnded):
            told.append(event.epoch)
            if event.epoch == until:
                then()
    return told


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights of a run that had room."""
    folder = tmp_path_factory.mktemp("whole")
    list(train_in(folder))
    assert (folder / "weights.safetensors").stat().st_size == pytest.approx(WEIGHTS, rel=0.02)
    return (folder / "weights.safetensors").read_bytes()


def epochs_of(events: Generator[Event], *, last: int = SPEC.epochs) -> Iterator[int]:
    """Yield the epochs up to one as they are told; the events are not closed when this is."""
    while (event := next(events, None)) is not None:
        if isinstance(event, EpochEnded):
            wait_for_writer()
            yield event.epoch
            if event.epoch == last:
                return


def wait_for_writer() -> None:
    """Wait until no checkpoint is being written."""
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()


def checkpoints_in(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "checkpoints").iterdir())


# At the end


@pytest.mark.parametrize(("limit", "what", "left"), [(10_000, "predictions.npz", 0), (900_000, "weights", 1)])
def test_results_that_cannot_be_written_are_one_line_and_leave_nothing_half(
    tmp_path: Path, limit: int, what: str, left: int
) -> None:
    events = train_in(tmp_path, seconds=600)
    limited = ExitStack()

    with limited, pytest.warns(TrainingWarning, match="checkpoint 000004"), pytest.raises(UnwrittenError) as caught:
        take(events, until=SPEC.epochs, then=lambda: limited.enter_context(file_limit(limit)))

    assert caught.value.reason == "disk full"
    assert f"cannot write '{what}" in str(caught.value)
    assert f" in '{tmp_path}': no file may be larger than {limit // 1000} kB here; raise the limit" in str(caught.value)
    assert "expdb resume starts from the beginning, for no checkpoint could be written either" in str(caught.value)
    assert files(tmp_path) == ["predictions.npz"] * left


def test_what_stands_in_the_way_of_results_costs_no_epoch(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "weights.safetensors").mkdir()
    message = r"cannot write 'weights\.safetensors' \(1\.5 MB\) in .*: Is a directory; mend that, then expdb resume "

    with pytest.raises(UnwrittenError, match=message + "goes on without training an epoch again") as caught:
        take(train_in(tmp_path, seconds=600))
    (tmp_path / "weights.safetensors").rmdir()
    started, *rest = train_in(tmp_path, resume=True)

    assert caught.value.reason == "cannot write"
    assert isinstance(started, RunStarted)
    assert started.first_epoch == SPEC.epochs + 1
    assert [event for event in rest if isinstance(event, EpochEnded)] == []
    assert isinstance(rest[-1], RunFinished)
    assert (tmp_path / "weights.safetensors").read_bytes() == whole
    assert files(tmp_path) == ["predictions.npz", "weights.safetensors"]


def test_checkpoints_give_way_to_results(disk: Path, whole: bytes) -> None:
    out = disk / "out"
    events = train_in(out)

    def no_room() -> None:
        wait_for_writer()
        fill(disk, left=20_000)

    assert take(events, until=SPEC.epochs, then=no_room) == [1, 2, 3, 4]

    assert (out / "weights.safetensors").read_bytes() == whole
    assert files(out) == ["predictions.npz", "weights.safetensors"]


def test_full_disk_at_the_end_without_a_checkpoint_keeps_what_fits(disk: Path, whole: bytes) -> None:
    out = disk / "out"
    message = (
        r"cannot write 'weights\.safetensors' \(1\.5 MB\) in .*/out': the disk is full \(\d+ kB free\); free space, "
    )

    with pytest.warns(TrainingWarning), pytest.raises(UnwrittenError, match=message + "then expdb resume starts from"):
        take(train_in(out, seconds=600), until=SPEC.epochs, then=lambda: fill(disk, left=50_000))

    assert files(out) == ["predictions.npz"]
    (disk / "ballast").unlink()
    assert take(train_in(out, resume=True)) == [1, 2, 3, 4]
    assert (out / "weights.safetensors").read_bytes() == whole


def test_results_of_a_run_whose_only_checkpoint_gave_way_are_written_again(disk: Path, whole: bytes) -> None:
    """Of the last epoch, on a disk that has no room for both, and where something else is wrong with the weights."""
    out = disk / "out"
    out.mkdir()
    (out / "weights.safetensors").mkdir()
    with pytest.raises(UnwrittenError, match="Is a directory"):
        take(train_in(out, seconds=600))
    (out / "weights.safetensors").rmdir()
    fill(disk, left=30_000)

    assert take(train_in(out, resume=True)) == []

    assert (out / "weights.safetensors").read_bytes() == whole
    assert files(out) == ["predictions.npz", "weights.safetensors"]


# Before anything is trained


def test_run_whose_results_do_not_fit_is_refused_before_anything_is_trained(disk: Path) -> None:
    fill(disk, left=1_000_000)
    message = (
        r"cannot write weights and predictions \(1\.5 MB\) in .*: the disk is full \(999 kB free\); free space, then"
    )

    with pytest.raises(UnwrittenError, match=message + " expdb resume: nothing was trained now") as caught:
        next(train_in(disk / "out"))

    assert caught.value.reason == "disk full"


def test_run_whose_results_are_larger_than_files_may_be_is_refused(tmp_path: Path) -> None:
    with file_limit(1_000_000), pytest.raises(UnwrittenError, match=r"no file may be larger than 1\.0 MB here; raise"):
        next(train_in(tmp_path))


def test_room_that_checkpoints_take_counts_as_free(disk: Path) -> None:
    out = disk / "out"
    events = train_in(out)
    next(event for event in events if isinstance(event, EpochEnded))
    events.close()
    fill(disk, left=20_000)

    started = next(train_in(out, resume=True))

    assert isinstance(started, RunStarted)
    assert started.first_epoch == 2


# Between epochs


def test_checkpoints_that_do_not_fit_are_told_once_and_training_goes_on(disk: Path, whole: bytes) -> None:
    fill(disk, left=WEIGHTS + PREDICTIONS + 100_000)
    out = disk / "out"

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert take(train_in(out)) == [1, 2, 3, 4]

    first, second = (str(each.message) for each in told)
    assert first == (
        f"cannot write a checkpoint (3.0 MB) in '{out}': the disk is full (1.6 MB free): "
        "a run that is stopped or killed begins anew"
    )
    assert second.startswith(
        f"cannot write checkpoint 000001 (3.0 MB) in '{out / 'checkpoints'}': the disk is full (1.6 M"
    )
    assert second.endswith(": training goes on without this checkpoint, and tries again")
    assert (out / "weights.safetensors").read_bytes() == whole


def test_checkpoint_that_found_no_room_is_written_when_there_is_some(disk: Path) -> None:
    fill(disk, left=WEIGHTS + PREDICTIONS + 100_000)
    events = train_in(disk / "out")

    with pytest.warns(TrainingWarning):
        assert list(epochs_of(events, last=3)) == [1, 2, 3]
    (disk / "ballast").unlink()
    assert next(epochs_of(events)) == 4
    events.close()

    assert checkpoints_in(disk / "out") == ["000003", "000004"]


def test_older_checkpoint_gives_way_to_a_newer_one_without_a_word(disk: Path) -> None:
    events = train_in(disk / "out")
    assert list(epochs_of(events, last=3)) == [1, 2, 3]
    fill(disk, left=100_000)

    assert next(epochs_of(events)) == 4
    assert checkpoints_in(disk / "out") == ["000002", "000003"]
    events.close()

    assert checkpoints_in(disk / "out") == ["000003", "000004"]


def test_only_where_it_stops_the_last_checkpoint_gives_way_too(disk: Path) -> None:
    events = train_in(disk / "out")
    assert list(epochs_of(events, last=2)) == [1, 2]
    fill(disk, left=100_000)

    with pytest.warns(TrainingWarning, match=r"checkpoint 000002 .* is full \(\d+ kB free\): training goes on without"):
        assert list(epochs_of(events)) == [3, 4]
    assert checkpoints_in(disk / "out") == ["000001"]
    events.close()

    assert checkpoints_in(disk / "out") == ["000004"]


def test_no_checkpoint_is_given_up_for_one_that_would_not_fit_all_the_same(disk: Path) -> None:
    events = train_in(disk / "out")
    assert list(epochs_of(events, last=2)) == [1, 2]
    os.truncate(disk / "out" / "checkpoints" / "000001" / "state.pt", 1000)  # to delete it would not help
    fill(disk, left=100_000)

    with pytest.warns(TrainingWarning, match="cannot write checkpoint 000002 .*: the last one is that of epoch 1"):
        events.close()

    assert checkpoints_in(disk / "out") == ["000001"]


def test_a_checkpoint_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    events = train_in(tmp_path)
    assert isinstance(next(events), RunStarted)

    with file_limit(1_000_000), pytest.warns(TrainingWarning, match=r"larger than 1\.0 MB here: training goes on"):
        told = list(epochs_of(events, last=3))

    assert told == [1, 2, 3]
    assert files(tmp_path) == []
    events.close()
    assert checkpoints_in(tmp_path) == ["000003"]


def test_temporary_files_of_a_killed_process_go(tmp_path: Path) -> None:
    for name in (".predictions.npz.123.tmp", ".weights.safetensors.9.tmp"):
        (tmp_path / name).write_bytes(b"half")

    next(train_in(tmp_path))

    assert files(tmp_path) == []
