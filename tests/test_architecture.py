"""The architecture as failing tests (the layers themselves: `make lint`, import-linter)."""

import ast
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import typer

from expdb.cli.main import COMMANDS, make_app

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "torchvision", "timm", "sqlalchemy", "alembic", "pandas", "plotly", "streamlit", "sklearn", "numpy"}


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_command_line_starts_without_heavy_imports():
    assert not HEAVY & modules_after("from expdb.cli.main import make_app; make_app()")


def test_a_command_starts_without_what_the_others_import():
    assert not (HEAVY | {"pydantic"}) & modules_after("from expdb.cli.main import make_app; make_app('dashboard')")


@pytest.mark.parametrize("module", COMMANDS)
def test_every_command_is_found_in_its_module(module: str):
    app = typer.Typer()
    app.callback()(lambda: None)
    import_module(f"expdb.cli.commands.{module}").register(app)

    assert tuple(typer.main.get_command(app).commands) == COMMANDS[module]


def test_the_help_shows_at_most_thirty_commands():
    shown = [name for name, command in typer.main.get_command(make_app()).commands.items() if not command.hidden]

    assert len(shown) <= 30


def test_importing_the_package_imports_nothing_else():
    assert not (HEAVY | {"pydantic", "typer", "rich"}) & modules_after("import expdb")


def test_listing_runs_imports_neither_torch_nor_alembic(tmp_path: Path):
    code = f"""
from expdb.cli.main import main
try:
    main(["--db", {str(tmp_path / "runs.db")!r}, "tables"])
except SystemExit:
    pass
"""
    assert not {"torch", "timm", "alembic", "pandas", "streamlit"} & modules_after(code)


def test_printing_a_table_imports_nothing_that_only_some_tables_need(tmp_path: Path):
    database = tmp_path / "runs.db"
    shutil.copy(ROOT / "runs.db.example", database)
    code = f"""
from expdb.cli.main import main
try:
    main(["--db", {str(database)!r}, "table", "--where", "kind = measured and dataset = digits"])
except SystemExit:
    pass
"""
    assert not {"numpy", "scipy", "pandas", "torch", "plotly"} & modules_after(code)


@pytest.mark.parametrize("package", ["expdb", "dashboard", "migrations"])
def test_no_file_is_longer_than_400_lines(package: str):
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / package).rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


MOST_MODULES, MOST_IMPORTS = 24, 8


def modules_by_folder() -> dict[Path, list[Path]]:
    folders: dict[Path, list[Path]] = {}
    for package in ("expdb", "dashboard"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "__init__.py":
                folders.setdefault(path.parent, []).append(path)
    return folders


def longest_chain(modules: list[Path]) -> int:
    """Return how many modules of one folder stand on each other at most, each importing the next."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules}
    imported = {name: imports_of(path) & names.keys() - {name} for name, path in names.items()}

    @cache
    def depth(name: str) -> int:
        return 1 + max(map(depth, imported[name]), default=0)

    return max(map(depth, names))


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_no_folder_has_too_many_modules():
    counts = {str(folder.relative_to(ROOT)): len(modules) for folder, modules in modules_by_folder().items()}
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_no_folder_is_too_deep():
    depths = {str(folder.relative_to(ROOT)): longest_chain(modules) for folder, modules in modules_by_folder().items()}
    assert {folder: depth for folder, depth in depths.items() if depth > MOST_IMPORTS} == {}


def test_the_tests_lie_in_the_folders_of_what_they_test():
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    homes = (ROOT / "expdb", ROOT)  # dashboard and benchmarks have roots of their own

    folders.remove(Path("extras"))  # what needs trainers of others, by make test-extras
    assert [folder for folder in sorted(folders) if not any((home / folder).is_dir() for home in homes)] == []
    for path in (ROOT / "tests").rglob("test_*.py"):
        assert not path.name.startswith(f"test_{path.parent.name}_"), f"{path}: its folder says that already"


# What reads a definition or makes one; everything else of the report is given a plan (`report/tables/plan.py`).
KNOW_DEFINITIONS = {
    "tables/plan.py": "reads it",
    "tables/definition_files.py": "reads and writes its file",
    "compare/side_by_side.py": "makes one of a comparison",
    "check/table_of_headings.py": "makes one of a written table's headings",
}


def test_a_definition_is_read_in_one_place_of_the_report():
    report = ROOT / "expdb" / "report"
    found = {
        path.relative_to(report).as_posix()
        for path in report.rglob("*.py")
        if "expdb.domain.table.TableDefinition" in imports_of(path)
    }

    assert found == KNOW_DEFINITIONS.keys()


def test_create_engine_stands_in_one_file():
    users = [path for path in (ROOT / "expdb").rglob("*.py") if "create_engine(" in path.read_text(encoding="utf-8")]
    assert users == [ROOT / "expdb" / "store" / "database" / "engine.py"]
