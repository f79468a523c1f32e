"""`requirements.lock` pins every package by hash and names no address."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_lock_holds_no_address_and_no_option():
    bad = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if "://" in line or line[:2] == "--"]
    assert bad == []


def test_every_locked_package_has_a_hash():
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text())
    assert all("--hash=sha256:" in block for block in blocks if "==" in block.partition("\n")[0])


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.match(r"[A-Za-z0-9_.-]+", text).group().lower() for text in wanted}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert names - locked == set()
