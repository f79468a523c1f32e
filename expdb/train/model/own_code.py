"""A name for the user's own code that a network is built by: equal source, equal digest.

It covers the Python source of the module that is named, of the packages it lies in, of the module of every class in the
network, and of what these import, wherever in the text, as far as that is neither Python's own nor installed. Comments,
docstrings and line breaks count for nothing, nor does where the files lie or what else is loaded. Not covered are data
files, compiled extensions, and what is imported by a name that the program makes up, unless a class of the network is
of it.
"""

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

from torch import nn

from expdb.domain.source_digest import code_digest_of
from expdb.errors import SpecError

_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))

_MOST_KEPT = 2048  # sources whose imports are kept, for every run asks again

# A module computes what its file said when it was loaded, whatever the file says now.
_sources: "WeakKeyDictionary[ModuleType, tuple[Path, bytes]]" = WeakKeyDictionary()


def own_code_digest(arch: str, model: nn.Module) -> str:
    """Return 16 hex digits that name the code of `package.module:function`, which has built this network.

    Raises:
        SpecError: the source of a module cannot be read.
    """
    named = arch.partition(":")[0]
    top = named.partition(".")[0]
    sources = _sources_of([named, *sorted({type(module).__module__ for module in model.modules()})], top)
    hasher = hashlib.sha256()
    for name, source in sorted(sources.items()):
        hasher.update(f"{name} {code_digest_of(source)}\n".encode())
    return hasher.hexdigest()[:16]


def edited_since_loaded() -> list[Path]:
    """Return the files of own code that are not what this process loaded any more."""
    return sorted(path for path, source in list(_sources.values()) if not path.is_file() or path.read_bytes() != source)


def _sources_of(names: Iterable[str], top: str) -> dict[str, bytes]:
    """Return the sources of own modules by name: of these, and of all that they import."""
    found: dict[str, bytes] = {}
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        spec = _spec_of(name)
        if spec is None or spec.origin is None or not _is_own(name, spec.origin, top):
            continue
        waiting += [name.rpartition(".")[0]] if "." in name else []
        if not spec.origin.endswith(".py"):
            continue
        source = found[name] = _source(name, Path(spec.origin))
        waiting += _imported(source, name, is_package=spec.submodule_search_locations is not None)
    return found


def _source(name: str, path: Path) -> bytes:
    """Return the source of a module as it was when it was loaded, or is, where nobody loaded it."""
    module = sys.modules.get(name)
    if module is not None and module in _sources:
        return _sources[module][1]
    try:
        source = path.read_bytes()
    except OSError as error:
        raise SpecError(
            f"own code {str(path)!r} cannot be read: {error.strerror}; it is recorded by a digest"
        ) from error
    if module is not None:
        _sources[module] = (path, source)
    return source


def _spec_of(name: str) -> ModuleSpec | None:
    """Return how a module was loaded, or would be; nothing is loaded. None: there is no such module."""
    if name in sys.builtin_module_names:
        return None
    if name in sys.modules:
        return getattr(sys.modules[name], "__spec__", None)
    parent = name.rpartition(".")[0]
    if not parent:
        return PathFinder.find_spec(name, [str(Path.cwd()), *sys.path])
    above = _spec_of(parent)
    places = None if above is None else above.submodule_search_locations
    return None if places is None else PathFinder.find_spec(name, list(places))


def _is_own(name: str, origin: str, top: str) -> bool:
    """Tell whether a module is of the user's own code: of the named package, or neither Python's nor installed."""
    first, path = name.partition(".")[0], Path(origin).resolve()
    if first in (top, "expdb") or not path.is_file():  # what is frozen into Python has no file
        return first == top
    return not any(path.is_relative_to(folder) for folder in _STANDARD) and not _INSTALLED & set(path.parts)


def _imported(source: bytes, name: str, *, is_package: bool) -> Iterator[str]:
    """Yield the names of what a source imports, perhaps: of `from a import b`, b may be a module or not."""
    package = name if is_package else name.rpartition(".")[0]
    for node in _imports_in(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


@lru_cache(maxsize=_MOST_KEPT)
def _imports_in(source: bytes) -> Sequence[ast.Import | ast.ImportFrom]:
    try:
        return [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    except (SyntaxError, ValueError):
        return ()
