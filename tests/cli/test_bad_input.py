"""Bad input is one line with the value and the way out, exit 2, no traceback, no row in a wrong state."""

import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Cli, Result


def assert_refused(result: Result, code: int, *words: str) -> None:
    assert result.code == code, result
    assert result.err.count("error:") == 1
    assert "Traceback" not in result.err
    line = next(line for line in result.err.splitlines() if line.startswith("error:"))
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--model", "resnet5O"), ("resnet5O", "resnet50")),
        (("run", "--dataset", "cifar"), ("'cifar'", "cifar100")),
        (("run", "--aug", "auto"), ("'auto'", "expdb augs")),
        (("run", "--optimizer", "sdg"), ("'sdg'", "sgd")),
        (("run", "--modle", "x"), ("--modle", "--help")),
        (("run", "--lr", "-1"), ("-1", "greater than 0")),
        (("run", "--lr", "fast"), ("fast",)),
        (("run", "--lr", "nan"), ("nan", "finite")),
        (("run", "--epochs", "0"), ("epochs", "0")),
        (("run", "--set", "optim.lrr=1"), ("optim.lrr", "optim.lr")),
        (("run", "--set", "lr"), ("key=value",)),
        (("run", "--spec", "none.toml"), ("none.toml",)),
        (("run", "--seeds", "x"), ("--seeds",)),
        (("run", "--scheduler", "cosin"), ("cosin",)),
        (("run", "--dataset", "folder:nowhere"), ("nowhere",)),
        (("run", "--device", "tpu"), ("tpu",)),
        (("run", "--dry-run", "--gpus", "2", "--device", "cpu", "--set", "sync_bn=true"), ("sync_bn", "leave it out")),
        (("run", "--gpus", "3", "--batch-size", "10", "--dry-run"), ("gpus=3",)),
        (("trian",), ("trian",)),
        (("table", "nope"), ("runs.db",)),
        (("models", "zzzz"), ("zzzz",)),
        (("--db", "nosuch://x", "ls"), ("nosuch",)),
    ],
)
def test_a_wrong_word_is_named(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]):
    result = cli(*arguments)

    assert_refused(result, 2, *words)
    assert not (tmp_path / "runs.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "7"), ("7",)),
        (("show", "frist"), ("frist",)),
        (("table", "nope"), ("nope", "expdb tables")),
        (("table", "--columns", "top2"), ("top2", "top1")),
        (("table", "--columns", ","), ("--columns",)),
        (("table", "--where", "top1 >"), ("top1 >",)),
        (("ls", "--where", "topp = 1"), ("topp", "top1")),
        (("ls", "--sort", "-acc"), ("acc",)),
        (("ls", "--json", "--csv"), ("--csv",)),
        (("table", "-o", "no/such/folder/t.md"), ("no/such/folder",)),
        (("table", "--save", "../x"), ("../x",)),
        (("rm", "9"), ("9",)),
    ],
)
def test_a_wrong_reference_into_a_database_is_named(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]):
    assert cli("db", "upgrade").code == 0

    assert_refused(cli(*arguments), 2, *words)


def test_reading_a_database_that_is_not_there_makes_none(cli: Cli, tmp_path: Path):
    assert_refused(cli("ls"), 2, "runs.db", "expdb")
    assert not (tmp_path / "runs.db").exists()


@pytest.mark.parametrize("database", [("--db", "run"), ("--db=run",)])
def test_a_database_may_be_called_as_a_command_is(cli: Cli, tmp_path: Path, database: tuple[str, ...]):
    assert cli(*database, "db", "upgrade").code == 0

    assert (tmp_path / "run").is_file()


def test_a_file_that_is_no_database_is_left_as_it_was(cli: Cli, tmp_path: Path):
    (tmp_path / "runs.db").write_text("these are my notes, not a database\n" * 50)

    for command in (("ls",), ("run", "--dataset", "digits", "--epochs", "1"), ("db", "upgrade")):
        assert_refused(cli(*command), 2, "runs.db")
    assert (tmp_path / "runs.db").read_text().startswith("these are my notes")


def test_a_database_of_another_revision_names_the_command(cli: Cli, tmp_path: Path):
    cli("db", "upgrade")
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        connection.execute("UPDATE expdb_version SET version_num = 'zz99'")
    connection.close()

    assert_refused(cli("ls"), 2, "zz99")


def test_cifar100_without_network_says_which_files_to_put_where(cli: Cli, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EXPDB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there: no network
    result = cli("run", "--model", "resnet_mini", "--epochs", "1")

    assert_refused(result, 1, "cifar100", str(tmp_path / "data"), "cifar-100-python")
    assert not (tmp_path / "runs.db").exists() or json.loads(cli("ls", "--json").out) == []


def test_an_empty_data_folder_is_named_and_no_row_is_left(cli: Cli, tmp_path: Path):
    for part in ("train/cat", "train/dog", "test/cat", "test/dog"):
        (tmp_path / "pets" / part).mkdir(parents=True)
    result = cli("run", "--dataset", "folder:pets", "--img-size", "32", "--epochs", "1")

    assert result.code in (1, 2)
    assert_refused(result, result.code, "pets")
    assert not (tmp_path / "runs.db").exists() or json.loads(cli("ls", "--json").out) == []


def test_a_broken_image_is_named_and_the_run_is_failed(cli: Cli, tmp_path: Path):
    for split in ("train", "test"):
        for label, colour in (("cat", "red"), ("dog", "blue")):
            folder = tmp_path / "pets" / split / label
            folder.mkdir(parents=True)
            for number in range(4):
                Image.new("RGB", (40, 40), colour).save(folder / f"{number}.png")
    (tmp_path / "pets/train/dog/2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    result = cli("run", "--dataset", "folder:pets", "--model", "resnet_mini", "--img-size", "32", "--epochs", "1")

    assert_refused(result, 1, "2.png")
    statuses = {run["status"] for run in json.loads(cli("ls", "--json").out)}
    assert statuses <= {"failed"}


def test_a_diverging_run_is_failed_with_its_reason(cli: Cli):
    result = cli(
        *("run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "3", "--lr", "1e30"),
        *("--set", "data.limit=64", "--batch-size", "16"),
    )

    assert_refused(result, 1, "nan", "epoch 1", "optim.lr")
    (run,) = json.loads(cli("ls", "--json").out)
    assert (run["status"], run["reason"]) == ("failed", "diverged")


def test_a_name_is_given_once(cli: Cli):
    tiny = ("run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "1", "--set", "data.limit=32")
    assert cli(*tiny, "--name", "one").code == 0

    assert_refused(cli(*tiny, "--seed", "1", "--name", "one"), 2, "one")
    assert len(json.loads(cli("ls", "--json").out)) == 1


def test_no_password_is_shown(cli: Cli):
    result = cli("--db", "postgresql://ann:s3cret@127.0.0.1:1/none", "ls")

    assert_refused(result, 2)
    assert "s3cret" not in result.err + result.out


def test_debug_shows_the_traceback(cli: Cli, monkeypatch):
    monkeypatch.setenv("EXPDB_DEBUG", "1")
    from expdb.cli.main import main
    from expdb.errors import NotFoundError

    with pytest.raises(NotFoundError):
        main(["run", "--model", "resnet5O"])
