"""Deltas, intervals and p-values of a table, against scipy on the same values."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from expdb.analysis.correctness import correctness_of
from expdb.catalog.reported import reported_runs
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError
from expdb.report.stats.holm import holm
from expdb.report.stats.mcnemar import mcnemar
from expdb.report.stats.paired_bootstrap import paired_bootstrap
from expdb.report.tables.build import build_table
from tests.store_runs import add_finished, add_seeds

BASE, SECOND, THIRD = [0.80, 0.81, 0.83], [0.82, 0.85, 0.84], [0.79, 0.83, 0.80]


def define(*columns, **settings):
    given = {"name": "t", "baseline": "lr = 0.1", "columns": columns, "emphasis": "none", **settings}
    return TableDefinition.model_validate(given)


def delta(shows, test="welch", **more):
    return {"key": "top1", "shows": shows, "test": test, **more}


def column_of(table, index):
    return [row.cells[index].text for row in table.rows]


def values_of(table, index):
    return [row.cells[index].value for row in table.rows]


def notes_of(table):
    return [note.text for note in table.notes]


@pytest.fixture
def three(store):
    """Three learning rates with three seeds each."""
    for lr, values in ((0.1, BASE), (0.2, SECOND), (0.3, THIRD)):
        add_seeds(store, values, optim__lr=lr)
    return store


def test_delta_is_the_difference_of_means_to_the_baseline_row(three):
    table = build_table(three, define("lr", delta("delta")))

    assert column_of(table, 1) == ["–", "+2.33", "-0.67"]
    assert values_of(table, 1)[1] == pytest.approx(np.mean(SECOND) - np.mean(BASE))
    assert table.columns[1].heading == "Δ Top-1 (points)"
    assert "Δ: difference to the baseline." in notes_of(table)


def test_p_is_welchs_with_holms_correction(three):
    table = build_table(three, define("lr", delta("p")))

    raw = [scipy_stats.ttest_ind(values, BASE, equal_var=False).pvalue for values in (SECOND, THIRD)]
    assert values_of(table, 1)[1:] == pytest.approx(holm(raw))
    assert table.columns[1].heading == "Δ Top-1, p (Welch)"
    told = "Welch's t-test against the baseline, Holm's correction over 2 comparisons of this table."
    assert f"Δ Top-1, p (Welch): {told}" in notes_of(table)
    assert "with 3 seeds against 3, a p below" not in " ".join(notes_of(table))  # none is


def test_holms_correction_is_over_all_columns_of_a_pivot(store):
    for dataset in ("cifar10", "cifar100", "fashion_mnist"):
        for model, values in (("resnet18", BASE), ("resnet34", SECOND)):
            add_seeds(store, values, model__name=model, data__dataset=dataset, epochs=10)
    pivot = {"rows": ["model"], "across": ["dataset"], "baseline": "model = resnet18"}

    table = build_table(store, define("model", delta("p"), delta("interval"), **pivot))

    raw = scipy_stats.ttest_ind(SECOND, BASE, equal_var=False).pvalue
    assert [table.rows[1].cells[index].value for index in (1, 3, 5)] == pytest.approx(holm([raw] * 3))
    told = [note for note in notes_of(table) if "Welch's t-test" in note]
    p, interval = (f"Δ Top-1, {what} (Welch) of every column: Welch's t-test against" for what in ("p", "95 %"))
    assert told == [
        f"{p} the baseline, Holm's correction over 3 comparisons of this table.",
        f"{interval} the baseline, each interval on its own (not corrected as p is).",
    ]


@pytest.mark.parametrize("against", ["baseline", "previous"])
def test_a_p_says_itself_that_its_rows_are_not_comparable(store, against):
    add_seeds(store, BASE, optim__lr=0.1, epochs=10)
    add_seeds(store, SECOND, optim__lr=0.2, epochs=20)
    columns = [{"key": "top1", "shows": shows, "against": against} for shows in ("delta", "interval", "p")]

    table = build_table(store, define("lr", *columns, baseline="lr = 0.1"))

    texts = {note.mark: note.text for note in table.notes}
    for cell in table.rows[1].cells[2:]:
        assert any("other number of epochs (20 instead of 10)" in texts[mark] for mark in cell.marks)
        assert list(cell.marks) == sorted(cell.marks)


def test_holms_correction_is_over_all_p_columns(three):
    table = build_table(three, define("lr", delta("p"), delta("p", "paired"), where="lr < 0.25"))

    raw = [
        scipy_stats.ttest_ind(SECOND, BASE, equal_var=False).pvalue,
        scipy_stats.ttest_rel(SECOND, BASE).pvalue,
    ]
    assert [values_of(table, index)[1] for index in (1, 2)] == pytest.approx(holm(raw))


def test_interval_is_welchs(three):
    table = build_table(three, define("lr", delta("interval")))

    found = scipy_stats.ttest_ind(SECOND, BASE, equal_var=False).confidence_interval()
    assert column_of(table, 1)[1] == f"[{100 * found.low:+.2f}, {100 * found.high:+.2f}]"
    assert column_of(table, 1)[0] == "–"


def test_paired_p_is_that_of_the_differences_by_seed(three):
    table = build_table(three, define("lr", delta("p", "paired"), where="lr < 0.25"))

    assert values_of(table, 1)[1] == pytest.approx(scipy_stats.ttest_rel(SECOND, BASE).pvalue)
    assert "Δ Top-1, p (paired t): t-test paired by seed against the baseline, the only comparison of this table." in (
        notes_of(table)
    )


def test_a_comparison_of_best_epochs_says_so(store):
    for lr, curve in ((0.1, [0.6, 0.5]), (0.2, [0.9, 0.5])):
        add_finished(store, optim__lr=lr, curve=curve)

    table = build_table(store, define("lr", delta("delta", at="best"), delta("delta")))

    assert [column.heading for column in table.columns[1:]] == ["Δ best Top-1 (points)", "Δ Top-1 (points)"]
    assert [column_of(table, index)[1] for index in (1, 2)] == ["+30.00", "0.00"]


def test_seeds_without_a_partner_are_left_out_of_pairs(store):
    add_seeds(store, BASE)
    for seed, value in ((1, 0.9), (2, 0.95), (7, 0.5)):
        add_finished(store, seed=seed, top1=value, optim__lr=0.2)

    table = build_table(store, define("lr", delta("p", "paired"), delta("delta", "paired")))

    assert values_of(table, 1)[1] == pytest.approx(scipy_stats.ttest_rel([0.9, 0.95], BASE[1:]).pvalue)
    assert values_of(table, 2)[1] == pytest.approx(0.105)
    assert any("2 seeds had no partner" in note for note in notes_of(table))


def test_rows_that_share_no_seed_have_no_paired_test(store):
    add_seeds(store, BASE)
    add_finished(store, seed=7, top1=0.9, optim__lr=0.2)

    table = build_table(store, define("lr", delta("p", "paired")))

    assert column_of(table, 1) == ["–", "–"]
    assert notes_of(table)[-1] == "no seed is shared: no paired test"


def test_single_runs_are_subtracted_and_not_tested(store):
    add_finished(store, top1=0.5)
    add_finished(store, top1=0.6, optim__lr=0.2)

    table = build_table(store, define("lr", delta("delta"), delta("p"), delta("interval")))

    assert [column_of(table, index)[1] for index in (1, 2, 3)] == ["+10.00", "–", "–"]
    assert table.rows[1].cells[2].marks == table.rows[1].cells[3].marks != ()


def test_reported_values_are_subtracted_and_never_tested(store):
    add_seeds(store, BASE)
    store.add_reported(reported_runs()[0])

    table = build_table(store, define("lr", delta("delta"), delta("p")))

    assert column_of(table, 1) == ["–", "-2.28"]
    assert column_of(table, 2) == ["–", "–"]
    assert "a reported value is never tested" in notes_of(table)


@pytest.mark.parametrize(
    ("against", "expected"), [("previous", ["–", "+2.33", "-3.00"]), ("first", ["–", "+2.33", "-0.67"])]
)
def test_delta_to_the_row_above_or_the_first(three, against, expected):
    table = build_table(three, define("lr", delta("delta", against=against), baseline=""))

    assert column_of(table, 1) == expected
    assert any(note.startswith("Δ: difference to the ") for note in notes_of(table))


@pytest.mark.parametrize(
    ("baseline", "picked"),
    [("lr = 0.9", "picks none: no run has lr = 0.9: it is 0.1 to 0.3"), ("lr > 0.1", r"picks 2 rows \(.*\)")],
)
def test_a_baseline_is_one_row(three, baseline, picked):
    with pytest.raises(SpecError, match=f"must pick one of its rows: it {picked}"):
        build_table(three, define("lr", delta("delta"), baseline=baseline))


def test_a_baseline_that_still_runs_compares_nothing_yet(three):
    add_finished(three, status="running", optim__lr=0.9)

    assert column_of(build_table(three, define("lr", delta("delta"), baseline="lr = 0.9")), 1) == ["–", "–", "–"]


def test_rows_that_differ_in_more_than_one_thing_from_the_baseline_are_marked(three):
    add_seeds(three, BASE, optim__lr=0.4, aug__label_smoothing=0.1)

    table = build_table(three, define("lr", delta("delta")))

    assert [row.cells[0].marks for row in table.rows] == [(), (), (), ("a",)]
    assert notes_of(table)[-1] == "differs from the baseline in 2 settings: label smoothing, lr"


@pytest.mark.parametrize(
    ("against", "told"),
    [
        ("previous", ["", "", "differs from the row above in 2 settings: lr, weight decay"]),
        ("first", ["", "", "differs from the first row in 3 settings: label smoothing, lr, weight decay"]),
    ],
)
def test_differences_to_another_row_are_marked_by_what_sets_these_two_apart(store, against, told):
    for lr, more in ((0.1, {}), (0.1, {"aug__label_smoothing": 0.1}), (0.2, {"optim__weight_decay": 0.1})):
        add_finished(store, optim__lr=lr, **{"aug__label_smoothing": 0.1 if more else 0.0, **more})

    table = build_table(store, define("lr", delta("delta", against=against), baseline=""))

    texts = {note.mark: note.text for note in table.notes}
    assert [" ".join(texts[mark] for mark in row.cells[1].marks) for row in table.rows] == told
    assert not any(row.cells[0].marks for row in table.rows)


def test_differences_to_the_row_above_are_judged_by_its_protocol(store):
    for epochs, lr in ((2, 0.1), (9, 0.1), (9, 0.2)):
        add_finished(store, epochs=epochs, optim__lr=lr)

    table = build_table(store, define("lr", delta("delta", against="previous"), baseline=""))

    assert [row.cells[1].marks for row in table.rows] == [(), ("b",), ()]
    assert notes_of(table)[-1] == "not comparable with the row above: other number of epochs (9 instead of 2)"


def test_what_is_not_stated_is_not_counted_as_different(store):
    add_finished(store, model__name="resnet50", data__dataset="cifar100", epochs=200)
    store.add_reported(reported_runs()[1])

    table = build_table(store, define("model", delta("delta"), baseline="kind = measured"))

    assert notes_of(table)[-2:] == [
        "not comparable as it stands: not stated: number of test images, image size, epochs, precision",
        (
            "differs from the baseline in SE; stated of one of them only: normalize, optimizer, lr, "
            "momentum, weight decay, warmup lr, batch size, devices, policy, color jitter, mixup alpha, "
            "cutmix alpha, label smoothing"
        ),
    ]


def test_a_model_of_another_family_is_one_difference(store):
    add_finished(store, model__name="vit_mini", data__dataset="cifar100", epochs=200)
    store.add_reported(reported_runs()[1])

    table = build_table(store, define("model", delta("delta"), baseline="kind = measured"))

    assert notes_of(table)[-1].startswith("differs from the baseline in model; stated of one of them only")


def test_an_empty_table_tells_of_no_differences(store):
    assert notes_of(build_table(store, define("lr", delta("delta"), delta("p"))))[0] == "No finished run yet."
    assert not any("Δ" in note for note in notes_of(build_table(store, define("lr", delta("delta")))))


def test_settings_are_subtracted_as_they_are(store):
    add_finished(store, start={"num_params": 5_000_000})
    add_finished(store, start={"num_params": 7_500_000}, optim__lr=0.2)

    table = build_table(store, define("lr", {"key": "num_params", "shows": "delta"}))

    assert column_of(table, 1) == ["–", "+2.5M"]


def test_short_times_are_subtracted_to_a_tenth_of_a_second(store):
    for lr, seconds in ((0.1, 3600.0), (0.2, 3600.4), (0.3, 3591.2), (0.4, 3700.0)):
        add_finished(store, optim__lr=lr, last={"train_seconds": seconds})

    table = build_table(store, define("lr", {"key": "train_seconds", "shows": "delta"}))

    assert column_of(table, 1) == ["–", "+0.4s", "-8.8s", "+1m 40s"]


def test_gpu_hours_are_compared_in_hours_not_in_seconds(store):
    for lr, devices, seconds in ((0.1, 1, (3600.0, 3700.0)), (0.2, 2, (3600.0, 3800.0))):
        for seed, value in enumerate(seconds):
            start = {"device": "cuda", "num_devices": devices}
            add_finished(store, seed=seed, optim__lr=lr, start=start, last={"train_seconds": value})
    hours = {0.1: np.array([3600, 3700]) / 3600, 0.2: 2 * np.array([3600, 3800]) / 3600}

    table = build_table(
        store,
        define(
            "gpu_hours",
            *(
                {"key": "gpu_hours", "shows": "delta" if test == "welch" else "p", "test": test}
                for test in ("welch", "paired")
            ),
        ),
    )

    assert values_of(table, 0) == pytest.approx([hours[0.1].mean(), hours[0.2].mean()])
    assert table.rows[1].cells[0].std == pytest.approx(hours[0.2].std(ddof=1))
    assert values_of(table, 1)[1] == pytest.approx(hours[0.2].mean() - hours[0.1].mean())
    assert values_of(table, 2)[1] == pytest.approx(scipy_stats.ttest_rel(hours[0.2], hours[0.1]).pvalue)


# The same test images


def answers(share, seed):
    return np.random.default_rng(seed).random(500) < share


def test_mcnemar_and_bootstrap_are_those_of_the_stored_predictions(store):
    right = {0.1: answers(0.5, 1), 0.2: answers(0.6, 2)}
    for lr, correct in right.items():
        add_finished(store, optim__lr=lr, top1=float(correct.mean()), correct=correct)
    definition = define("lr", delta("delta", "mcnemar"), delta("p", "mcnemar"), delta("interval", "bootstrap"))

    table = build_table(store, definition, correct=correctness_of(store))

    found, interval = mcnemar(right[0.1], right[0.2]), paired_bootstrap(right[0.1], right[0.2]).interval
    assert values_of(table, 1)[1] == pytest.approx(found.difference)
    assert values_of(table, 2)[1] == pytest.approx(found.p)
    assert interval is not None
    assert column_of(table, 3)[1] == f"[{100 * interval.low:+.2f}, {100 * interval.high:+.2f}]"
    assert sum("it speaks of these models, not of methods" in note for note in notes_of(table)) == 3


def test_models_of_a_shared_seed_are_compared(store):
    for seed, base in ((3, answers(0.5, 1)), (5, answers(0.5, 2))):
        add_finished(store, seed=seed, correct=base)
    for seed, other in ((5, answers(0.6, 3)), (9, answers(0.6, 4))):
        add_finished(store, seed=seed, correct=other, optim__lr=0.2)

    table = build_table(store, define("lr", delta("p", "mcnemar")), correct=correctness_of(store))

    assert values_of(table, 1)[1] == pytest.approx(mcnemar(answers(0.5, 2), answers(0.6, 3)).p)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"correct": None}, "the predictions of it or of its base are not found: expdb db check says where"),
        ({"correct": answers(0.5, 2)[:400]}, "no predictions of both on the same images"),
        (
            {"correct": answers(0.5, 2), "data__dataset": "fashion_mnist", "data__img_size": 16},
            "another dataset: no test",
        ),
        ({"correct": answers(0.5, 2), "start": {"data_digest": "cd"}}, "other test images: no test"),
    ],
)
def test_other_images_or_no_predictions_are_no_test(store, other, why):
    add_finished(store, correct=answers(0.5, 1), start={"data_digest": "ab"})
    add_finished(store, optim__lr=0.2, **other)

    table = build_table(
        store,
        define("lr", delta("p", "mcnemar"), baseline="lr = 0.1 and dataset = digits"),
        correct=correctness_of(store),
    )

    assert column_of(table, 1)[-1] == "–"
    assert why in notes_of(table)


def test_the_same_data_at_another_size_are_the_same_images(store):
    add_finished(store, correct=answers(0.5, 1), start={"data_digest": "ab"})
    add_finished(store, correct=answers(0.6, 2), start={"data_digest": "cd"}, data__img_size=32)

    definition = define("img_size", delta("p", "mcnemar"), baseline="img_size = 16")
    table = build_table(store, definition, correct=correctness_of(store))

    assert values_of(table, 1)[1] == pytest.approx(mcnemar(answers(0.5, 1), answers(0.6, 2)).p)


def test_a_damaged_file_of_predictions_is_no_test(store):
    run_id = add_finished(store, correct=answers(0.5, 1))
    (store.artifact_dir(run_id) / "predictions.npz").write_bytes(b"no archive")

    assert correctness_of(store)(run_id) is None
    assert correctness_of(store)(999) is None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"shows": "p", "test": "bootstrap"}, "the bootstrap gives an interval and no p"),
        ({"shows": "interval", "test": "mcnemar"}, "gives a p and no interval"),
        ({"shows": "p", "test": "mcnemar", "key": "val_top1"}, "the last epoch's top1 is known"),
        ({"shows": "p", "test": "mcnemar", "at": "best"}, "at = 'best'"),
    ],
)
def test_what_a_test_does_not_give_is_refused(choice, words):
    with pytest.raises(ValueError, match=words):
        ColumnChoice(**{"key": "top1", **choice})


# Changes


def test_changes_are_computed_from_the_settings(store):
    add_finished(store)
    add_finished(store, optim__lr=0.5, data__img_size=24)
    add_finished(store, optim__lr=0.5, data__img_size=24, aug__preset="randaugment")

    to_first = build_table(store, define("changes", baseline=""))
    to_previous = build_table(store, define({"key": "changes", "against": "previous"}, baseline=""))
    to_second = build_table(store, define("changes", baseline="id = 2"))

    assert column_of(to_first, 0)[:2] == ["baseline", "+ image size 24 / lr 0.5"]
    assert column_of(to_previous, 0) == ["", "+ image size 24 / lr 0.5", "+ RandAugment"]
    assert column_of(to_second, 0) == ["+ image size 16 / lr 0.1", "baseline", "+ RandAugment"]


def test_changes_of_runs_that_differ_in_the_seed_say_that_it_is_the_seed_alone(store):
    add_finished(store, seed=0)
    add_finished(store, seed=3)
    add_finished(store, seed=3)

    told = column_of(build_table(store, define({"key": "changes", "against": "previous"}, baseline="", rows="runs")), 0)

    assert told == ["", "+ seed 3, nothing else", "+ no stated change"]


def test_changes_of_the_report_say_what_is_not_stated(reported):
    definition = TableDefinition.model_validate(
        {
            "name": "t",
            "where": "group = report-2",
            "rows": "runs",
            "columns": [{"key": "changes", "against": "previous"}],
        }
    )

    told = column_of(build_table(reported, definition), 0)

    assert told[1] == "+ momentum 0.9 / weight decay 1e-4"
    assert told[4] == "+ model ResNet50 / epochs 300 / image size 224 x 224 (rest not stated)"
    assert told[5] == "+ optimizer lion / epochs 400 / lr 5e-4 / weight-decay 1e-4 1e-3 (rest not stated)"


def test_a_rough_interval_of_few_images_says_so(store):
    first = np.ones(360, bool)
    first[:100] = False
    second = first.copy()
    second[:5] = True
    for lr, correct in ((0.1, first), (0.2, second)):
        add_finished(store, top1=float(correct.mean()), correct=correct, optim__lr=lr)

    table = build_table(store, define(delta("interval", "bootstrap")), correct=correctness_of(store))

    assert [len(row.cells[0].marks) for row in table.rows] == [0, 1]
    assert "only 5 discordant images: the interval is rough" in notes_of(table)


def test_a_paired_difference_says_whom_it_leaves_out(store):
    for lr, seeds, values in ((0.1, (0, 1, 2), (0.5, 0.6, 0.62)), (0.2, (1, 2, 3), (0.66, 0.67, 0.9))):
        for seed, top1 in zip(seeds, values, strict=True):
            add_finished(store, optim__lr=lr, seed=seed, top1=top1)

    table = build_table(store, define(delta("delta", "paired"), delta("delta")))

    assert column_of(table, 0)[1] == "+5.50"
    assert column_of(table, 1)[1] == "+17.00"
    assert [len(cell.marks) for cell in table.rows[1].cells] == [1, 0]
    assert "2 seeds had no partner" in notes_of(table)


def test_a_difference_that_rounds_to_nothing_has_no_sign(store):
    add_seeds(store, [0.55, 0.551], optim__lr=0.1)
    add_seeds(store, [0.54999, 0.55099], optim__lr=0.2)

    assert column_of(build_table(store, define(delta("delta"))), 0)[1] == "0.00"
