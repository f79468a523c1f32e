"""What the source files define at their top, found without importing them: torch and Streamlit take seconds."""

import ast
from functools import cache
from pathlib import Path

import expdb

ROOT = Path(__file__).parents[1]


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names that a file defines: functions, classes with their methods as `Class.method`, variables."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                names |= {name, *(f"{name}.{part.name}" for part in body if isinstance(part, ast.FunctionDef))}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return frozenset(names)


def is_defined(dotted: str) -> bool:
    """Whether a dotted name is a module, a package, or something that one defines: `expdb.store.store.Store.open`."""
    parts = dotted.split(".")
    if parts[0] == "expdb" and parts[-1] in expdb.__all__ and len(parts) == 2:
        return True  # imported when it is used
    for num_parts in range(len(parts), 0, -1):
        place, name = ROOT.joinpath(*parts[:num_parts]), ".".join(parts[num_parts:])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return not name or name in names_in(path)
    return False
