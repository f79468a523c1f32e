"""Whatever is asked of whichever runs: no table says what its runs do not, as the store's own fields tell."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from expdb.catalog.reported import reported_runs
from expdb.domain.group import Measure
from expdb.domain.table import TableDefinition
from expdb.errors import ExpdbError
from expdb.report.columns import COLUMNS
from expdb.report.tables.build import build_upright
from expdb.report.tables.plan import plan_of
from expdb.store.store import Store
from tests.store_runs import add_finished

MOST = 48
MODELS = ("resnet_mini", "senet_mini", "vit_mini")
AUGS = (
    *({}, {}, {"aug__cutout_size": 8}, {"aug__color_jitter": 0.4}, {"aug__label_smoothing": 0.1}),
    *({"aug__mixup_alpha": 0.2}, {"aug__preset": "none"}),
)
DESCRIBING = (
    *("model", "model_label", "aug", "aug_label", "dataset", "lr", "epochs", "batch_size", "optimizer"),
    *("kind", "test_limit", "label_smoothing", "settings"),
)
OF_RUNS = (*DESCRIBING, "seed", "status", "name")
MEASURES = ("top1", "test_loss", "train_loss", "train_seconds", "images_per_second", "num_params", "epochs_done")
CHANCY = {"test_loss", "train_loss"}  # ranked measures of which one run says nothing of chance
# What has to be alike for results to be comparable, and which keys of rows it may follow from.
PROTOCOL = {"epochs": {"epochs"}, "test_limit": {"test_limit", "dataset"}, "img_size": {"dataset"}, "precision": set()}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Iterator[Store]:
    """Runs of several models, augmentations and data sets, with seeds; some unfinished, some reported.

    Definitions choose of them at random by id.
    """
    folder: Path = tmp_path_factory.mktemp("mixed")
    rng = np.random.default_rng(0)
    with Store.open(f"sqlite:///{folder}/runs.db") as store:
        while True:
            model, aug = MODELS[rng.integers(3)], AUGS[rng.integers(len(AUGS))]
            dataset = ("digits", "digits", "cifar10")[rng.integers(3)]
            limit = (None, None, None, 100)[rng.integers(4)]
            chosen = {
                "model__name": model, "data__dataset": dataset, "data__test_limit": limit,
                "optim__lr": (0.1, 0.1, 0.2)[rng.integers(3)], "epochs": (2, 2, 2, 3)[rng.integers(4)], **aug,
            }  # fmt: skip
            start = {"num_test_images": limit or {"digits": 360, "cifar10": 10_000}[dataset]}
            start |= {"precision": ("fp32", "fp32", "bf16")[rng.integers(3)], "data_digest": f"{dataset}{limit}"}
            for seed in range(rng.integers(1, 5)):
                last = {name: float(rng.uniform(0.2, 2)) for name in ("train_loss", "test_loss", "train_seconds")}
                status = ("finished",) * 9 + ("running",)
                identity = add_finished(
                    store, seed=seed, top1=round(float(rng.uniform(0.5, 0.95)), 3), last=last, start=start,
                    status=status[rng.integers(10)], **chosen,
                )  # fmt: skip
                if identity == MOST - 8:
                    for run in reported_runs()[:8]:
                        store.add_reported(run)
                    yield store
                    return


def some_of(keys, most=2):
    return st.lists(st.sampled_from(keys), min_size=1, max_size=most, unique=True)


CHANCE = ("top1", "test_loss", "train_loss", "train_seconds")
spreads = {"spread": st.sampled_from(["std", "interval", "none"])}
described = st.fixed_dictionaries({"key": st.sampled_from(DESCRIBING)})
results = st.fixed_dictionaries({"key": st.sampled_from(MEASURES)}, optional=spreads)
comparisons = st.fixed_dictionaries(
    {"key": st.sampled_from(CHANCE), "shows": st.sampled_from(["delta", "interval", "p", "p"])},
    optional={
        "against": st.sampled_from(["baseline", "previous", "first"]),
        "test": st.sampled_from(["welch", "welch", "paired"]),
    },
)
raw_ps = st.fixed_dictionaries(
    {"key": st.sampled_from(CHANCE), "shows": st.just("p"), "adjust": st.just("none"), "against": st.just("first")}
)
choices = described | results | comparisons | raw_ps
chosen_runs = st.sets(st.integers(1, MOST), min_size=2, max_size=MOST)
definitions = st.fixed_dictionaries(
    {
        "name": st.just("t"),
        "columns": st.lists(choices, min_size=1, max_size=4).map(lambda columns: [*columns, {"key": "top1"}]),
        "rows": st.sampled_from(["groups", "groups", "runs"]) | some_of(DESCRIBING),
        "where": st.just("") | st.just("kind = measured") | chosen_runs.map(lambda ids: f"id in {tuple(sorted(ids))}"),
    },
    optional={
        "across": some_of(("dataset", "aug", "lr", "epochs", "model", "test_limit")),
        "section": st.sampled_from(DESCRIBING),
        "cell": st.sampled_from(["one group", "mean of groups"]),
        "sort": some_of(("-top1", "model", "test_loss", "-lr", "dataset", "num_params")),
        "baseline": st.integers(1, MOST).map(lambda number: f"id = {number}") | st.just("id = 1"),
        "labels": st.sampled_from(
            [
                {"resnet_mini": "Net", "senet_mini": "Net"},
                {"crop + flip": "Standard", "crop + flip + Cutout": "Standard"},
                {"digits": "Data", "0.1": "low"},
            ]
        ),
        "emphasis": st.sampled_from(["best", "second"]),
        "rank_reported": st.booleans(),
        "notes": st.booleans(),
        "transpose": st.booleans(),
    },
)


def built(store, values):
    """Build a table; None where the definition is refused.

    What would be refused by itself is left out, and a filter lets the run through that the baseline picks.
    """
    values = dict(values)
    if values["rows"] == "runs":
        values.pop("across", None)
    if isinstance(values["rows"], str):
        values.pop("cell", None)
    if values.get("cell") == "mean of groups":
        values["columns"] = [one for one in values["columns"] if one.get("shows", "value") == "value"]
    if any("shows" in one and one.get("against", "baseline") == "baseline" for one in values["columns"]):
        values.setdefault("baseline", "id = 1")
    if "baseline" in values and values["where"].startswith("id"):
        values = values | {"where": f"({values['where']}) or {values['baseline']}"}
    try:
        plan = plan_of(TableDefinition.model_validate(values))
        return plan, build_upright(store, plan)
    except (ValidationError, ExpdbError):
        return None


def key_of(column):
    """Return the key of a table's column in the catalog."""
    return re.split(r"[.@#]", column.key)[0]


def is_result(column):
    return key_of(column) not in (*DESCRIBING, *OF_RUNS, "changes") and COLUMNS[key_of(column)].measure is not None


def places_of(table, kind):
    return [place for place, column in enumerate(table.columns) if f".{kind}." in column.key.partition("@")[0]]


def shows_value(column):
    return "." not in column.key.partition("@")[0]


def marks_told(table):
    return {note.mark: note.text for note in table.notes if note.mark}


@settings(max_examples=120)
@given(values=definitions)
def test_rows_of_one_section_that_read_alike_are_told_apart_or_a_note_says_in_what_they_differ(mixed, values):
    if (found := built(mixed, values)) is None:
        return
    table = found[1].table
    said = [place for place, column in enumerate(table.columns) if shows_value(column) and not is_result(column)]
    rows = [(row.section, *((row.cells[place].text, row.cells[place].marks) for place in said)) for row in table.rows]
    if len(set(rows)) == len(rows):
        return
    has_text = any(COLUMNS[key_of(table.columns[place])].format == "text" for place in said)
    assert not has_text
    assert not values.get("notes", True) or any(note.text.startswith("Rows read alike") for note in table.notes)


@settings(max_examples=150)
@given(values=definitions)
def test_nothing_is_best_that_is_not_comparable_a_mean_of_groups_or_one_run_of_which_chance_is_unknown(mixed, values):
    if (found := built(mixed, values)) is None:
        return
    plan, upright = found
    table, told = upright.table, marks_told(upright.table)
    runs = {run.id: run for run in mixed.runs("status in (finished, running)")}
    keys = {known.key for known in (*plan.row_keys, *plan.across)}
    fields = defaultdict(set)
    for row in table.rows:
        apart = {
            column.across
            for column, cell in zip(table.columns, row.cells, strict=True)
            for mark in cell.marks
            if not re.search(r"\.(previous|first)\.", column.key)
            and re.search(r"not comparable.*(data|epochs|images|precision|image size)", told.get(mark, ""))
        }
        for column, cell in zip(table.columns, row.cells, strict=True):
            if not cell.rank:
                continue
            assert column.across not in apart, told
            assert not (plan.across and None in apart and not plan.baseline), told
            assert not plan.is_mean
            of = [runs[run_id] for run_id in cell.run_ids]
            if of[0].kind == "reported":
                continue
            assert key_of(column) not in CHANCY or len(of) > 1
            for name, by in PROTOCOL.items():
                if not by & keys:
                    fields[column.key, row.section, of[0].dataset, name] |= {run.fields[name] for run in of}
    assert all(len(states) == 1 for states in fields.values())


def adjusted(ps):
    """Return Holm's p of these, by their places."""
    found, largest = {}, 0.0
    for rank, (place, p) in enumerate(sorted(ps.items(), key=lambda one: one[1])):
        found[place] = largest = max(largest, min(1.0, (len(ps) - rank) * p))
    return found


def base_row(plan, upright, row, against, ids):
    lines = upright.lines
    if against == "baseline":
        return next((line for line in lines if ids & set(line.run_ids)), None)
    if against == "first":
        return next(line for line in lines if line.section == lines[row].section)
    return lines[row - 1] if row and lines[row - 1].section == lines[row].section else None


@settings(max_examples=200)
@given(values=definitions)
def test_a_p_is_of_one_data_set_split_and_unit_and_holm_counts_no_others(mixed, values):
    if (found := built(mixed, values)) is None:
        return
    plan, upright = found
    table = upright.table
    bases = mixed.ids(plan.baseline) if plan.baseline else set()
    raw, printed = {}, {}
    for place in [*places_of(table, "p"), *places_of(table, "interval")]:
        slot = upright.slots[place]
        for number, (row, line) in enumerate(zip(table.rows, upright.lines, strict=True)):
            cell = row.cells[place]
            if cell.value is None:
                continue
            base = base_row(plan, upright, number, slot.choice.against, bases)
            pair = [one.groups[slot.across] if slot.across else one.groups[()] for one in (base, line)]
            of = [mixed.runs(ids=group.run_ids) for group in pair]
            both = [*of[0], *of[1]]
            assert {run.kind for run in both} == {"measured"}
            assert len({run.dataset for run in both}) == 1
            if slot.known.key in ("top1", "test_loss"):
                assert len({(run.fields["test_limit"], run.fields["data_digest"]) for run in both}) == 1
            if slot.known.key == "train_loss":
                assert len({(run.fields["label_smoothing"], run.fields["mixup_alpha"]) for run in both}) == 1
            if place in places_of(table, "p"):
                seen = [mixed.values(group.run_ids, Measure(slot.known.key, "last", True)) for group in pair]
                raw[place, number] = p_of(slot.choice.test, seen, pair)
                printed[place, number] = cell.value
    corrected = {at: p for at, p in raw.items() if upright.slots[at[0]].choice.adjust == "holm"}
    assert printed == pytest.approx(raw | adjusted(corrected))
    counts = {int(n) for note in table.notes for n in re.findall(r"Holm's correction over (\d+) ", note.text)}
    assert counts <= {len(corrected)}


def p_of(test, seen, groups):
    if test == "welch":
        return stats.ttest_ind(*(list(values.values()) for values in seen), equal_var=False).pvalue
    by_seed = [
        {group.seeds[run_id]: value for run_id, value in values.items()}
        for group, values in zip(groups, seen, strict=True)
    ]
    shared = sorted(by_seed[0].keys() & by_seed[1].keys())
    return stats.ttest_rel(*([values[seed] for seed in shared] for values in by_seed)).pvalue


@settings(max_examples=150)
@given(values=definitions)
def test_a_number_is_of_all_runs_of_its_cell_and_these_are_one_group(mixed, values):
    if values["rows"] == "runs" or (values["rows"] == "groups" and "across" not in values):
        values = values | {"rows": ["model"]}
    if (found := built(mixed, values)) is None:
        return
    plan, upright = found
    groups: dict[int, str] = {}
    fall = defaultdict(set)
    for run in mixed.runs((plan.where, "status = finished")):
        keys = (repr(known.value(run.fields)) for known in (*plan.row_keys, *plan.across))
        place = (run.kind, *keys)  # reported runs are never in a cell with measured ones
        group = f"reported {run.id}" if run.kind == "reported" else run.group_digest
        fall[place].add(group)
        groups[run.id] = group
    fields = {run.id: run.fields for run in mixed.runs()}
    for row in upright.table.rows:
        first = fields[row.run_ids[0]]
        own = (first["kind"], *(repr(known.value(first)) for known in plan.row_keys))
        for column, slot, cell in zip(upright.table.columns, upright.slots, row.cells, strict=True):
            if not is_result(column) or cell.value is None or (plan.across and slot.across is None):
                continue
            expected = fall[*own, *map(repr, slot.across or ())]
            if shows_value(column):
                assert {groups[run_id] for run_id in cell.run_ids} == expected
            assert plan.is_mean or len(expected) == 1
            if plan.is_mean and shows_value(column):
                means = defaultdict(list)
                for run_id in cell.run_ids:
                    means[groups[run_id]].append(slot.known.value(fields[run_id]))
                assert cell.value == pytest.approx(np.mean([np.mean(values) for values in means.values()]))
                assert (cell.std, cell.n) == (None, len(means))
