"""Whatever a definition asks for, its table is whole or refused in one line."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from expdb.analysis.correctness import correctness_of
from expdb.catalog.reported import reported_runs
from expdb.domain.group import GroupHead, GroupHeads, RunGroup
from expdb.domain.table import Format, TableDefinition
from expdb.errors import ExpdbError, SpecError
from expdb.report.tables.build import build_table, build_upright, check_definition
from expdb.report.tables.explain import explain_table
from expdb.report.tables.plan import plan_of
from expdb.report.writers.render import FORMATS, render
from expdb.store.store import Store
from tests.store_runs import add_finished

SORTS = ("-top1", "model", "-settings.lr", "created_at", "num_params", "-gpu_hours", "settings", "-tags", "git_dirty")
KEYS = (
    "model",
    "dataset",
    "epochs",
    "lr",
    "optimizer",
    "settings.lr",
    "settings.auto_augment",
    "settings.image_size",
    "seed",
    "status",
    "id",
    "created_at",
    "tags",
    "settings",
)
SHOWN = (*KEYS, "changes", "top1", "train_loss", "train_seconds", "gpu_hours", "num_params", "metrics.ap", "best_top1")
ONE_ROW = "lr = 0.1 and dataset = digits and epochs = 2"
FILTERS = (
    *("", "dataset = digits", "kind = reported", "lr = 0.1", ONE_ROW, "id = 3", "seed = 0"),
    *("top1 > 70%", "top1 > 100%", "status = running"),
)
SPECS = tuple(
    {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2, "optim.lr": lr} for lr in (0.1, 0.2, 0.3)
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Iterator[Store]:
    """Runs of every kind and state."""
    folder: Path = tmp_path_factory.mktemp("mixed")
    rng = np.random.default_rng(0)
    with Store.open(f"sqlite:///{folder}/runs.db") as store:
        for run in reported_runs():
            store.add_reported(run)
        for seed in range(2):
            for lr in (0.1, 0.2):
                for dataset in ("digits", "cifar10"):
                    correct = rng.random(200) < 0.6
                    add_finished(
                        store, seed=seed, optim__lr=lr, data__dataset=dataset, top1=float(correct.mean()),
                        correct=correct, start={"device": "cuda", "num_devices": 1 + seed},
                    )  # fmt: skip
        add_finished(store, epochs=5, optim__name="adamw", tags=["x"])
        for status in ("running", "failed", "queued"):
            add_finished(store, seed=7, status=status)
        yield store


choices = st.fixed_dictionaries(
    {"key": st.sampled_from(SHOWN)},
    optional={
        "at": st.sampled_from(["last", "best", "mean-2"]),
        "shows": st.sampled_from(["value", "delta", "interval", "p", "n"]),
        "spread": st.sampled_from(["std", "interval", "none"]),
        "against": st.sampled_from(["baseline", "previous", "first"]),
        "test": st.sampled_from(["welch", "paired", "mcnemar", "bootstrap"]),
        "best": st.sampled_from(["auto", "max", "min", "none"]),
        "under": st.just("group"),
        "unit": st.just("u\nv"),
        "format": st.sampled_from(get_args(Format)),
        "decimals": st.integers(0, 3),
    },
)
definitions = st.fixed_dictionaries(
    {
        "name": st.just("t"),
        "columns": st.lists(choices, min_size=1, max_size=4),
        "rows": st.sampled_from(["groups", "runs"]) | st.lists(st.sampled_from(KEYS), min_size=1, max_size=2),
    },
    optional={
        "where": st.sampled_from(FILTERS),
        "specs": st.lists(st.sampled_from(SPECS), max_size=3),
        "across": st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
        "section": st.sampled_from(KEYS),
        "cell": st.sampled_from(["one group", "mean of groups"]),
        "order": st.dictionaries(
            st.sampled_from(KEYS),
            st.lists(st.sampled_from(["digits", "cifar10", 0.2, "0.1", "sgd", 5, "x", True]), max_size=3),
            max_size=2,
        ),
        "sort": st.lists(st.sampled_from(SORTS), max_size=2),
        "baseline": st.sampled_from([ONE_ROW, *FILTERS]),
        "targets": st.sampled_from([{"top1": "> 60%"}, {"num_params": "< 1M", "train_seconds": "< 2h"}]),
        "marks": st.just([{"where": "tag = x", "mark": "a", "note": "n"}]),
        "emphasis": st.sampled_from(["best", "second", "none"]),
        "clear_only": st.booleans(),
        "rank_reported": st.booleans(),
        "transpose": st.booleans(),
        "keys": st.dictionaries(st.sampled_from(["a", "한 글"]), st.sampled_from([ONE_ROW, *FILTERS])),
        "missing": st.just("n\n/a"),
        "footnotes": st.just(["on one\nGPU"]),
    },
)


@settings(max_examples=150)
@given(values=definitions)
def test_a_table_is_whole_or_refused_in_one_line(mixed, values):
    try:
        definition = TableDefinition.model_validate(values)
    except ValidationError:
        return
    try:
        check_definition(mixed, definition)
        table = build_table(mixed, definition, correct=correctness_of(mixed))
    except ExpdbError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "\n" not in refusal
        return

    assert all(len(row.cells) == len(table.columns) for row in table.rows)
    assert len({column.key for column in table.columns}) == len(table.columns)
    shown = {mark for row in table.rows for cell in row.cells for mark in cell.marks}
    headed = {mark for column in table.columns for mark in column.marks}
    told = [note.mark for note in table.notes if note.mark]
    assert len(set(told)) == len(told)
    assert set(told) == shown | headed
    texts = [cell.text for row in table.rows for cell in row.cells] + [note.text for note in table.notes]
    texts += [heading for column in table.columns for heading in (column.heading, column.under or "")]
    assert not any(char in text for text in texts for char in "\n\r\t")
    assert all(cell.rank == 0 or cell.value is not None for row in table.rows for cell in row.cells)
    for form in FORMATS.keys() - {"macros"}:
        assert render(table, form).endswith("\n")
    assert "\n" not in table.key_problem
    with suppress(SpecError):  # rows or columns that no text can tell apart
        assert render(table, "macros").endswith("\n")
    assert explain_table(mixed, definition).startswith("t\n")


@settings(max_examples=200)
@given(values=definitions)
def test_no_number_stands_in_a_cell_of_several_groups_unless_it_is_their_mean(mixed, values):
    keyed = {"rows": ["dataset"], "sort": [], "emphasis": "best", "clear_only": False, "missing": "–"}
    try:
        plan = plan_of(TableDefinition.model_validate(values | keyed))
        built = build_upright(mixed, plan)
    except (ValidationError, ExpdbError):
        return

    for line, row in zip(built.lines, built.table.rows, strict=True):
        for slot, cell in zip(built.slots, row.cells, strict=True):
            several = line.several.get(slot.across or ())
            if plan.is_mean:
                assert cell.rank == 0 or slot.measure is None
                assert cell.std is None
                assert "±" not in cell.text
            elif several is not None and slot.is_of_one_group:
                assert (cell.value, cell.text, cell.rank) == (None, "–", 0)
                assert bool(cell.marks) == plan.notes


class _Whole:
    """A store that reads all groups whole, and takes their heads from there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def heads(self, where, measures, *, fields, is_single=False):
        if not is_single:
            groups = self._store.groups(where, measures)
        else:
            groups = [
                RunGroup(run=run, seeds={run.id: run.fields["seed"]}, samples={}) for run in self._store.runs(where)
            ]
        left_out = Counter(status for group in groups for status in group.left_out.values())
        heads = [
            GroupHead(
                key=f"run {group.run.id}" if is_single else group.key,
                fields=group.run.fields,
                newest=group.run.id,
                oldest=group.oldest,
                num_runs=len(group.seeds),
                means=tuple(group.run.fields[one.field] for one in measures) if is_single else group.means_of(measures),
            )
            for group in groups
            if group.seeds
        ]
        return GroupHeads(heads=tuple(sorted(heads, key=lambda head: head.oldest)), left_out=left_out)


@settings(max_examples=300)
@given(values=definitions, limit=st.sampled_from([0, 1, 3, 100]))
def test_a_table_is_the_same_whether_all_groups_are_read_whole_or_few(mixed, values, limit):
    try:
        definition = TableDefinition.model_validate(values | {"limit": limit})
    except ValidationError:
        return
    tables = []
    for source in (mixed, _Whole(mixed)):
        try:
            tables.append(build_table(source, definition))
        except ExpdbError as error:
            tables.append(str(error))

    assert tables[0] == tables[1]


@settings(max_examples=150)
@given(values=definitions, limit=st.integers(1, 6))
def test_a_limit_takes_the_first_rows_and_the_baseline(mixed, values, limit):
    plain = {"emphasis": "none", "transpose": False, "notes": False, "marks": [], "section": None}
    try:
        definition = TableDefinition.model_validate(values | plain)
        whole = build_table(mixed, definition)
        cut = build_table(mixed, definition.model_copy(update={"limit": limit}))
    except (ValidationError, ExpdbError):
        return

    rows = [row.run_ids for row in whole.rows]
    base = mixed.ids(definition.baseline) if definition.baseline else set()
    is_there = bool(definition.across) and any(base & set(ids) for ids in rows[:limit])  # or a column is the baseline
    expected = [ids for place, ids in enumerate(rows) if place < limit or (base & set(ids) and not is_there)]
    assert [row.run_ids for row in cut.rows] == expected
    assert cut.num_more == len(rows) - len(expected)
