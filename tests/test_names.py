"""A public name means one thing in the whole package."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

EXPDB = Path(__file__).parents[1] / "expdb"
# Every module of a kind has one of these, which does the same there.
OF_A_KIND = {
    "main": "begins a program",
    "register": "adds a module's commands to the command line",
    "escape": "makes text safe in a writer's format",
}


def is_type(name: str) -> bool:
    """Tell whether a name is written as types are; constants are all capitals."""
    return name[0].isupper() and name != name.upper()


def names_in(module: Path) -> Iterator[str]:
    """Yield the public classes, functions and names of types that a module defines."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name) and is_type(one.id))


def test_no_two_public_names_are_alike():
    modules = defaultdict(list)
    for module in sorted(EXPDB.rglob("*.py")):
        path = module.relative_to(EXPDB).as_posix()
        if not path.startswith("cli/commands/"):  # their functions are called what people type
            for name in names_in(module):
                modules[name].append(path)

    alike = {name: found for name, found in modules.items() if len(found) > 1 and name[0] != "_"}

    assert {name: found for name, found in alike.items() if name not in OF_A_KIND} == {}
