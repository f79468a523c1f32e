"""What every command prints with `--json`, held against the schema that the reference gives."""

import json
import math
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from jsonschema import Draft202012Validator

from expdb.cli.main import make_app
from expdb.domain.events import Logged, PointsLogged
from expdb.store.store import Store
from tests.analysis_results import analysis_result
from tests.cli.conftest import Cli
from tests.factories import tracked_start
from tests.store.events import epoch, failed, running, started
from tests.store_runs import add_finished, add_seeds

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
MADE = runpy.run_path(str(ROOT / "docs" / "json_schemas.py"))
REPORT = """\
# A study

## CIFAR-10

| Model | Top-1 | Latency (ms) |
|---|---|---|
| ResNet50 | 95.1 ± 0.2 | 4.1 |
| SENet50 | 95.5 / 95.9 | 4.2 |
"""
TABLE = """\
name = "mine"
where = "group = tour"
columns = ["model_label", {key = "top1", spread = "interval"}, "seed", "tags", {key = "top1", shows = "p"}]
baseline = "model = resnet_mini"
section = "dataset"
"""
LOGGED = """\
name = "logged"
where = "kind = tracked"
rows = "runs"
columns = ["model", "settings.width", "settings.betas", "metrics.test/miou", "top1"]
"""
# By command, what is typed after it: all that changes what is printed.
TYPED: dict[str, list[list[str]]] = {
    "analyze": [["analyze"], ["analyze", "shift"], ["analyze", "shift", "predicted"]],
    "augs": [["augs"]],
    "check": [["check", "study.md"], ["check", "study.md", "--allow-empty"]],
    "claims": [["claims"], ["claims", "K1"]],
    "datasets": [["datasets"]],
    "db backup": [
        *(["db", "backup", "copy.db", "--dry-run"], ["db", "backup", "copy.db"]),
        ["db", "backup", "whole.db", "--with-artifacts"],
    ],
    "db gc": [["db", "gc", "--dry-run"], ["db", "gc", "--yes"]],
    "db merge": [["db", "merge", "other.db", "--dry-run"], ["db", "merge", "other.db"]],
    "db sync": [["db", "sync", "--dry-run"], ["db", "sync"]],
    "diff": [["diff", "1", "2"], ["diff", "script", "resumed"], ["diff", "1", "152"], ["diff", "147", "152"]],
    "evaluate": [
        ["evaluate", "141", "--dataset", "digits", "--dry-run"],
        ["evaluate", "141-142", "--dataset", "digits", "--dry-run"],
    ],
    "fill": [["fill", "demo", "--dry-run"], ["fill", "tour", "--seeds", "4", "--dry-run"]],
    "import claims": [["import", "claims"], ["import", "claims", "--dry-run"]],
    "import papers": [["import", "papers"], ["import", "papers", "--dry-run"]],
    "import report": [
        *(["import", "report", "study.md", "--dry-run"], ["import", "report", "study.md"]),
        ["import", "report", "study.md"],
    ],
    "ls": [["ls"], ["ls", "--where", "epochs = 77"], ["ls", "--all"]],
    "models": [["models", "resnet"]],
    "papers": [["papers"]],
    "recipes": [["recipes"], ["recipes", "auto"]],
    "restore": [["restore", "1", "--dry-run"]],
    "rm": [
        *(["rm", "1", "--dry-run"], ["rm", "1"]),
        *(["rm", "152", "--purge", "--dry-run"], ["rm", "152", "--purge", "--yes"]),
    ],
    "run": [
        ["run", "--dataset", "digits", "--model", "resnet_mini", "--dry-run"],
        ["run", "--dataset", "digits", "--model", "resnet_mini", "--seeds", "4,5", "--dry-run"],
    ],
    "show": [
        ["show", "1"],
        ["show", "152"],
        ["show", "failing"],
        ["show", "waiting"],
        ["show", "resumed"],
        ["show", "predicted", "--per-class"],
        ["show", "predicted", "--per-class", "--confusion"],
    ],
    "table": [
        ["table", "tour"],
        ["table", "report-1"],
        ["table", "vit-comer-modules"],
        ["table", "mine"],
        ["table"],
        ["table", "logged"],
    ],
    "tables": [["tables"]],
    "tables history": [["tables", "history", "tour"]],
}


def commands_with_json() -> set[str]:
    def walk(command: Any, path: tuple[str, ...]) -> set[str]:
        below = getattr(command, "commands", {})
        own = {" ".join(path)} if any("--json" in option.opts for option in command.params) else set()
        return own.union(*(walk(inner, (*path, name)) for name, inner in below.items()))

    return walk(typer.main.get_command(make_app()), ())


def test_every_command_that_prints_json_has_a_schema_and_is_run_here():
    assert commands_with_json() == MADE["OUTPUTS"].keys() == TYPED.keys()


def test_the_schemas_of_the_reference_are_what_the_code_says():
    made = {MADE["file_of"](command): MADE["written"](schema) for command, schema in MADE["schemas"]().items()}

    assert {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()} == made, "run: make docs"


@pytest.mark.parametrize("command", MADE["OUTPUTS"])
def test_a_schema_is_one_and_names_every_key_of_its_objects(command: str):
    schema = json.loads((SCHEMAS / MADE["file_of"](command)).read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)
    assert [name for name, part in objects(schema, "") if "additionalProperties" not in part] == []
    assert schema["description"]


def objects(part: Any, place: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects with keys of a schema, by where they stand in it."""
    if isinstance(part, list):
        return [found for number, inner in enumerate(part) for found in objects(inner, f"{place}/{number}")]
    if not isinstance(part, dict):
        return []
    own = [(place, part)] if part.get("type") == "object" and "properties" in part else []
    return own + [found for key, inner in part.items() for found in objects(inner, f"{place}/{key}")]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, with runs that ended otherwise."""
    path = tmp_path_factory.mktemp("json") / "runs.db"
    shutil.copy(ROOT / "runs.db.example", path)
    with Store.open(f"sqlite:///{path}") as store:
        add_finished(store, status="queued", name="waiting")
        add_finished(store, status="failed", name="failing", model__name="senet_mini", last={"test_loss": None})
        add_seeds(store, [0.5, 0.6], group="contended", last={"cpu_seconds": 1.0, "cpu_wait_seconds": 9.0})
        predicted = add_finished(store, name="predicted", correct=np.arange(20) % 3 > 0)
        store.analyses.save(predicted, analysis_result("shift"), epoch=1)
        run_id = running(store, epochs=3)
        store.record(run_id, started(picture_counts={"turned": 2}))
        for number in (1, 2):
            store.record(run_id, epoch(number))
        store.record(run_id, failed(status="killed", reason="interrupted"))
        store.resume_run(run_id, store.run(run_id).environment)
        store.record(run_id, started(first_epoch=2))
        store.record(run_id, epoch(2))
        store.edits.rename(run_id, "resumed")
        script = store.tracked.add(tracked_start(name="script", settings={"width": 16, "betas": [0.9, 0.999]}))
        store.tracked.begin(script, store.run(run_id).environment)
        rows = (Logged(1, None, {"top1": 0.5, "test/miou": 0.25}), Logged(None, 10, {"loss": math.nan}))
        store.record(script, PointsLogged(rows=rows))
    return path


@pytest.mark.parametrize("command", TYPED)
def test_what_a_command_prints_is_what_its_schema_says(cli: Cli, database: Path, tmp_path: Path, command: str):
    shutil.copy(database, tmp_path / "runs.db")
    shutil.copytree(database.parent / "runs.artifacts", tmp_path / "runs.artifacts")
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        add_seeds(other, [0.1, 0.2])
    (tmp_path / "study.md").write_text(REPORT, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "logged.toml").write_text(LOGGED, encoding="utf-8")
    for file in ("mine.toml", "logged.toml"):
        assert cli("tables", "add", file).code == 0
    (tmp_path / "runs.artifacts" / "f00").mkdir(parents=True, exist_ok=True)
    schema = Draft202012Validator(json.loads((SCHEMAS / MADE["file_of"](command)).read_text(encoding="utf-8")))

    for typed in TYPED[command]:
        done = cli(*typed, "--json")

        assert done.code in (0, 1, 3), done
        wrong = [f"{error.json_path}: {error.message}" for error in schema.iter_errors(json.loads(done.out))]
        assert wrong == [], typed


def test_results_by_class_are_what_the_schema_of_show_says(cli: Cli, tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        run_id = add_finished(store, correct=np.arange(40) % 3 > 0)
    schema = Draft202012Validator(json.loads((SCHEMAS / "show.json").read_text(encoding="utf-8")))

    for options in (["--per-class"], ["--confusion"], ["--per-class", "--confusion"]):
        done = cli("show", str(run_id), *options, "--json")
        assert [error.message for error in schema.iter_errors(json.loads(done.out))] == []


def test_a_key_that_a_schema_does_not_name_is_found(cli: Cli, database: Path, tmp_path: Path):
    shutil.copy(database, tmp_path / "runs.db")
    schema = Draft202012Validator(json.loads((SCHEMAS / "ls.json").read_text(encoding="utf-8")))
    listed = json.loads(cli("ls", "--json").out)

    listed[0]["extra"] = 1
    del listed[1]["top1"]

    assert [error.json_path for error in schema.iter_errors(listed)] == ["$[0]", "$[1]"]
