"""Marks and footnotes: which rows do not compare, and why."""

from expdb.catalog.reported import reported_runs
from expdb.report.tables.build import build_table
from tests.report.built import CIFAR, define, general, marked, marks, texts
from tests.store_runs import add_finished, add_seeds


def test_other_conditions_are_marked_by_row(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, optim__lr=0.2)
    add_finished(store, epochs=9)
    add_finished(store, data__img_size=32)
    add_finished(store, optim__lr=0.3, start={"precision": "bf16"})
    add_finished(store, optim__lr=0.4, start={"data_digest": "ab"})
    add_finished(store, optim__lr=0.5, start={"num_test_images": 7})

    table = build_table(store, define("lr", "top1"))

    assert marks(table) == [(), (), ("a",), ("b",), ("c",), ("d",), ("e",)]
    begin = "not comparable as it stands, so not ranked: "
    assert marked(table) == {
        "a": f"{begin}other number of epochs (9 instead of 2)",
        "b": f"{begin}other image size (32 instead of 16)",
        "c": f"{begin}other precision (bf16 instead of fp32)",
        "d": f"{begin}data ab, not stated for the others",
        "e": f"{begin}other number of test images (7 instead of 360)",
    }


def test_other_data_of_a_known_digest_are_marked(store):
    for digest in ("ab", "ab", "cd"):
        add_finished(store, optim__lr=0.1 * (1 + len(store.runs())), start={"data_digest": digest})

    assert marked(build_table(store, define("lr", "top1"))) == {
        "a": "not comparable as it stands, so not ranked: other data"
    }


def test_other_data_are_explained_by_the_share_or_number_of_images(store):
    images = {"num_train_images": 1437, "num_val_images": 0}
    for lr, share, start in (
        (0.1, 0.0, images | {"data_digest": "ab"}),
        (0.2, 0.0, images | {"data_digest": "ab"}),
        (0.3, 0.1, {"data_digest": "cd", "num_train_images": 1293, "num_val_images": 144}),
        (0.4, 0.0, images | {"data_digest": "ef", "num_train_images": 500}),
    ):
        add_finished(store, optim__lr=lr, data__val_fraction=share, start=start)

    assert marked(build_table(store, define("lr", "top1"))) == {
        "a": "not comparable as it stands, so not ranked: other val fraction (0.1 instead of 0.0)",
        "b": "not comparable as it stands, so not ranked: other number of training images (500 instead of 1437)",
    }


def test_best_epochs_chosen_on_the_test_split_are_told_and_others_marked(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr)
    all_by_test = build_table(store, define("lr", "best_top1"))
    add_finished(store, optim__lr=0.3, data__val_fraction=0.1, last={"val_loss": 1.0, "val_top1": 0.5})

    table = build_table(store, define("lr", "best_epoch", "best_top1", "top1"))

    assert "Best epoch chosen on the test split: an optimistic number." in general(all_by_test)
    assert "Best epoch chosen on the test split (rows 1, 2): an optimistic number." in general(table)
    assert [marks(table, index)[2] for index in range(1, 4)] == [("a",), ("a",), ()]
    assert (
        marked(table)["a"]
        == "not comparable as it stands, so not ranked: best epoch chosen on another split (val instead of test)"
    )
    assert not any("test split" in note for note in general(build_table(store, define("lr", "top1"))))


def test_times_with_another_number_of_cpu_threads_are_marked_and_on_gpus_not(store):
    for lr, device, threads in ((0.1, "cpu", 1), (0.2, "cpu", 1), (0.3, "cpu", 8), (0.4, "cuda", 8)):
        add_finished(store, optim__lr=lr, start={"device": device, "num_threads": threads})

    table = build_table(store, define("lr", "train_seconds"))

    assert marks(table, 1) == [(), (), ("a",), ()]
    assert marked(table) == {"a": "not comparable as it stands: other number of CPU threads (8 instead of 1)"}


def test_what_is_not_stated_is_never_equal(store):
    store.add_reported(reported_runs()[0])
    add_finished(store, model__name="resnet50", start={"data_digest": "ab"}, **CIFAR)

    table = build_table(store, define("model", "top1", "train_seconds"))

    assert marked(table) == {
        "a": "not comparable as it stands: not stated: number of test images, data, image size, epochs, precision",
        "b": "not comparable as it stands: not stated: device, number of devices",
    }
    assert (marks(table, 0), marks(table, 2)) == ([("a",), ()], [("b",), ()])


def test_what_no_row_states_is_said_once(reported):
    table = build_table(reported, define("model", "top1", where="group = report-1", rows="runs"))

    assert general(table)[1:] == [
        "Not stated by any row: image size, epochs, precision; whether the rows are comparable cannot be told."
    ]
    assert general(table)[0].startswith("Reported, not measured here: all rows (from An Initial Study")


def test_times_of_another_device_are_marked_and_of_no_others(store):
    for lr in (0.1, 0.2):
        add_finished(store, optim__lr=lr, start={"device_name": "NVIDIA H200"})
    add_finished(store, optim__lr=0.3, start={"device_name": "NVIDIA A100"})

    table = build_table(store, define("lr", "top1", "train_seconds", "images_per_second"))

    assert [marks(table, index) for index in range(4)] == [
        [(), (), ()],
        [(), (), ()],
        [(), (), ("a",)],
        [(), (), ("a",)],
    ]
    assert marked(table) == {"a": "not comparable as it stands: other device (NVIDIA A100 instead of NVIDIA H200)"}


def test_what_the_rows_are_about_is_no_reason(store):
    for epochs in (2, 2, 9):
        add_finished(store, epochs=epochs)

    assert marked(build_table(store, define("epochs", "top1", rows=["epochs"]))) == {}
    assert marked(build_table(store, define("epochs", "top1", across=["epochs"], rows=["model"]))) == {}


def test_the_definitions_own_marks_keep_their_sign_and_letters_avoid_them(store):
    add_finished(store, tags=["ours"])
    add_finished(store, epochs=9, tags=["ours"])
    own = [{"where": "tag = ours", "mark": "a", "note": "our\nmethod"}, {"where": "tag = x", "mark": "†", "note": "no"}]

    table = build_table(store, define("epochs", "top1", marks=own))

    assert marks(table) == [("a",), ("a", "b")]
    assert marked(table) == {
        "a": "our method",
        "b": "not comparable as it stands, so not ranked: other number of epochs (9 instead of 2)",
    }


def test_letters_come_in_the_order_of_reading(store):
    add_finished(store)
    add_finished(store)
    add_finished(store, epochs=5, start={"device_name": "x"})
    add_finished(store, epochs=9, start={"device_name": "y"})

    table = build_table(store, define("epochs", "train_seconds"))

    assert [[cell.marks for cell in row.cells] for row in table.rows[1:]] == [[("a",), ("b",)], [("c",), ("d",)]]
    assert list(marked(table)) == ["a", "b", "c", "d"]


def test_footnotes_of_very_many_kinds_are_told_in_short(store):
    for epochs in range(2, 13):
        add_finished(store, epochs=epochs, optim__lr=0.001 * epochs)

    table = build_table(store, define("epochs", "top1", baseline="epochs = 2"))

    assert marked(table) == {
        "a": "not comparable as it stands, so not ranked: other or unstated epochs",
        "b": "differs from the baseline in 2 settings: lr, epochs",
    }


def test_missing_values_have_the_text_of_the_definition(store):
    add_finished(store)

    assert texts(build_table(store, define("name", "top1", missing="n/a"))) == [["n/a", "50.00"]]


ALONE = {"cpu_seconds": 1.98, "cpu_wait_seconds": 0.01}
BESIDE = {"cpu_seconds": 1.0, "cpu_wait_seconds": 1.0}
BUSY = "had to wait for processors that something else used: slower than alone"


def test_times_are_marked_of_a_run_that_trained_beside_other_work_and_results_are_not(store):
    for lr, device, last in (
        (0.1, "cpu", ALONE),
        (0.2, "cpu", BESIDE),
        (0.3, "cuda", BESIDE),
        (0.4, "cpu", {}),  # from before it was recorded
    ):
        add_finished(store, optim__lr=lr, start={"device": device, "device_name": "it"}, last=last)

    table = build_table(store, define("lr", "top1", "train_seconds", "cpu_seconds", "images_per_second"))

    assert [marks(table, index) for index in (1, 3)] == [[(), (), (), ()]] * 2
    assert [marks(table, index)[1] for index in (2, 4)] == [("a",), ("a",)]
    assert [marks(table, 2)[row] for row in (0, 2, 3)] == [(), (), ()]
    assert marked(table) == {"a": BUSY}


def test_an_average_says_how_many_of_its_runs_trained_beside_other_work(store):
    for seed, last in enumerate((ALONE, BESIDE, BESIDE)):
        add_finished(store, seed=seed, last=last)

    averaged, single = (build_table(store, define("top1", "train_seconds", rows=rows)) for rows in ("groups", "runs"))

    assert marked(averaged) == {"a": f"2 of its 3 runs {BUSY}"}
    assert marks(averaged, 1) == [("a",)]
    assert marks(single, 1) == [(), ("a",), ("a",)]
    assert marked(build_table(store, define("top1"))) == {}


def test_notes_that_differ_in_a_value_only_are_one(store):
    for number, size in enumerate((16, 16, 24, 32, 40)):
        add_finished(store, top1=0.5 + number / 10, data__img_size=size)
    table = build_table(store, define("model", "img_size", "top1"))

    told = [note.text for note in table.notes if note.mark]
    assert told == ["not comparable as it stands, so not ranked: other image size (24, 32 or 40 instead of 16)"]


def test_a_row_on_a_part_of_the_test_split_says_once_how_many_images_there_were(store):
    for images in (360, 360):
        add_finished(store, epochs=2, start={"num_test_images": images}, seed=images)
    add_finished(store, data__test_limit=100, start={"num_test_images": 100})
    table = build_table(store, define("model", "test_limit", "top1"))

    told = [note.text for note in table.notes if note.mark]
    assert told == ["evaluated on 100 of 360 test images: not comparable with whole test splits"]
