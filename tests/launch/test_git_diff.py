import os
import shutil
from pathlib import Path

import pytest

from expdb.launch.git_diff import MAX_DIFF_BYTES, remarks_on, uncommitted_changes
from tests.domain.masking.forms import FORMS
from tests.launch.repository import commit_files, git, write_files

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

SECRET = "Zq7Canary5Xw"
FILES_OF_SECRETS = (
    *(".env", "app/.env.local", ".ENV", "deploy.pem", "keys/server.key", "id_rsa", "home/.ssh/id_ed25519", ".netrc"),
    *(".pgpass", "credentials", "aws/credentials.json", "secrets.toml", "config/secrets.yaml", ".npmrc", "x.tfvars"),
)


@pytest.fixture(autouse=True)
def _no_settings_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def test_files_of_secrets_never_enter_and_are_named(tmp_path: Path):
    commit_files(tmp_path, dict.fromkeys((*FILES_OF_SECRETS, "train.py"), "before\n"))
    write_files(tmp_path, dict.fromkeys((*FILES_OF_SECRETS, "train.py"), f"after {SECRET[:6]}\n"))
    write_files(tmp_path, {"train.py": "after\n", "new.pem": SECRET})
    git(tmp_path, "add", "--force", "new.pem")

    diff = uncommitted_changes(tmp_path / "app")

    assert diff is not None
    assert "+after" in diff
    assert SECRET[:6] not in diff
    assert [line for line in diff.splitlines() if line.startswith("diff --git")] == ["diff --git a/train.py b/train.py"]
    assert remarks_on(diff) == [
        f"uncommitted changes are not recorded of {name!r}, a file of secrets"
        for name in sorted((*FILES_OF_SECRETS, "new.pem"))
    ]


def test_a_change_of_secrets_alone_is_said(tmp_path: Path):
    commit_files(tmp_path, {".env": "before\n"})
    write_files(tmp_path, {".env": f"TOKEN={SECRET}\n"})

    assert uncommitted_changes(tmp_path) == "# uncommitted changes are not recorded of '.env', a file of secrets\n"


@pytest.mark.parametrize("form", FORMS)
def test_what_looks_like_a_secret_is_masked_and_said(tmp_path: Path, form: str):
    commit_files(tmp_path, {"train.py": "lr = 0.1\n"})
    write_files(tmp_path, {"train.py": f"lr = 0.2\n# {form.format(SECRET)}\n"})

    diff = uncommitted_changes(tmp_path)

    assert diff is not None
    assert SECRET not in diff or form == "password: two {} words"
    assert "+lr = 0.2" in diff
    [remark] = remarks_on(diff)
    assert "like a secret (***)" in remark


def test_lines_of_a_key_without_its_first_are_masked(tmp_path: Path):
    key = "\n".join(f"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj{number}" for number in range(9))
    commit_files(tmp_path, {"config.txt": f"-----BEGIN PRIVATE KEY-----\n{key}\n"})
    write_files(tmp_path, {"config.txt": f"-----BEGIN PRIVATE KEY-----\n{key.replace('Kj7', SECRET)}\n"})

    diff = uncommitted_changes(tmp_path)

    assert diff is not None
    assert "MIIEvQ" not in diff
    assert SECRET not in diff


def test_an_ordinary_diff_is_recorded_as_it_is(tmp_path: Path):
    commit_files(tmp_path, {"train.py": "num_tokens = 1\n"})
    write_files(tmp_path, {"train.py": "num_tokens = 2\nsha = '8f14e45fceea167a5a36dedd4bea2543f14e45fc'\n"})

    diff = uncommitted_changes(tmp_path)

    assert diff is not None
    assert remarks_on(diff) == []
    assert "+num_tokens = 2\n+sha = '8f14e45fceea167a5a36dedd4bea2543f14e45fc'" in diff


def test_a_long_diff_is_masked_before_it_is_cut(tmp_path: Path):
    commit_files(tmp_path, {"data.txt": "\n"})
    write_files(tmp_path, {"data.txt": f"token={SECRET}\n" + "0123456789abcde\n" * 200_000})

    diff = uncommitted_changes(tmp_path)

    assert diff is not None
    assert SECRET not in diff
    assert MAX_DIFF_BYTES <= len(diff) < MAX_DIFF_BYTES + 200
