"""A setting is stated in one place, its field in `domain/spec.py`: this adds one there, and looks for it everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIELD = """
    pretend: Annotated[float, Shown("Pretend (px)", label="Pretend {}")] = Field(
        0.0, ge=0, description="strength of something that nobody has thought of"
    )
"""
SCRIPT = """
import json, runpy, sys
from expdb.catalog.compose_spec import compose_spec
from expdb.cli.main import main
from expdb.domain.codec import digest, group_digest, spec_to_json
from expdb.domain.table import TableDefinition
from expdb.report.compare.changes import changes
from expdb.report.compare.recorded_differences import recorded_differences
from expdb.catalog.labels import aug_label, settings
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.store.store import Store

url = sys.argv[1]
plain = {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}
specs = compose_spec(plain), compose_spec(plain | {"aug.pretend": 0.25})
with Store.open(url) as store:
    first, second = (store.run(store.add_run(spec)) for spec in specs)
    columns = ("aug_label", "pretend")
    definition = TableDefinition(name="t", rows="runs", columns=columns, sort=("-pretend",), notes=False)
    print(json.dumps({
        "digests": [digest(specs[0]), group_digest(specs[0])],
        "old": Store.runs(store, "id = 1")[0].fields["pretend"],
        "found": sorted(store.ids("pretend > 0.2")),
        "sorted": [run.id for run in store.runs(sort=["-pretend"])],
        "heads": [head.fields["pretend"] for head in store.heads("", (), fields=["pretend"], is_single=True).heads],
        "table": to_markdown(build_table(store, definition)),
        "label": aug_label(second.fields),
        "line": settings(second.fields),
        "told": changes(second, first),
        "recorded": [[one.field, one.a, one.b] for one in recorded_differences(first, second)],
        "reference": runpy.run_path("docs/build.py")["reference"](),
    }))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Return what a copy of the package says in which one field was added, over a database with two runs."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("expdb", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    spec = folder / "expdb" / "domain" / "spec.py"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("\n\nclass OptimSpec", f"{FIELD}\n\nclass OptimSpec", 1), encoding="utf-8")
    (folder / "say.py").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "say.py", f"sqlite:///{folder / 'runs.db'}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_digests_stay_as_they_are(changed: dict):
    from expdb.catalog.compose_spec import compose_spec
    from expdb.domain.codec import digest, group_digest

    spec = compose_spec({"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2})
    assert changed["digests"] == [digest(spec), group_digest(spec)]


def test_filters_sort_and_heads_know_it(changed: dict):
    assert changed["found"] == [2]
    assert changed["sorted"] == [2, 1]
    assert changed["heads"] == [0.0, 0.25]
    assert changed["old"] == 0.0


def test_tables_have_a_column_of_it(changed: dict):
    header, _, first, second = (line.split("|") for line in changed["table"].splitlines()[:4])

    assert [cell.strip() for cell in header[1:3]] == ["Augmentation", "Pretend (px)"]
    assert [cell.strip() for cell in first[1:3]] == ["Pretend 0.25", "0.25"]
    assert [cell.strip() for cell in second[1:3]] == ["crop", "0"]


def test_labels_and_the_line_of_settings_say_it_where_it_is_on(changed: dict):
    assert changed["label"] == "Pretend 0.25"
    assert "Pretend" in changed["line"] or "pretend 0.25" in changed["line"]


def test_differences_name_it(changed: dict):
    assert changed["told"] == "+ pretend 0.25"
    assert ["aug.pretend", 0.0, 0.25] in changed["recorded"]


def test_the_reference_lists_it_as_setting_column_and_filter_field(changed: dict):
    about = "strength of something that nobody has thought of"

    assert f"| `aug.pretend` | `0.0` | {about} |" in changed["reference"]
    assert f"| `pretend` | Pretend (px) | {about} |" in changed["reference"]
    assert "`pretend`" in changed["reference"].partition("Fields: ")[2].partition("\n")[0]
