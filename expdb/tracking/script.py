"""The script or notebook that tracks: how it was called, where it lies, and a name for its code."""

import hashlib
import os
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Final

from expdb.domain.source_digest import code_digest_of

_INSTALLED: Final = {"site-packages", "dist-packages"}
_STANDARD: Final = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
_MOST_BYTES: Final = 4_000_000  # of one source


def script_command() -> list[str]:
    """Return the words of the command that started this process; of a notebook its name."""
    notebook = _notebook()
    if notebook is not None:
        return ["jupyter", "execute", notebook] if notebook else ["jupyter"]
    first, *rest = sys.orig_argv or ["python"]
    return [Path(first).name, *rest]


def script_folder() -> Path:
    """Return the folder of the script; the working folder for what is installed, typed in, or a notebook.

    A working folder that was removed is in no repository: then it is the root.
    """
    script = _main_file()
    if script is not None and _is_own(script):
        return script.parent
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def script_code_digest() -> str | None:
    """Return 16 hex digits that name the script and what it has loaded from its folder so far; None: no file has it.

    Comments and line breaks count for nothing.
    """
    script = _main_file()
    if script is None or not _is_own(script):
        return None
    sources = {path: path.relative_to(script.parent) for path in _loaded_below(script.parent)}
    sources[script] = Path(script.name)
    hasher = hashlib.sha256()
    for path, shown in sorted(sources.items(), key=lambda item: item[1].as_posix()):
        try:
            source = path.read_bytes()
        except OSError:
            return None
        hasher.update(f"{shown.as_posix()} {code_digest_of(source)}\n".encode())
    return hasher.hexdigest()[:16]


def _loaded_below(folder: Path) -> list[Path]:
    """Return the source files below a folder that were loaded and are not installed."""
    found: list[Path] = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) if isinstance(module, ModuleType) else None
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        path = _resolved(file)
        if path is None:
            continue
        if path.is_relative_to(folder) and _is_own(path) and path.is_file() and path.stat().st_size <= _MOST_BYTES:
            found.append(path)
    return found


def _main_file() -> Path | None:
    """Return the file that this process began with; None: there is none, as in a notebook."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str) or _is_ipython():
        return None
    path = _resolved(file)
    return path if path is not None and path.is_file() else None


def _resolved(file: str) -> Path | None:
    """Return where a file is; None of one that is named from a working folder which was removed."""
    try:
        return Path(file).resolve()
    except FileNotFoundError:
        return None


def _is_own(path: Path) -> bool:
    return not any(path.is_relative_to(folder) for folder in _STANDARD) and not _INSTALLED & set(path.parts)


def _is_ipython() -> bool:
    return hasattr(sys.modules.get("__main__"), "get_ipython") or "get_ipython" in vars(sys.modules["builtins"])


def _notebook() -> str | None:
    """Return the name of the notebook that runs here; empty where it has none that is known, None: it is none."""
    if "ipykernel" not in sys.modules or not _is_ipython():
        return None
    path = getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None) or os.environ.get("JPY_SESSION_NAME", "")
    return Path(str(path)).name
