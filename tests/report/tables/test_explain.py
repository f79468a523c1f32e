"""What --explain says of the report's two tables, and of measured ones."""

import pytest

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.table import TableDefinition
from expdb.report.compare.differences import differences, model_factors
from expdb.report.compare.reported_doubts import doubts
from expdb.report.tables.explain import explain_table
from tests.factories import make_run
from tests.store_runs import add_finished, add_seeds

TABLES = {table.name: table for table in report_tables()}


def block(text, title):
    """Return the lines under a title."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    end = next((index for index in range(start, len(lines)) if not lines[index].startswith("  ")), len(lines))
    return [line.strip() for line in lines[start:end]]


def define(*columns, **settings):
    return TableDefinition.model_validate({"name": "t", "columns": columns, **settings})


@pytest.fixture
def rows(reported):
    """The report's rows by name."""
    return {run.name: run for run in reported.runs()}


def test_the_first_tables_neighbours_have_one_stated_difference_or_are_confounded(reported):
    pairs = block(explain_table(reported, TABLES["report-1"]), "Neighbouring rows")

    unknown = "neither states optimizer, batch size, epochs, devices"
    anyway = "McNemar p < 0.05 however many images are discordant"
    assert pairs == [
        (
            f"1. ResNet50 → 2. SENet50: one difference is stated: 1 differs (SE no → yes); {unknown}; "
            "top-1 +0.95 points, no test (n = 1), McNemar p < 0.05 if at most 2,299 of 10,000 images are discordant"
        ),
        (
            f"2. SENet50 → 3. ResNet50 + AutoAugment: confounded: 2 differ (SE yes → no, auto augment no → yes); "
            f"{unknown}; top-1 +1.62 points, no test (n = 1), {anyway}"
        ),
        (
            "3. ResNet50 + AutoAugment → 4. SENet101 + AutoAugment: confounded: 2 differ (depth 50 → 101, SE no → yes)"
            f"; {unknown}; top-1 +1.23 points, no test (n = 1), {anyway}"
        ),
    ]


def test_pairs_of_one_stated_difference_are_found_beyond_neighbours(reported):
    pairs = block(explain_table(reported, TABLES["report-1"]), "Pairs that differ in one thing")

    assert [pair.partition(" as far")[0] for pair in pairs] == [
        "1. ResNet50 and 2. SENet50: SE no → yes",
        "1. ResNet50 and 3. ResNet50 + AutoAugment: auto augment no → yes",
    ]
    assert ["+0.95" in pairs[0], "+2.57" in pairs[1]] == [True, True]


@pytest.mark.parametrize(
    ("a", "b", "differ", "unstated", "unreadable"),
    [
        (1, 2, set(), {"momentum", "weight_decay"}, ()),
        (2, 3, {"auto_augment", "color_jitter"}, {"decay_rate", "smoothing"}, ()),
        (3, 4, {"auto_augment", "color_jitter", "lr", "model variant"}, {"smoothing"}, ()),
        (
            4,
            5,
            {"epochs", "model variant"},
            {
                *("mean_std", "cutmix", "warmup_lr", "color_jitter", "random_crop", "auto_augment", "momentum"),
                *("weight_decay", "decay_rate", "img_size"),
            },
            (),
        ),
        # That row 6 does not state its image size, which row 5 does, is one more thing that nobody can know.
        (5, 6, {"optimizer", "lr", "epochs"}, {"img_size"}, ("weight-decay 1e-4 1e-3",)),
    ],
)
def test_the_second_tables_neighbours_are_counted(rows, a, b, differ, unstated, unreadable):
    found = differences(rows[f"report-2/{a}"], rows[f"report-2/{b}"])

    assert set(found.differ) == differ
    assert set(found.unstated) == unstated
    assert found.unreadable == unreadable
    assert not found.is_controlled


def test_no_pair_of_the_second_table_is_controlled(reported):
    text = explain_table(reported, TABLES["report-2"])

    pairs = block(text, "Neighbouring rows")
    assert len(pairs) == 5
    assert all(": confounded: " in pair for pair in pairs)
    assert "Pairs that differ in one thing" not in text


def test_the_goal_that_no_row_meets_is_said(reported):
    first, second = (block(explain_table(reported, TABLES[name]), "Target") for name in ("report-1", "report-2"))

    assert first == [
        "Target Top-1 > 82% and Train time <= 2h: met by no row; SENet101 + AutoAugment misses Train time (2h 25m 40s)."
    ]
    assert second == ["Target Top-1 > 82%: met by no row."]


def test_every_row_has_wilsons_interval(reported):
    rows = block(explain_table(reported, TABLES["report-1"]), "Rows")

    assert rows[0] == "1. ResNet50: reported; top-1 79.05, 95 % interval 78.24 to 79.84 (Wilson, 10,000 images)"
    assert [row.split("interval ")[1].partition(" (")[0] for row in rows[:4]] == [
        "78.24 to 79.84",
        "79.20 to 80.77",
        "80.85 to 82.37",
        "82.10 to 83.58",
    ]
    assert rows[4] == "not stated by any reported row: optimizer, batch size, epochs, devices"


def test_doubts_about_the_report(rows):
    first = [run for run in rows.values() if run.group == "report-1"]
    second = [run for run in rows.values() if run.group == "report-2"]

    assert doubts(first) == [
        "SENet50 (report-1/2): 23M parameters are printed, 26.2M are counted: the row repeats ResNet50's number.",
        (
            "The printed numbers of parameters are not consistent: SENet101's 47M contains SE (without it 42.7M are "
            "counted), SENet50's 23M does not."
        ),
    ]
    told = doubts(second)
    assert len(told) == 8
    assert told[0].startswith("ResNet50 (report-2/1) and ResNet50 (report-2/2): the same model takes 6.1 and 7.2 s an")
    assert told[2].startswith("ResNet50 (report-2/2) and ResNet50 (report-2/3) may be one configuration twice")
    assert told[2].endswith("their 0.14 points are then the noise between two runs.")
    assert told[3] == "ResNet50 (report-2/6): “weight-decay 1e-4 1e-3” has no single reading."
    assert [line.partition(" starts with")[0] for line in told[4:6]] == [
        "ResNet50 (report-2/5)",
        "ResNet50 (report-2/6)",
    ]
    assert told[6:] == [
        (
            "ResNet50_tutorial (report-2/4) takes 10.9 s an epoch, ResNet50 6.1 to 7.2 s: settings such as the "
            "learning rate do not explain that; another network (its stem, say) or image size would, and some of the "
            "13.24 points between them too."
        ),
        (
            "ResNet50 (report-2/6) does not state its image size; its 31.3 s an epoch are near the 28.5 s of ResNet50 "
            "(report-2/5) at 224 px and far from the 6.1 to 10.9 s of the other rows: it may extend that one."
        ),
    ]


def test_rows_of_the_same_speed_and_consistent_sizes_are_no_doubt():
    def row(model, **values):
        return make_run(
            kind="reported", model=model, source="s", quote={}, train_seconds=2000.0, img_size=None, **values
        )

    variant, extending = row("ResNet50_tutorial"), row("ResNet50", extends_another=True)
    sized = row("ResNet50", epochs=20)
    with_se = [row("SENet50", num_params=26_000_000), row("SENet101", num_params=47_000_000)]

    assert doubts([row("ResNet50"), variant]) == []
    assert [text for text in doubts([extending, sized]) if "image size" in text] == []
    assert doubts(with_se) == []


def test_what_was_measured_is_not_doubted():
    assert doubts([make_run(model="SENet50", num_params=23_000_000)]) == []


def test_a_printed_size_that_fits_cut_or_rounded_is_no_doubt():
    for printed in (26_000_000, 23_000_000):
        run = make_run(kind="reported", model="SENet50", num_params=printed, source="s", quote={})
        assert bool(doubts([run])) == (printed == 23_000_000)


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("ResNet50", {"depth": 50, "se": False}),
        ("SENet101 + AutoAugment", {"depth": 101, "se": True}),
        ("SE-ResNet-50", {"depth": 50, "se": True}),
        ("senet50", {"depth": 50, "se": True}),
        ("ResNet50_tutorial", {"depth": 50, "se": False, "model variant": "tutorial"}),
        ("CBAM-ResNet50", {"depth": 50, "se": False, "cbam": True}),
        ("ViT-Tiny", {"model": "ViT-Tiny"}),
    ],
)
def test_a_residual_networks_name_says_depth_and_attention(name, factors):
    assert model_factors(name) == factors


# Measured rows


def test_measured_pairs_are_controlled_or_confounded_with_their_tests(store):
    for model, epochs, values in (
        ("resnet18", 10, [0.5, 0.52, 0.54]),
        ("resnet34", 10, [0.6, 0.61, 0.62]),
        ("senet50", 20, [0.7, 0.71, 0.72]),
    ):
        add_seeds(store, values, model__name=model, data__dataset="cifar100", epochs=epochs)

    text = explain_table(store, define("model_label", "top1"))

    assert block(text, "Neighbouring rows") == [
        (
            "1. ResNet18 → 2. ResNet34: controlled: 1 differs (depth 18 → 34); top-1 +9.00 points, "
            "Welch p = 0.006 raw, 0.006 after Holm over 2 (n = 3 and 3; no permutation p below 0.100)"
        ),
        (
            "2. ResNet34 → 3. SENet50: confounded: 3 differ (depth 34 → 50, SE no → yes, epochs 10 → 20); "
            "top-1 +10.00 points, Welch p < 0.001 raw, < 0.001 after Holm over 2 "
            "(n = 3 and 3; no permutation p below 0.100)"
        ),
    ]
    assert block(text, "Rows")[0].startswith(
        "1. ResNet18: n = 3; top-1 52.00 ± 2.00; 3 seeds a side show differences from about "
    )
    assert len(block(text, "Pairs that differ in one thing")) == 1


def test_the_tables_own_tests_are_told_raw_and_adjusted(store):
    for lr, values in ((0.1, [0.5, 0.52, 0.54]), (0.2, [0.6, 0.61, 0.62]), (0.3, [0.5, 0.53, 0.55])):
        add_seeds(store, values, optim__lr=lr)
    p = {"key": "top1", "shows": "p"}

    text = explain_table(store, define("aug", "lr", p, baseline="lr = 0.1"))

    assert block(text, "Tests") == [
        "Δ Top-1, p (Welch): standard (row 2) against the baseline: p = 0.006 raw, 0.013 after Holm over 2",
        "Δ Top-1, p (Welch): standard (row 3) against the baseline: p = 0.738 raw, 0.738 after Holm over 2",
    ]
    assert block(explain_table(store, define("lr", p | {"test": "mcnemar"}, baseline="lr = 0.1")), "Tests") == [
        "not listed: McNemar's test needs predictions, and none are read here"
    ]


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ({"num_test_images": 100}, "number of test images 360 → 100"),
        ({"data_digest": "cd"}, "data ab → cd"),
        ({"precision": "bf16"}, "precision fp32 → bf16"),
    ],
)
def test_rows_that_were_tested_otherwise_are_not_controlled(store, start, told):
    add_finished(store, start={"data_digest": "ab"})
    add_finished(store, optim__lr=0.2, start={"data_digest": "ab", **start})

    text = explain_table(store, define("lr", "top1"))

    assert f": confounded: 2 differ (lr 0.1 → 0.2, {told})" in block(text, "Neighbouring rows")[0]
    assert "Pairs that differ in one thing" not in text


def test_other_data_that_another_setting_explains_are_no_second_difference(store):
    for share, digest in ((0.1, "ab"), (0.2, "cd")):
        add_finished(store, data__val_fraction=share, start={"data_digest": digest})

    pairs = block(explain_table(store, define("val_fraction", "top1")), "Pairs that differ in one thing")

    assert "val fraction 0.1 → 0.2; top-1" in pairs[0]


def test_the_precision_that_a_setting_decides_is_no_second_difference(store):
    for amp, precision in ((True, "bf16"), (False, "fp32")):
        add_finished(store, amp=amp, start={"precision": precision})

    pairs = block(explain_table(store, define("precision", "top1")), "Pairs that differ in one thing")

    assert ": amp yes → no; top-1" in pairs[0]


def test_another_machine_is_set_aside_unless_times_are_compared(store):
    add_finished(store)
    add_finished(store, compile=True, start={"device_name": "another processor"})

    accuracy, times = (
        block(explain_table(store, define("model", key)), "Neighbouring rows")[0] for key in ("top1", "train_seconds")
    )

    changed = "device a processor → another processor, compile no → yes"
    assert f": nothing differs; set aside: {changed}; top-1" in accuracy
    assert times.endswith(f": confounded: 2 differ ({changed})")


@pytest.mark.parametrize(("device", "differ"), [("cpu", "1 differs (number of CPU threads 1 → 8)"), ("cuda", None)])
def test_threads_are_of_a_processor_only(store, device, differ):
    for group, threads in (("a", 1), ("b", 8)):
        add_finished(store, group=group, start={"device": device, "num_threads": threads})

    told = block(explain_table(store, define("group", "train_seconds", rows="runs")), "Neighbouring rows")[0]

    assert told == f"1. a → 2. b: {f'controlled: {differ}' if differ else 'nothing differs'}"


def test_seeds_that_all_agree_keep_their_mean(store):
    add_seeds(store, [0.5, 0.5, 0.5])

    told = block(explain_table(store, define("model_label", "top1")), "Rows")

    assert told == ["1. ResNet-mini: n = 3; top-1 50.00 ± 0.00; no spread between the seeds"]


def test_rows_of_one_name_are_told_apart_by_what_differs(store):
    for lr, epochs in ((0.1, 2), (0.3, 2), (0.1, 4)):
        add_finished(store, optim__lr=lr, epochs=epochs)
    add_finished(store, model__name="senet_mini")

    rows = block(explain_table(store, define("model_label", "top1")), "Rows")

    assert [row.partition(":")[0] for row in rows] == [
        "1. ResNet-mini (lr 0.1, epochs 2)",
        "2. ResNet-mini (lr 0.3, epochs 2)",
        "3. ResNet-mini (lr 0.1, epochs 4)",
        "4. SENet-mini",
    ]


def test_what_a_name_implies_is_one_difference(store):
    first = store.run(add_finished(store))
    second = store.run(add_finished(store, optim__name="adamw", seed=4))

    assert list(differences(first, second).differ) == ["optim.name"]
    assert differences(first, second).is_controlled
    assert differences(first, first).differ == {}


def test_a_row_that_waits_and_one_that_runs_are_said_to(store):
    add_finished(store, status="running")
    base = {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}

    waits = explain_table(store, define("model_label", "top1", specs=[base]))
    runs = explain_table(store, define("model_label", "top1", rows="runs"))

    assert block(waits, "Rows") == ["1. ResNet-mini: waits for its first run"]
    assert block(waits, "Left out") == ["not finished: 1 running"]
    assert "not finished: running" in block(runs, "Rows")[0]


def test_cells_of_a_pivot_are_explained_column_by_column(store):
    for model in ("resnet18", "resnet34"):
        for dataset in ("cifar10", "cifar100"):
            add_finished(store, model__name=model, data__dataset=dataset, epochs=10, top1=0.9)
    definition = define("model_label", "top1", rows=["model_label"], across=["dataset"], targets={"top1": "> 80%"})

    text = explain_table(store, definition)

    assert [line.partition(":")[0] for line in block(text, "Rows")] == [
        *("1. ResNet18 (cifar10)", "2. ResNet34 (cifar10)", "3. ResNet18 (cifar100)", "4. ResNet34 (cifar100)"),
    ]
    assert len(block(text, "Neighbouring rows")) == 2
    assert block(text, "Target")[0].count("(cifar10") == 4


def test_cells_of_several_groups_are_explained(store):
    add_finished(store, optim__lr=0.5)
    add_finished(store)
    add_finished(store, epochs=3)

    text = explain_table(store, define("top1", rows=["model", "epochs"]))

    assert [line.partition(": n =")[0] for line in block(text, "Rows")] == [
        "1. resnet_mini: lr 0.5", "2. resnet_mini: lr 0.1", "3. resnet_mini",
    ]  # fmt: skip
    assert block(text, "Left out")[0] == (
        "resnet_mini (row 1): 2 groups fall into this cell, which differ in lr (0.5, 0.1): add lr to rows, "
        "choose with the filter, or say cell = 'mean of groups'"
    )


def test_an_empty_table_is_explained_in_a_line(store):
    assert explain_table(store, define("top1", title="A\ntitle")) == (
        "t: A title\n\nRows\n  none: no finished run passes the filter\n"
    )


def test_a_reported_row_beside_a_measured_one_states_less(store):
    store.add_reported(reported_runs()[0])
    add_finished(store, model__name="resnet50", data__dataset="cifar100", epochs=200)
    runs = store.runs()

    found = differences(runs[0], runs[1])

    assert found.differ == {}
    assert {"optimizer", "epochs", "batch_size", "lr"} <= set(found.unstated)


def test_of_more_rows_than_anyone_reads_the_first_are_listed(store, monkeypatch):
    for lr in (0.1, 0.2, 0.3, 0.4):
        add_finished(store, optim__lr=lr)
    monkeypatch.setattr("expdb.report.tables.explain._MOST_ROWS", 3)

    told = explain_table(store, define("model_label", "lr"))

    rows = block(told, "Rows")
    assert [line.partition(".")[0] for line in rows[:3]] == ["1", "2", "3"]
    assert rows[3:] == ["and 1 more: narrow the filter to see them"]
    assert len(block(told, "Neighbouring rows")) == 2
    assert block(told, "Pairs that differ in one thing") == [
        "not looked for among 4 rows: narrow the filter to at most 3"
    ]
