"""What `import expdb` offers, and what it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import expdb
from tests.cli.commands.test_db_sync import leave_waiting

HEAVY = {"torch", "timm", "sqlalchemy", "alembic", "pandas", "numpy", "pydantic", "typer", "rich", "typing", "logging"}


def test_importing_expdb_imports_nothing_else_and_its_names_are_there():
    code = "import sys; before = set(sys.modules); import expdb; dir(expdb); print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert set(done.stdout.split()) == {"expdb"}


ROOT = Path(expdb.__file__).parents[1]


def test_reading_runs_imports_neither_torch_nor_alembic(tmp_path: Path):
    code = "import sys, expdb; expdb.runs(columns=['id']); expdb.history([1]); expdb.run(1); print(*sys.modules)"
    environment = {"EXPDB_URL": f"{ROOT / 'runs.db.example'}", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not {"torch", "timm", "alembic", "plotly", "streamlit", "typer"} & loaded


def test_every_public_name_is_found_and_listed():
    public = [name for name in expdb.__all__ if name != "__version__"]

    assert sorted(public) == ["history", "run", "runs", "table", "track"]
    assert set(expdb.__all__) <= set(dir(expdb))
    for name in public:
        assert getattr(expdb, name).__name__ == name
        assert getattr(expdb, name) is getattr(expdb, name)
        assert getattr(expdb, name).__doc__
    with pytest.raises(AttributeError, match="module 'expdb' has no attribute 'rnus'"):
        expdb.rnus  # noqa: B018


def test_type_checkers_are_told_the_same_names_and_homes():
    (shown,) = (node for node in ast.parse(Path(expdb.__file__).read_text()).body if isinstance(node, ast.If))
    told = {alias.asname: (node.module, alias.name) for node in shown.body for alias in node.names}

    assert (ROOT / "expdb" / "py.typed").exists()
    assert told == {name: (home, name) for name, home in expdb._HOMES.items()}


def test_what_waits_to_be_recorded_is_warned_of_where_the_reader_asked(tmp_path: Path):
    leave_waiting(tmp_path)
    readers = {
        "runs": lambda: expdb.runs(db=tmp_path / "runs.db"),
        "history": lambda: expdb.history(1, db=tmp_path / "runs.db"),
        "run": lambda: expdb.run(1, db=tmp_path / "runs.db"),
        "table": lambda: expdb.table({"columns": ["top1"]}, db=tmp_path / "runs.db"),
    }

    for read in readers.values():
        with pytest.warns(UserWarning, match="1 attempt waits to be recorded: expdb db sync brings in") as told:
            read()
        assert [warning.filename for warning in told] == [__file__]
