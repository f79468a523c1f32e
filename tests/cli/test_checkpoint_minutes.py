"""How often checkpoints are written: by option, by variable; what is no time is refused before anything happens."""

from pathlib import Path

import pytest

from expdb.store.store import Store
from tests.cli.conftest import Cli

TRAINING = [("run",), ("resume", "1"), ("rerun", "1"), ("fill", "t"), ("demo",)]
BAD = ["-1", "nan", "inf", "-inf", "1e999", "soon", "", "1,5", "0x10"]
TINY = ["--dataset", "digits", "--model", "test_resnet", "--set", "data.limit=32", "--batch-size", "32"]


@pytest.mark.parametrize("command", TRAINING)
@pytest.mark.parametrize("value", BAD)
def test_no_time_is_one_line_and_nothing_is_recorded(cli: Cli, tmp_path: Path, command: tuple[str, ...], value: str):
    result = cli(*command, f"--checkpoint-minutes={value}")

    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        f"error: --checkpoint-minutes {value!r}: give a number of minutes, as in 0.5, or 0 for after every epoch"
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", TRAINING)
def test_no_time_in_the_environment_stops_what_trains_and_nothing_else(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
):
    monkeypatch.setenv("EXPDB_CHECKPOINT_MINUTES", "soon")

    assert cli("ls").code != 1
    result = cli(*command)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: EXPDB_CHECKPOINT_MINUTES 'soon': give a number of minutes")


@pytest.mark.parametrize(("option", "variable"), [(["--checkpoint-minutes", "0"], "600"), ([], "0")])
def test_zero_writes_one_after_every_epoch_and_the_option_beats_the_variable(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: list[str], variable: str
):
    monkeypatch.setenv("EXPDB_CHECKPOINT_MINUTES", variable)
    written: list[str] = []
    mkdir = Path.mkdir

    def seen(path: Path, *arguments: object, **options: object) -> None:
        if path.parent.name == "checkpoints":
            written.append(path.name.partition(".")[0])
        mkdir(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", seen)

    assert cli("run", *TINY, "--epochs", "3", *option).code == 0

    assert written[:1] == ["000001"]
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        assert store.run(1).status == "finished"
