from pathlib import Path

import pytest

from tests.cli.conftest import Cli

SMALL = ("--dataset", "digits", "--model", "resnet_mini", "--epochs", "1", "--set", "data.limit=32")


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in folder.iterdir()}


@pytest.mark.parametrize(("words", "of_file"), [((), "600"), (("--group-readable",), "640")])
def test_a_database_is_made_for_its_user_or_group(cli: Cli, tmp_path: Path, words: tuple[str, ...], of_file: str):
    assert cli(*words, "db", "upgrade").code == 0

    assert modes(tmp_path)["runs.db"] == of_file


def test_the_group_may_read_all_of_a_run(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EXPDB_GROUP_READABLE", "1")

    assert cli("run", *SMALL).code == 0

    folder = next(path for path in (tmp_path / "runs.artifacts").iterdir() if (path / "log.txt").exists())
    assert modes(tmp_path)["runs.artifacts"] == modes(folder.parent)[folder.name] == "750"
    found = modes(folder)
    assert {found[name] for name in ("log.txt", "predictions.npz", "weights.safetensors")} == {"640"}


def test_doctor_says_what_everybody_may_read(cli: Cli, tmp_path: Path):
    cli("db", "upgrade")
    private = cli("doctor").err
    (tmp_path / "runs.db").chmod(0o644)

    public = cli("doctor").err

    assert "may read" not in private
    assert "everybody on this machine may read" in public
    assert "chmod 600" in public
