"""Settings that have no column: found, sorted and read like any other, on every back end."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from expdb.domain.codec import spec_to_json
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import RunSpec
from expdb.store.judged_status import IN_SPEC
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.test_reported_rows import ROW

# Of each a value that is not its default, and that value as it stands in tables and filters where it is another one.
OTHERWISE: dict[str, tuple[Any, Any]] = {
    "channels": (1, 1),
    "train_limit": (100, 100),
    "verify": ("headers", "headers"),
    "max_megapixels": (50.5, 50.5),
    "weights_digest": ("0123456789abcdef", "0123456789abcdef"),
    "model_kwargs": ({"b": "ü", "a": 1}, '{"a":1,"b":"ü"}'),
    "grad_checkpointing": (True, True),
    "nesterov": (False, False),
    "betas": ((0.8, 0.95), "0.8:0.95"),
    "decay_norm_and_bias": (False, False),
    "decay_epochs": (3, 3),
    "patience": (4, 4),
    "decay_share": (0.25, 0.25),
    "momentum_range": ((0.8, 0.9), "0.8:0.9"),
    "distill_weight": (0.25, 0.25),
    "distill_temperature": (2.0, 2.0),
    "amp": (False, False),
    "compiled": (True, True),
    "cuda_graphs": (True, True),
    "loss": ("bce", "bce"),
    "bce_threshold": (0.2, 0.2),
}
USUAL, CHANGED, REPORTED, VERSION_1, VERSION_2 = range(1, 6)
NO_SETTING_IN_VERSION = {1: ("eval", "distill", "cuda_graphs", "bce_threshold", "loss"), 2: ("eval", "distill")}


def usual(seed: int = 0) -> RunSpec:
    """Return a spec in which each of them is at its default."""
    return make_spec(data__dataset="cifar10", seed=seed)


def all_otherwise() -> RunSpec:
    """Return a spec that has them all at once: more than a person could ask for, and no harm to a store."""
    values = usual().model_dump()
    for name, (value, _) in OTHERWISE.items():
        part, _, key = settings_by_name()[name].key.rpartition(".")
        (values[part] if part else values)[key] = value
    return RunSpec.model_validate(values)


def written_as(version: int, names: tuple[str, ...]) -> str:
    """Return a spec as an older version wrote it: without these settings, and without any that has no column."""
    values: dict[str, Any] = json.loads(spec_to_json(usual())) | {"version": version}
    for name in IN_SPEC:
        part, _, key = settings_by_name()[name].key.rpartition(".")
        (values[part] if part else values).pop(key)
    return json.dumps({key: value for key, value in values.items() if key not in names}, sort_keys=True)


@pytest.fixture(scope="module")
def filled(shared_store: Store) -> Store:
    """A usual run, one with all settings at other values, a reported row, and runs with specs of versions 1 and 2."""
    shared_store.add_run(usual())
    shared_store.add_run(all_otherwise())
    shared_store.add_reported(ROW)
    for seed in (1, 2):
        shared_store.add_run(usual(seed))
    with shared_store._database.writing() as connection:
        for run_id, version in ((VERSION_1, 1), (VERSION_2, 2)):
            text = written_as(version, NO_SETTING_IN_VERSION[version])
            write = sa.text("UPDATE runs SET spec_json = :text WHERE id = :id")
            connection.execute(write, {"text": text, "id": run_id})
    return shared_store


def test_each_of_them_is_tested_here() -> None:
    assert set(OTHERWISE) == set(IN_SPEC)


@pytest.mark.parametrize("name", IN_SPEC)
def test_setting_in_the_spec_is_found_by_its_value(filled: Store, name: str) -> None:
    default, changed = settings_by_name()[name].default, OTHERWISE[name][1]
    written = {True: "yes", False: "no"}[changed] if isinstance(changed, bool) else f"'{changed}'"
    assert filled.ids(f"{name} = {written}") == {CHANGED}
    usual = {USUAL, VERSION_1, VERSION_2}
    assert filled.ids(f"{name} = null") == {REPORTED} | (usual if default is None else set())
    assert filled.ids(f"{name} != null") == {CHANGED} | (set() if default is None else usual)


@pytest.mark.parametrize("name", IN_SPEC)
def test_setting_in_the_spec_is_read_alike_however_a_run_is_read(filled: Store, name: str) -> None:
    default = settings_by_name()[name].default
    known = {
        USUAL: settings_by_name()[name].of(usual()),
        CHANGED: OTHERWISE[name][1],
        REPORTED: None,
        VERSION_1: default,
        VERSION_2: default,
    }

    assert {run.id: run.fields[name] for run in filled.runs()} == known
    assert {run_id: filled.run(run_id).fields[name] for run_id in known} == known
    assert {part.id: part.fields[name] for part in filled.run_parts("", [name])} == known
    heads = filled.heads("", (), fields=["id", name], is_single=True).heads
    assert {head.fields["id"]: head.fields[name] for head in heads} == known
    assert {type(head.fields[name]) for head in heads} == {type(value) for value in known.values()}


@pytest.mark.parametrize("name", IN_SPEC)
def test_runs_are_sorted_by_a_setting_in_the_spec(filled: Store, name: str) -> None:
    for sort, is_downwards in ((name, False), (f"-{name}", True)):
        values = [run.fields[name] for run in filled.runs(sort=[sort])]
        known = [value for value in values if value is not None]

        assert known == sorted(known, reverse=is_downwards)
        assert values == known + [None] * (len(values) - len(known))
