import logging
import re
import warnings
from pathlib import Path

import pytest

import expdb.launch.write_log
from expdb.domain.events import EpochEnded, Event
from expdb.domain.run import Environment
from expdb.errors import TrainingError
from expdb.launch.execute import execute_run
from expdb.launch.read_log import LOG_FILE
from expdb.launch.write_log import LogFile, RunLog
from expdb.report.run_lines import RunLines
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import failed

COMMAND = Environment(command="expdb run --dataset digits")
STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.*)")


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as opened:
        yield opened


@pytest.fixture
def log(tmp_path: Path):
    """A log that was begun, which takes down warnings."""
    with RunLog(RunLines(1, make_spec())) as opened:
        opened.begin(tmp_path, COMMAND, resume=False)
        yield opened


def queued(store: Store, **settings) -> int:
    return store.add_run(make_spec(data__limit=64, batch_size=32, **settings))


def logged(folder: Path) -> list[str]:
    """Return the lines of a log without their times, which each has to have."""
    lines = (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()
    matches = [STAMPED.fullmatch(line) for line in lines]
    assert None not in matches
    return [match[1] for match in matches if match]


def stop_after_an_epoch(event: Event) -> None:
    if isinstance(event, EpochEnded):
        raise KeyboardInterrupt


def test_log_of_a_finished_run_has_its_start_its_epochs_and_its_end(store: Store, tmp_path: Path):
    run_id = queued(store)

    execute_run(store, run_id, data_dir=tmp_path, environment=COMMAND)

    opening, command, size, device, _headings, first, second, end = logged(store.artifact_dir(run_id))
    assert opening == "run 1: resnet_mini on digits, standard augmentation, seed 0, 2 epochs"
    assert command == "command: expdb run --dataset digits"
    assert "64 training and 360 test images" in size
    assert f"(cpu, {store.run(run_id).machine.precision}, " in device
    assert [line.split()[0] for line in (first, second)] == ["1/2", "2/2"]
    assert end.startswith("run 1 finished: top-1 ")


def test_log_of_a_failed_run_ends_with_where_and_why(store: Store, tmp_path: Path):
    run_id = queued(store, optim__lr=1e30)

    with pytest.raises(TrainingError):
        execute_run(store, run_id, data_dir=tmp_path, environment=COMMAND)

    lines = logged(store.artifact_dir(run_id))
    assert "Traceback (most recent call last):" in lines
    assert lines[-2].startswith("expdb.errors.TrainingError: the training loss became ")
    assert lines[-1] == "run 1 failed (diverged) after epoch 1 of 2; see expdb show 1"


def test_log_of_a_killed_run_is_continued_when_it_is_resumed(store: Store, tmp_path: Path):
    run_id = queued(store)
    with pytest.raises(KeyboardInterrupt):
        execute_run(store, run_id, data_dir=tmp_path, environment=COMMAND, on_event=stop_after_an_epoch)
    killed = logged(store.artifact_dir(run_id))
    assert killed[-1] == "run 1 killed (interrupted) after epoch 1 of 2; see expdb resume 1"
    assert not any("Traceback" in line for line in killed)

    execute_run(store, run_id, data_dir=tmp_path, environment=Environment(), resume=True)

    lines = logged(store.artifact_dir(run_id))
    assert lines[: len(killed)] == killed
    assert lines[len(killed)].endswith("2 epochs (resumed)")
    assert lines[-1].startswith("run 1 finished: ")


@pytest.mark.parametrize("make_unwritable", [lambda path: path.symlink_to("/dev/full"), lambda path: path.mkdir()])
def test_a_log_that_cannot_be_written_is_one_warning_and_no_end(store: Store, tmp_path: Path, make_unwritable):
    run_id = queued(store)
    make_unwritable(store.artifact_dir(run_id, create=True) / LOG_FILE)

    with pytest.warns(RuntimeWarning, match="cannot be written") as seen:
        execute_run(store, run_id, data_dir=tmp_path, environment=COMMAND)

    assert len(seen) == 1
    assert store.run(run_id).status == "finished"


def test_warnings_are_logged_and_go_where_they_went_before(tmp_path: Path, caplog):
    with pytest.warns(UserWarning, match="too few") as seen:
        warn_in_many_ways(tmp_path)
    logging.getLogger("library").error("after the run")

    assert logged(tmp_path)[2:] == [
        *("UserWarning: too few", f"images ({__file__}:{seen[0].lineno})"),
        *("ERROR library: no disk", "WARNING library.own: kept to itself"),
    ]
    assert "no disk" in caplog.text


def warn_in_many_ways(folder: Path) -> None:
    own = logging.getLogger("library.own")
    own.propagate = False
    with RunLog(RunLines(1, make_spec())) as log:
        log.begin(folder, COMMAND, resume=False)
        warnings.warn("too few\nimages", UserWarning, stacklevel=1)
        logging.getLogger("library").error("no %s", "disk")
        own.warning("kept to itself")
        own.info("not of interest")


def test_a_message_that_cannot_be_put_together_does_not_end_the_run(log: RunLog, tmp_path: Path, capsys):
    own = logging.getLogger("library.broken")
    own.propagate = False
    own.addHandler(logging.NullHandler())

    own.warning("%d images", "many")

    assert len(logged(tmp_path)) == 2
    assert "Logging error" in capsys.readouterr().err


def test_endless_warnings_do_not_fill_the_disk(log: RunLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expdb.launch.write_log, "MAX_WARNING_BYTES", 20_000)
    library = logging.getLogger("library.endless")
    library.propagate = False

    for _ in range(1000):
        library.warning("again %s", "and again" * 10)
    log.event(failed(message="no", traceback="Traceback\nValueError: no"))

    assert (tmp_path / LOG_FILE).stat().st_size < 21_000
    lines = logged(tmp_path)
    assert lines[-4] == "the log has 0.02 MB: it takes no more warnings"
    assert lines[-1] == "run 1 failed (error); see expdb show 1"


def test_passwords_are_masked_whoever_says_them(tmp_path: Path, caplog):
    url = "postgresql://ann:s3cret@host/runs"
    with RunLog(RunLines(1, make_spec())) as log:
        log.begin(tmp_path, Environment(command=f"expdb --db {url} run"), resume=False)
        logging.getLogger("library").warning("cannot reach %s", url)
        log.event(failed(message=f"no answer from {url}"))

    text = (tmp_path / LOG_FILE).read_text(encoding="utf-8")
    assert "s3cret" not in text
    assert text.count("postgresql://ann:***@host/runs") == 3


def test_a_message_with_line_ends_cannot_pass_for_other_lines(tmp_path: Path):
    LogFile(tmp_path).write(["one\ntwo\u2028three\rfour"])

    assert logged(tmp_path) == ["one", "two", "three", "four"]
