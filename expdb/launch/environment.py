"""Where and from what code a run starts: commit, uncommitted changes, host, versions.

Environment variables are never read here, and passwords inside the command line are masked.
"""

import getpass
import platform
import re
import shlex
import socket
import subprocess
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from expdb.domain.run import Environment

MAX_DIFF_BYTES = 1_000_000
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^/\s]*@")


def collect_environment(command: Sequence[str], *, folder: Path) -> Environment:
    """Describe this process: `command` as typed, the git repository around `folder`, host, user and versions."""
    commit = _git(folder, "rev-parse", "HEAD")
    diff = _git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff") if commit else None
    return Environment(
        command=shlex.join(mask_passwords(word) for word in command),
        git_commit=commit,
        git_dirty=bool(_git(folder, "status", "--porcelain")) if commit else None,
        git_diff=diff[:MAX_DIFF_BYTES] if diff else None,
        host=socket.gethostname(),
        user=_user(),
        python_version=platform.python_version(),
        packages={dist.name: dist.version for dist in distributions() if dist.name},
    )


def mask_passwords(text: str) -> str:
    """Replace the password of every URL in a text by `***`.

    >>> mask_passwords("--db postgresql://ann:s3cret@host/runs")
    '--db postgresql://ann:***@host/runs'
    """
    return _PASSWORD.sub(r"\1***@", text)


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where there is no git, no repository or no answer within 5 s."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip()


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
