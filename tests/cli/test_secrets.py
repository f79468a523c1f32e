"""What people type, set and change is searched for where a run leaves anything: no secret of it may be there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.domain.masking.forms import FORMS
from tests.launch.repository import commit_files, write_files

CANARY = re.compile(rb"Zq[A-Z][0-9]{3}y")
TRAINING = (
    "--model",
    "model:build",
    "--dataset",
    "digits",
    "--set",
    "data.limit=32",
    "--epochs",
    "1",
    "--batch-size",
    "16",
)
MODEL = """
import logging
import os
import warnings

import torch

TEXT = open("says.txt").read()


def fail(network, inputs):
    is_tried = not inputs[0].any()  # before the run, on black images
    if os.environ.get("FAIL") and network.training and not is_tried:
        raise RuntimeError(TEXT)


def build(num_classes, **settings):
    warnings.warn(TEXT)
    logging.getLogger("model").error("cannot %s", TEXT)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(settings["img_size"] ** 2, num_classes))
    network.register_forward_pre_hook(fail)
    return network
"""


def planted(place: str) -> list[str]:
    """Return all forms, each with a secret of its own; `place` is a capital letter."""
    return [form.format(f"Zq{place}{number:03}y") for number, form in enumerate(FORMS)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with uncommitted changes: secrets in a source file, and in a file that holds nothing else."""
    folder = tmp_path / "repository"
    folder.mkdir()
    commit_files(
        folder, {"model.py": MODEL, "notes.md": "none\n", ".env": "none\n", "says.txt": "\n".join(planted("W"))}
    )
    write_files(folder, {"notes.md": "\n".join(planted("D")), ".env": "".join(f"{text}\n" for text in planted("E"))})
    return folder


def expdb(folder: Path, database: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder), **variables}
    environment |= {f"PLANTED_{number}": text for number, text in enumerate(planted("V"))}
    command = [sys.executable, "-m", "expdb", "--db", str(database), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=200)


@pytest.mark.slow
def test_no_secret_is_in_any_file_or_line_of_a_run(repository: Path, tmp_path: Path):
    database = tmp_path / "kept" / "runs.db"
    database.parent.mkdir()
    words = [f"--tag={text}" for text in planted("T") if text.isprintable()]
    labels = ("--note", "\n".join(planted("N")), "--group", planted("G")[0], "--name", planted("L")[9], *words)

    finished = expdb(repository, database, "run", *TRAINING, *labels)
    failed = expdb(repository, database, "run", *TRAINING, "--seed", "1", FAIL="1", EXPDB_DEBUG="1")
    shown = [expdb(repository, database, *words) for words in (["show", "1"], ["show", "2", "--json"])]
    copied = expdb(repository, database, "db", "backup", str(tmp_path / "kept" / "copy.db"))

    assert (finished.returncode, failed.returncode, copied.returncode) == (0, 1, 0), finished.stderr + failed.stderr
    texts = {
        f"{kind} of {done.args[5:7]}": getattr(done, kind)
        for done in (finished, failed, *shown)
        for kind in ("stdout", "stderr")
    }
    files = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert len(files) >= 4
    texts |= {str(path): path.read_bytes() for path in files}
    assert {name: CANARY.findall(text) for name, text in texts.items() if CANARY.search(text)} == {}
    assert b"a file of secrets" in finished.stderr
    assert b"Traceback" in failed.stderr
    with Store.open(f"sqlite:///{database}", is_read_only=True) as store:
        run, second = store.run(1), store.run(2)
    assert run.environment.command is not None
    assert run.environment.git_diff is not None
    for text in (run.environment.command, run.environment.git_diff, run.note, second.traceback):
        assert text is not None
        assert text.count("***") > 20
    assert second.error_message is not None
    assert "***" in second.error_message  # its first line


# But for one: inside a message nobody can know where a password with blanks ends, which in a word they are part of.
@pytest.mark.parametrize("form", [form for form in FORMS if form != "password: two {} words"])
def test_no_secret_of_an_address_is_in_an_error(cli: Cli, form: str):
    for words in (["--db", form.format("Zq7Canary")], [f"--db={form.format('Zq7Canary')}"]):
        for command in (["ls"], ["db", "upgrade"], ["run", "--dry-run", "--epochs", "x"]):
            result = cli(*words, *command)

            assert result.code != 0 or "://" not in form
            assert "Zq7Canary" not in result.out + result.err


@pytest.mark.parametrize("end", ["x" * 5_000, "\n", "\x1b[31m", "\udc80"])
def test_no_secret_of_an_address_that_is_none_is_in_its_error(cli: Cli, end: str):
    result = cli("--db", f"postgresql://ann:Zq7Canary{end}@host/runs", "ls")

    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "Zq7" not in result.err


@pytest.mark.parametrize("setting", ["hub_token", "api_key", "auth.password"])
def test_a_setting_that_is_a_secret_is_refused_before_it_is_recorded(cli: Cli, tmp_path: Path, setting: str):
    result = cli("run", "--dataset", "digits", "--set", "data.limit=64", "--set", f"model.kwargs.{setting}=Zq7Canary")

    assert result.code == 2
    assert "Zq7Canary" not in result.out + result.err
    assert not any(b"Zq7Canary" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
