"""What was changed in a repository and not committed: recorded with a run, without files of keys, and masked."""

import subprocess
from pathlib import Path

from expdb.domain.masking.mask import MASK, mask_secrets

MAX_DIFF_BYTES = 1_000_000

# Files that are made to hold secrets, in whatever folder, in small or capital letters.
SECRET_FILES = (
    *(".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", "pgpass.conf", ".pypirc", ".npmrc", ".boto"),
    *("*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.gpg", "*.asc", "*.age"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "credentials*", "*credentials", "*credentials.json"),
    *("secret.*", "secrets.*", "*.secret", "*.secrets", ".htpasswd", ".git-credentials", ".my.cnf", ".s3cfg"),
    *("kubeconfig", "*.tfstate", "*.tfvars", "service[-_]account*.json"),
)
_REMARK = "# "  # begins what is said above a diff, no line of which begins so
# Nothing that the user's configuration of git would run, or write otherwise.
_DIFF = ("diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative")


def uncommitted_changes(folder: Path) -> str | None:
    """Return the changes to tracked files of the repository around a folder, cut at 1 MB; None where there are none.

    Above them stands in lines with a `#` what was left out, and that something was masked.
    """
    diff = ask_git(folder, *_DIFF, "--", ":(top)", *(_pathspec(name, is_excluded=True) for name in SECRET_FILES)) or ""
    changed = ask_git(folder, *_DIFF, "--name-only", "-z", "--", *(_pathspec(name) for name in SECRET_FILES))
    left_out = sorted(filter(None, (changed or "").split("\0")))
    diff = diff[: 2 * MAX_DIFF_BYTES]
    masked = mask_secrets(diff)
    remarks = [f"uncommitted changes are not recorded of {name!r}, a file of secrets" for name in left_out]
    if masked != diff:
        num_places = max(1, masked.count(MASK) - diff.count(MASK))
        places = "1 place that looks" if num_places == 1 else f"{num_places} places that look"
        remarks.append(f"uncommitted changes are recorded without {places} like a secret ({MASK})")
    return "\n".join([*(_REMARK + remark for remark in remarks), masked[:MAX_DIFF_BYTES]]) or None


def remarks_on(diff: str | None) -> list[str]:
    """Return what stands above a recorded diff: that something was left out of it, or masked."""
    remarks: list[str] = []
    for line in (diff or "").splitlines():
        if not line.startswith(_REMARK):
            break
        remarks.append(line.removeprefix(_REMARK))
    return remarks


def ask_git(folder: Path, *arguments: str) -> str | None:
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


def _pathspec(name: str, *, is_excluded: bool = False) -> str:
    """Return how git is told of files of a name, in all folders of the repository."""
    return f":(top,glob,icase{',exclude' if is_excluded else ''})**/{name}"
