"""Every filter that can be copied from a cell of a table finds the run of that cell: all columns, on every back end."""

import math
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from expdb.domain.events import Logged, PointsLogged, RunFinished
from expdb.domain.run import Environment, ReportedRun
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import format_value, is_known
from expdb.errors import FilterError, SpecError
from expdb.report.columns import COLUMNS, column
from expdb.store.tables import runs
from tests.factories import make_spec, tracked_start
from tests.store_runs import add_finished

STATED = ("settings.cutmix", "settings.flip", "settings.image_size", "metrics.mIoU", "metrics.reward")
GPU = {"device": "cuda", "device_name": "a GPU", "driver": "1.2", "precision": "bf16", "num_devices": 2}
TIMES = {"train_seconds": 1234.5, "cpu_seconds": 7000.4, "cpu_wait_seconds": 3.5, "val_top1": 0.912345}
ENDED = datetime(2026, 3, 1, 13, 5, 9, tzinfo=UTC)
WORDS = {
    "note": "two\nlines",
    "pretrained_tag": "a1_in1k",
    "pretrained_digest": "ab12",
    "data_digest": "cd34",
    "ended_at": ENDED,
}
MORE = {
    "aug.cutout_size": 8,
    "aug.color_jitter": 0.4,
    "aug.mixup_alpha": 0.2,
    "aug.label_smoothing": 0.1,
    "model.init_from": 1,
    "data.test_limit": 100,
    "schedule.warmup_epochs": 1,
}
# Another field has this heading too: what it says where it does not have the cell's value.
AMBIGUOUS = {"state": "kind = reported"}


@pytest.fixture(scope="module")
def several(shared_store):
    """Runs trained with different settings on different machines, one that failed, one queued, one tracked, rows."""
    fill(shared_store)
    return shared_store


def fill(store):
    here = Environment(host="here", git_commit="0123abc", git_dirty=True, python_version="3.11.2")
    add_finished(
        store,
        name="first",
        group="a group",
        tags=("b", "a, c", "a"),
        top1=0.828471,
        environment=here,
        aug__preset="timm_rand",
    )
    last = {**TIMES, "top5": 0.98765, "peak_memory_bytes": 1_536_000_000, "images_per_second": 1234.5}
    changes = {**MORE, "aug.preset": "autoaugment", "seed": 7}
    add_finished(store, tags=("b",), start=GPU, last=last, **{k.replace(".", "__"): v for k, v in changes.items()})
    add_finished(
        store, status="failed", aug__preset="none", optim__name="adamw", optim__lr=0.1 + 0.2, optim__betas=[0.8, 0.95]
    )
    tracked = store.tracked.add(
        tracked_start(name="logged elsewhere", settings={"cutmix": 0.5, "lr": 0.01, "flip": False})
    )
    store.tracked.begin(tracked, Environment(host="there", python_version="3.12.1"))
    logged = {key: metric.unit for key, metric in metrics_by_key().items() if metric.is_point}
    values = {key: 1_536_000_000 if unit == "bytes" else 0.612345 for key, unit in logged.items()}
    values |= {"top1": 0.654321, "train_loss": 1.25, "mIoU": 0.456789, "reward": math.nan}
    store.record(tracked, PointsLogged(rows=(Logged(1, None, dict.fromkeys(values, 0.5)), Logged(2, 90, values))))
    store.record(tracked, RunFinished())
    store.add_run(make_spec(seed=3, model__name="resnet18", data__dataset="cifar10"), name='a "queued" one')
    for name, stated in (("row", {"cutmix": 1, "flip": True, "image_size": [224, 224], "mixup": 0.2}), ("bare", {})):
        names = {"name": name, "group": "report", "source": "a report", "dataset": "CIFAR-100"}
        extends = {"unparsed": ("tricks",), "extends_another": True} if stated else {}
        metrics = {"mIoU": 71.53} if stated else {}
        store.add_reported(
            ReportedRun(**names, model="ResNet-50 + AA", quote={}, settings=stated, metrics=metrics, **extends)
        )
    with store._database.writing() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == 1).values(WORDS))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def refusal(store, where):
    """Return in which words a filter is refused; empty where it is not."""
    try:
        store.ids(where)
    except FilterError as error:
        return str(error)
    return ""


def found(store, name, text, unit):
    """Return the ids that a cell's text finds; where that is refused, the text must be told with its unit."""
    where = f"{name} = {quoted(text)}"
    if unit and (told := refusal(store, where)):
        assert re.search(rf"write {re.escape(text + unit)}( |$)", told), told
        return store.ids(f"{name} = {quoted(text + unit)}")
    return store.ids(where)


def cells(store, known):
    """Return the runs by what their cells print in a column."""
    printed = {}
    for run in store.runs():
        if is_known(value := known.value(run.fields)):
            printed.setdefault(format_value(value, known.format, known.decimals), set()).add(run.id)
    return printed


@pytest.mark.parametrize("key", [*COLUMNS, *STATED])
def test_a_filter_copied_from_a_cell_finds_its_runs(several, key):
    known = column(key)
    for text, ids in cells(several, known).items():
        assert found(several, key, text, known.unit) >= ids, (key, text)
        if key in STATED:
            continue
        heading = quoted(known.heading)
        if key in AMBIGUOUS and (told := refusal(several, f"{heading} = {quoted(text)}")):
            assert f"write {AMBIGUOUS[key]}" in told
            assert several.ids(AMBIGUOUS[key]) >= ids
        else:
            assert found(several, heading, text, known.unit) >= ids, (known.heading, text)


def test_nearly_every_column_has_a_cell_to_copy(several):
    empty = {key for key, known in COLUMNS.items() if not cells(several, known)}

    assert empty < set(COLUMNS)
    assert not empty & {"model_aug", "settings", "optimizer_batch", "gpus", "gpu_hours", "state", "tags", "val_top1"}
    assert len(empty) < 25, empty


TOLD = {
    'model_aug = "resnet-mini (from run 1) + autoaugment + mixup + cutout + colour jitter + label smoothing"': {2},
    "state = reported": {6, 7},
    "state != reported": {1, 2, 3, 4, 5},
    "not state in (reported, finished)": {3, 5},
    "state = FAILED": {3},
    "state ~ port": {6, 7},
    'gpus = "ddp - 2"': {2},
    "gpus in (CPU, 1)": {1, 3},
    "gpus = null": {4, 5, 6, 7},
    "gpu_hours > 1h": "gpu_hours is a number",
    "gpu_hours = 0.69": {2},
    "gpu_hours < 0.7": {2},
    "gpu_hours >= 0.7": set(),
    "gpu_hours != null": {2},
    "gpu_hours ~ 0": "~ searches text",
    "gpus > 1": "gpus is text: compare it with =, != or ~",
    "state = done": "did you mean finished",
    'optimizer_batch = "adamw / 128"': {3},
    "optimizer_batch ~ adamw": {3},
    'settings ~ "cutmix 1"': {6},
    "settings = null": {4, 7},
    'tags = "a, a, c, b"': {1},
    "tags = b": {1, 2},
    'tags = "a, c"': {1},
    "Model = 'ResNet-50 + AA'": {6, 7},
    "model != 'ResNet-50 + AA' and kind = reported": set(),
    "changes = x": "changes are told of two rows",
}


@pytest.mark.parametrize("where", TOLD)
def test_what_is_told_of_several_fields_is_compared_like_any_field(several, where):
    expected = TOLD[where]
    if isinstance(expected, str):
        with pytest.raises(FilterError, match=re.escape(expected)):
            several.ids(where)
    else:
        assert several.ids(where) == expected


NONE = {
    "gpus = 2": 'no run has gpus = 2: there is CPU, "DDP - 2"',
    "gpu_hours > 5": "no run has gpu_hours > 5: it is 0.685833",
    "settings = 'lr 0.7'": "no run has settings = 'lr 0.7'",
    "model_aug = 'ResNet-50 + AB'": 'did you mean "ResNet-50 + AA"',
}


@pytest.mark.parametrize("where", NONE)
def test_what_is_told_is_named_where_it_leaves_no_run(several, where):
    assert NONE[where] in several.searching.why_none(where)


def test_runs_are_not_sorted_by_what_is_told_and_it_is_said_by_what_they_are(several):
    with pytest.raises(SpecError, match=r"cannot sort by '-gpu_hours': .*, as device or num_devices or train_seconds$"):
        several.runs(sort=["-gpu_hours"])


def test_a_run_yet_to_be_queued_is_judged_by_what_would_be_told_of_it(several):
    spec = make_spec(aug__preset="autoaugment", seed=99)

    assert several.may_let_in("model_aug = 'ResNet-mini + AutoAugment' and tags = 'x, y'", spec, tags=("y", "x"))
    assert several.may_let_in("gpu_hours < 1 and state = finished", spec)  # on what it will be trained nobody knows
    assert not several.may_let_in("model_aug = ResNet-mini", spec)
    assert not several.may_let_in("state = reported", spec)
