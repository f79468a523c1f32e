"""A git repository to start runs from."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def commit_files(folder: Path, files: dict[str, str]) -> None:
    """Make a repository of a folder, with these files committed."""
    git(folder, "init")
    write_files(folder, files)
    git(folder, "add", "--force", ".")
    git(folder, "commit", "-m", "first")


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
