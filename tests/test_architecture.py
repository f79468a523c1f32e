"""The architecture as failing tests (the layers themselves: `make lint`, import-linter)."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from expdb.cli import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "torchvision", "timm", "sqlalchemy", "alembic", "pandas", "plotly", "streamlit", "sklearn", "numpy"}


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_command_line_starts_without_heavy_imports():
    assert not HEAVY & modules_after("from expdb.cli import make_app; make_app()")


def test_a_command_starts_without_what_the_others_import():
    assert not (HEAVY | {"pydantic"}) & modules_after("from expdb.cli import make_app; make_app('dashboard')")


@pytest.mark.parametrize("module", COMMANDS)
def test_every_command_is_found_in_its_module(module: str):
    app = typer.Typer()
    app.callback()(lambda: None)
    import_module(f"expdb.cli.commands.{module}").register(app)

    assert tuple(typer.main.get_command(app).commands) == COMMANDS[module]


def test_importing_the_package_imports_nothing_else():
    assert not (HEAVY | {"pydantic", "typer", "rich"}) & modules_after("import expdb")


def test_listing_runs_imports_neither_torch_nor_alembic(tmp_path: Path):
    code = f"""
from expdb.cli import main
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
from expdb.cli import main
try:
    main(["--db", {str(database)!r}, "table", "--where", "kind = measured"])
except SystemExit:
    pass
"""
    assert not {"numpy", "scipy", "pandas", "torch", "plotly"} & modules_after(code)


@pytest.mark.parametrize("package", ["expdb", "dashboard", "migrations"])
def test_no_file_is_longer_than_400_lines(package: str):
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / package).rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_create_engine_stands_in_one_file():
    users = [path for path in (ROOT / "expdb").rglob("*.py") if "create_engine(" in path.read_text(encoding="utf-8")]
    assert users == [ROOT / "expdb" / "store" / "database" / "engine.py"]
