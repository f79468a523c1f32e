"""Groups of another data set, split or unit are never tested, and say why; others are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expdb.analysis.correctness import correctness_of
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.stats.holm import holm
from expdb.report.tables.build import build_table
from expdb.report.tables.comparisons import compare
from expdb.report.tables.explain import explain_table
from expdb.report.testable import why_apart, why_untested
from expdb.store.store import Store
from tests.factories import make_run
from tests.report.built import column_of, define, general, marked
from tests.store_runs import add_finished, add_seeds

FIELDS = ("top1", "top5", "val_top1", "best_top1", "test_loss", "train_loss", "train_seconds", "eval_seconds")
OF_TEST = {"top1", "top5", "best_top1", "test_loss", "eval_seconds"}


def group_of(run_id, *, n=3, mean=0.5, **values):
    run = make_run(id=run_id, **values)
    samples = {Measure(field=name): Sample(n=n, mean=mean, std=0.01 if n > 1 else None) for name in FIELDS}
    return RunGroup(run=run, seeds={10 * run_id + seed: seed for seed in range(n)}, samples=samples)


runs = st.fixed_dictionaries(
    {
        "dataset": st.sampled_from(["cifar10", "cifar100"]),
        "data_digest": st.sampled_from([None, "a", "b"]),
        "num_test_images": st.sampled_from([None, 100, 200]),
        "test_limit": st.sampled_from([None, 100]),
        "val_fraction": st.sampled_from([0.0, 0.1]),
        "best_by": st.sampled_from(["val", "test"]),
        "kind": st.sampled_from(["measured", "measured", "reported"]),
    }
)


@pytest.fixture(scope="module")
def many_data(tmp_path_factory) -> Iterator[Store]:
    """Runs of one model on two datasets, two parts of the test split, and two data of one name."""
    folder: Path = tmp_path_factory.mktemp("many-data")
    rng = np.random.default_rng(0)
    with Store.open(f"sqlite:///{folder}/runs.db") as opened:
        for dataset, limit, digest in (
            ("digits", None, "a"),
            ("digits", 50, "b"),
            ("digits", None, "c"),
            ("cifar10", None, "d"),
        ):
            for lr in (0.1, 0.2):
                for seed in range(2):
                    correct = rng.random(60) < 0.6 + lr
                    add_finished(
                        opened, seed=seed, optim__lr=lr + (0.01 if digest == "c" else 0), data__dataset=dataset,
                        data__test_limit=limit, correct=correct, top1=float(correct.mean()),
                        start={"data_digest": digest},
                    )  # fmt: skip
        yield opened


@given(a=runs, b=runs, field=st.sampled_from(FIELDS), name=st.sampled_from(["welch", "mcnemar", "bootstrap"]))
def test_no_p_and_no_interval_where_dataset_split_or_unit_differ(many_data, a, b, field, name):
    if name != "welch":
        field = "top1"
    base, group = group_of(1, **a), group_of(2, mean=0.7, **b)
    answers = {10: np.arange(200) % 2 == 0, 20: np.arange(200) % 3 != 0}

    found = compare(group, base, Measure(field=field), name, source=many_data, correct=answers.get)

    def differ(key):
        return None not in (a[key], b[key]) and a[key] != b[key]

    is_apart = a["dataset"] != b["dataset"] or "reported" in (a["kind"], b["kind"])
    is_apart |= field in OF_TEST and (a["test_limit"] != b["test_limit"] or differ("num_test_images"))
    is_apart |= field == "val_top1" and differ("val_fraction")
    is_apart |= field == "best_top1" and differ("best_by")
    # The digest is of all splits: where one of them was cut, it says nothing of the others.
    is_apart |= differ("data_digest") and (a["test_limit"], a["val_fraction"]) == (b["test_limit"], b["val_fraction"])
    assert found is not None
    if is_apart:
        assert found.difference == pytest.approx(0.2)
        assert found.p is None
        assert found.interval is None
        assert found.note
    else:
        assert found.interval is not None or name == "mcnemar"
        assert found.p is not None or name == "bootstrap"


@pytest.mark.parametrize(
    ("field", "values", "reason"),
    [
        ("top1", {"dataset": "cifar10"}, "another dataset"),
        ("train_seconds", {"dataset": "cifar10"}, "another dataset"),
        ("top1", {"test_limit": 100}, "other test images"),
        ("train_loss", {"test_limit": 100}, ""),
        ("test_loss", {"num_test_images": 99}, "other test images"),
        ("top1", {"data_digest": "b"}, "other test images"),
        ("train_loss", {"data_digest": "b"}, "other images"),
        ("top1", {"data_digest": "b", "img_size": 64}, ""),
        ("val_top1", {"val_fraction": 0.2}, "another validation split"),
        ("top1", {"val_fraction": 0.2, "data_digest": "b"}, ""),
        ("best_top1", {"best_by": "test"}, "best epochs chosen on another split"),
        ("top1", {"best_by": "test"}, ""),
        ("train_loss", {"label_smoothing": 0.1}, "another training loss"),
        ("test_loss", {"label_smoothing": 0.1}, ""),
    ],
)
def test_what_sets_values_apart_depends_on_the_measure(field, values, reason):
    known = {
        "num_test_images": 100, "data_digest": "a", "best_by": "val", "val_fraction": 0.1, "label_smoothing": 0.0,
    }  # fmt: skip
    base, group = group_of(1, **known), group_of(2, **{**known, **values})

    assert why_apart(base, group, field) == why_apart(group, base, field) == reason
    assert why_untested(base, group, field) == (f"{reason}: no test" if reason else "")


def test_a_row_whose_own_runs_are_of_two_data_is_not_tested():
    base, group = group_of(1, data_digest="a"), group_of(2, data_digest="a")
    mixed = replace(group, members=(group.run.fields, group.run.changed(id=3, data_digest="b").fields))

    assert why_apart(base, mixed, "top1") == "other images within a row"
    assert why_apart(base, group, "top1") == ""


@pytest.fixture
def two_data(store):
    """Two models on two datasets, three seeds each."""
    for dataset, values in (("digits", [0.80, 0.81, 0.83]), ("cifar10", [0.50, 0.52, 0.53])):
        for model, more in (("resnet_mini", 0.0), ("senet_mini", 0.1)):
            add_seeds(
                store, [value + more for value in values], model__name=model, data__dataset=dataset, data__img_size=32
            )
    return store


P, DELTA, INTERVAL = ({"key": "top1", "shows": shows} for shows in ("p", "delta", "interval"))
BASELINE = {"baseline": "model = resnet_mini and dataset = digits"}


def test_across_datasets_a_table_says_why_instead_of_a_p(two_data):
    table = build_table(two_data, define("dataset", "model", DELTA, P, INTERVAL, **BASELINE))

    assert column_of(table, 2)[2:] == ["-29.67", "-19.67"]  # asked for, and marked
    assert [column_of(table, index)[2:] for index in (3, 4)] == [["–", "–"]] * 2
    for row in table.rows[2:]:
        told = [{marked(table)[mark] for mark in cell.marks} for cell in row.cells[2:]]
        assert told == [{"another dataset: no test"}] * 3
    assert not table.rows[1].cells[2].marks


def test_pairs_that_are_not_tested_do_not_count_in_holms_number(two_data):
    alone = build_table(two_data, define("model", P, where="dataset = digits", **BASELINE))
    beside = build_table(two_data, define("model", P, **BASELINE))

    assert beside.rows[1].cells[1].value == alone.rows[1].cells[1].value
    assert any(note.endswith("against the baseline, the only comparison of this table.") for note in general(beside))


def test_rows_that_are_about_the_dataset_keep_their_notes_and_have_no_p(two_data):
    table = build_table(
        two_data,
        define(
            "dataset", P, rows=["dataset"], where="model = resnet_mini", baseline="dataset = digits", emphasis="none"
        ),
    )

    assert column_of(table, 1) == ["–", "–"]
    assert not any("not comparable" in note.text for note in table.notes)


def test_an_explanation_takes_no_difference_across_datasets(two_data):
    told = explain_table(two_data, define("dataset", "top1", where="model = resnet_mini"))

    assert "top-1 is not compared (another dataset)" in told
    assert "points" not in told.partition("Neighbouring rows")[2]


def test_values_of_two_documents_are_subtracted_with_a_mark():
    base, group = (group_of(number, kind="reported", document=f"paper-{number}") for number in (1, 2))

    assert why_apart(base, group, "metrics.ap") == "another document, maybe another unit"
    assert why_apart(base, base, "metrics.ap") == ""


# Without correction


def test_p_is_printed_as_it_is_on_request_and_the_notes_say_of_how_many(store):
    for lr, values in ((0.1, [0.80, 0.81, 0.83]), (0.2, [0.82, 0.85, 0.84]), (0.3, [0.79, 0.83, 0.80])):
        add_seeds(store, values, optim__lr=lr)

    table = build_table(store, define("lr", {**P, "adjust": "none"}, P, baseline="lr = 0.1"))

    raw = [row.cells[1].value for row in table.rows[1:]]
    assert [row.cells[2].value for row in table.rows[1:]] == pytest.approx(holm(raw))
    assert [column.heading for column in table.columns[1:]] == [
        "Δ Top-1, p (Welch, not corrected)",
        "Δ Top-1, p (Welch)",
    ]
    assert [column.address for column in table.columns[1:]] == ["top1:p:raw", "top1:p"]
    told = general(table)
    assert any("not corrected for being 2 comparisons of this table" in note for note in told)
    assert any("Holm's correction over 2 comparisons of this table" in note for note in told)


def test_a_definition_without_a_wish_about_p_is_stored_as_it_was():
    definition = define("lr", P, baseline="lr = 0.1")

    assert "adjust" not in definition.model_dump_json()
    asked = define("lr", {**P, "adjust": "none"}, baseline="lr = 0.1")
    assert TableDefinition.model_validate_json(asked.model_dump_json()) == asked


def test_only_a_p_can_be_left_without_correction():
    with pytest.raises(ValueError, match="adjust = 'none' is of a p"):
        define("lr", {**DELTA, "adjust": "none"}, baseline="lr = 0.1")


# Tables


@settings(max_examples=60, deadline=None)
@given(
    base=st.integers(1, 16),
    test=st.sampled_from(["welch", "paired", "mcnemar", "bootstrap"]),
    against=st.sampled_from(["baseline", "previous", "first"]),
    rows=st.sampled_from(["groups", "runs", ("dataset", "lr"), ("test_limit", "lr"), ("lr",)]),
    section=st.sampled_from([None, "dataset"]),
)
def test_no_table_prints_a_p_or_interval_across_data(many_data, base, test, against, rows, section):
    shows = {"mcnemar": "p", "bootstrap": "interval"}.get(test)
    columns = [
        {"key": "top1", "shows": one, "test": test, "against": against}
        for one in ("p", "interval")
        if shows in (None, one)
    ]
    definition = define(*columns, rows=rows, section=section, baseline=f"id = {base}")
    try:
        table = build_table(many_data, definition, correct=correctness_of(many_data))
    except SpecError:
        return  # the baseline is in no row

    by_id = {run.id: (run.dataset, run.results.data_digest) for run in many_data.runs("")}
    data = [{by_id[run_id] for run_id in row.run_ids} for row in table.rows]
    first = {row.section: place for place, row in reversed(list(enumerate(table.rows)))}
    for place, row in enumerate(table.rows):
        if against == "baseline":
            other = next(index for index, one in enumerate(table.rows) if base in one.run_ids)
        else:
            other = place - 1 if against == "previous" else first[row.section]
        for column, cell in zip(table.columns, row.cells, strict=True):
            if column.key.startswith("top1.") and cell.value is not None:
                assert len(data[place] | data[other]) == 1
