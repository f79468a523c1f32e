"""Where and from what code a run starts: commit, uncommitted changes, host, versions.

Environment variables are never recorded, and the secrets of the command line are masked.
"""

import getpass
import platform
import socket
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from expdb.domain.masking.mask import mask_command
from expdb.domain.run import Environment
from expdb.launch.git_diff import ask_git, uncommitted_changes


def collect_environment(command: Sequence[str], *, folder: Path) -> Environment:
    """Describe this process: `command` as typed, the git repository around `folder`, host, user and versions."""
    commit = ask_git(folder, "rev-parse", "HEAD")
    return Environment(
        command=mask_command(command),
        git_commit=commit,
        git_dirty=bool(ask_git(folder, "status", "--porcelain")) if commit else None,
        git_diff=uncommitted_changes(folder) if commit else None,
        host=socket.gethostname(),
        user=_user(),
        python_version=platform.python_version(),
        packages=_packages(),
    )


def _packages() -> dict[str, str]:
    described = (dist.metadata for dist in distributions())  # read once: `name` and `version` would read it each
    return {about["Name"]: about["Version"] for about in described if about["Name"]}


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
