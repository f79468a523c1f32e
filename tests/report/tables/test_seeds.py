"""What a table says of a group whose runs differ in more than the seed: in the machine, the images, their names."""

import json

from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from tests.report.built import define, marked, marks
from tests.store_runs import add_finished


def test_a_group_whose_own_seeds_ran_under_other_conditions_is_marked(store):
    ran = [
        {"precision": "fp32", "num_test_images": 300, "device_name": "some CPU"},
        {"precision": "bf16", "num_test_images": 360, "device_name": "NVIDIA A100"},
    ]
    for seed, start in enumerate(ran):
        add_finished(store, seed=seed, optim__lr=0.1, start=start)
        add_finished(store, seed=seed, optim__lr=0.2, start=ran[1])

    table = build_table(store, define("lr", "top1", "train_seconds", "num_test_images", "precision"))

    assert [marks(table, index) for index in range(5)] == [[("a",), ()], [(), ()], [("b",), ()], [(), ()], [(), ()]]
    assert marked(table) == {
        "a": "its own seeds differ in number of test images (300, 360), precision (fp32, bf16)",
        "b": "its own seeds differ in device (some CPU, NVIDIA A100)",
    }
    assert [cell.text for cell in table.rows[0].cells[3:]] == ["300, 360", "fp32, bf16"]
    assert [cell.text for cell in table.rows[1].cells[3:]] == ["360", "bf16"]


def test_what_seeds_do_not_share_is_listed(store):
    for seed in range(7):
        curve = [0.5] * seed + [0.9] + [0.5] * (7 - seed)
        add_finished(store, seed=seed, curve=curve, epochs=8, name=f"run-{seed}", tags=["odd"] if seed % 2 else [])

    table = build_table(store, define("best_epoch", "name", "tags", "best_by", "id"))

    assert [cell.text for cell in table.rows[0].cells] == [
        "1, 2, 3, 4, 5 … (7 values)",
        "run-0, run-1, run-2, run-3, run-4 … (7 values)",
        "–, odd",
        "test",
        "1, 2, 3, 4, 5, 6, 7",
    ]
    assert table.rows[0].cells[0].value == [1, 2, 3, 4, 5, 6, 7]
    assert json.loads(render(table, "json"))[0]["best_epoch"] == [1, 2, 3, 4, 5, 6, 7]


def test_another_number_of_cpu_threads_says_nothing_of_times_on_a_gpu(store):
    for lr, device in ((0.1, "cpu"), (0.2, "cuda")):
        for seed in range(2):
            start = {"device": device, "device_name": "some device", "num_threads": 1 + seed}
            add_finished(store, seed=seed, optim__lr=lr, start=start)

    table = build_table(store, define("lr", "train_seconds"))

    assert marks(table, 1) == [("a",), ()]
    assert marked(table) == {"a": "its own seeds differ in number of CPU threads (1, 2)"}


def test_only_runs_that_know_a_value_are_behind_its_mean(store):
    ids = []
    for lr, knowing in ((0.1, (1,)), (0.2, (0, 1, 2))):
        for seed in range(3):
            last = {"val_top1": 0.5 if seed in knowing else None}
            ids.append(add_finished(store, seed=seed, optim__lr=lr, last=last))

    table = build_table(store, define("lr", "val_top1", "top1"))

    assert [row.cells[1].run_ids for row in table.rows] == [(ids[1],), tuple(ids[3:])]
    assert [row.cells[2].run_ids for row in table.rows] == [tuple(ids[:3]), tuple(ids[3:])]
