"""With how many threads a run trains: by option, by variable; what is no number is refused before anything happens."""

from pathlib import Path

import pytest
import torch

from expdb.data.cpus import num_usable_cpus
from expdb.domain.run import Environment
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import failed, started

TRAINING = [("run",), ("resume", "1"), ("rerun", "1"), ("fill", "t"), ("demo",)]
BAD = ["0", "-1", "1.5", "two", "", "1025", "99999999999", "1_0", "٣", "0x2", " 2"]
TINY = ["--dataset", "digits", "--model", "test_resnet", "--set", "data.limit=32", "--batch-size", "32"]


@pytest.fixture(autouse=True)
def _threads_as_before() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("command", TRAINING)
@pytest.mark.parametrize("value", BAD)
def test_no_number_is_one_line_and_nothing_is_recorded(cli: Cli, tmp_path: Path, command: tuple[str, ...], value: str):
    result = cli(*command, f"--threads={value}")

    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [f"error: --threads {value!r}: give a number of threads from 1 to 1024, as in 2"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", TRAINING)
def test_no_number_in_the_environment_stops_what_trains_and_nothing_else(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
):
    monkeypatch.setenv("EXPDB_THREADS", "all")

    assert cli("ls").code != 1
    result = cli(*command)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: EXPDB_THREADS 'all': give a number of threads")


@pytest.mark.parametrize(
    ("option", "variable", "number"), [(["--threads", "2"], "1", 2), ([], "2", 2), ([], "", 1)], ids=str
)
def test_the_option_beats_the_variable_and_that_what_torch_has(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: list[str], variable: str, number: int
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("EXPDB_THREADS", variable)

    result = cli("run", *TINY, "--epochs", "1", *option)

    assert result.code == 0
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        assert store.run(1).machine.num_threads == number
    assert f"(cpu, {'bf16' if 'bf16' in result.out else 'fp32'}, {number} thread" in result.out


def test_more_threads_than_processors_are_warned_of(cli: Cli):
    usable = num_usable_cpus()

    result = cli("run", *TINY, "--epochs", "1", "--threads", str(usable + 1))

    assert result.code == 0
    assert f"warning: {usable + 1} threads on {usable} processor" in result.err


def test_a_run_is_repeated_with_its_own_number_unless_another_is_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("expdb.launch.train_runs.num_usable_cpus", lambda: 2)
    assert cli("run", *TINY, "--epochs", "1", "--threads", "2").code == 0

    again = cli("rerun", "1")
    other = cli("rerun", "1", "--threads", "1")

    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        assert [store.run(number).machine.num_threads for number in (1, 2, 3)] == [2, 2, 1]
    assert "run 2 reproduces run 1 to the bit" in again.out
    assert other.code == 0
    shown = cli("show", "1")
    assert "CPU time" in shown.out


@pytest.mark.parametrize(("begun_with", "here", "goes_on_with"), [(2, 8, 2), (8, 2, 2)])
def test_a_resumed_run_keeps_its_number_as_far_as_there_are_processors(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begun_with: int,
    here: int,
    goes_on_with: int,
):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("expdb.launch.train_runs.num_usable_cpus", lambda: here)
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        run_id = store.add_run(make_spec(model__name="test_resnet", epochs=1, data__limit=32, device="cpu"))
        store.start_run(run_id, Environment())
        store.record(run_id, started(num_threads=begun_with))
        store.record(run_id, failed())

    assert cli("resume", "1").code == 0

    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        assert store.run(1).machine.num_threads == goes_on_with
