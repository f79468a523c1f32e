"""The list of rows, compared with the rows that come with expdb where the reference list is at hand."""

from dataclasses import fields
from pathlib import Path

import pytest

from expdb.catalog.reported import reported_runs
from expdb.domain.run import ReportedRun
from expdb.errors import SpecError
from expdb.interop.report_yaml import read_yaml

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "report-runs.yaml"
# The list has fewer cells, and counts its rows; those that come with expdb are of no file.
OWN_WORDS = ("source", "quote", "document", "row_key")

LIST = """\
format: reported-runs/1
source: {document: "007", title: "A study", language: ko}
defaults: {status: reported, seeds: null, precision: fp16}
metric_info: {top1: {unit: percent}, train_seconds: {unit: s}}
groups:
  - {id: first, title: "Results of a study", target: {top1: {">": 82.0}}, columns: [model, top1], ours: {note: "…"}}
runs:
  - id: first/1
    group: first
    order: 1
    dataset: cifar100
    model: ResNet50
    optimizer: sgd
    batch_size: 256
    settings: {lr: 1e-3, cutmix: 1.0, random_crop: true, image_size: [224, 224], policy: v0}
    unparsed: ["weight-decay 1e-4 1e-3"]
    inherits: {base: null, candidates: [{run: first/0, why: "the row above"}]}
    gpus: 2
    gpu_mode: DDP
    epochs: 300
    metrics: {top1: 82.85, top5: null, params: 23000000, macs: 4100000000, train_seconds: 8740, kappa: 0.75}
    params_reported: "23M"
    raw: {model: "ResNet50", train_time: "2h 25m 40s"}
    ours: {factors: {depth: 50, se: false}, doubts: ["one", "another"]}
"""


def only(text: str) -> ReportedRun:
    [table] = read_yaml(text, name="rows.yaml")
    [run] = table.runs
    return run


def test_rows_agree_with_those_that_come_with_expdb_in_every_field():
    if not REFERENCE.exists():
        pytest.skip("the reference list ../shared/reference/report-runs.yaml is not here")
    read = read_yaml(REFERENCE.read_text(encoding="utf-8"), name="report-runs.yaml")

    assert [(table.group, len(table.runs)) for table in read] == [("report-1", 4), ("report-2", 6)]
    for run, known in zip([run for table in read for run in table.runs], reported_runs(), strict=True):
        for field in fields(ReportedRun):
            if field.name not in OWN_WORDS:
                assert getattr(run, field.name) == getattr(known, field.name), (run.name, field.name)
        assert list(run.settings) == list(known.settings)
        cells = {text for key, text in run.quote.items() if "." not in key}
        assert cells <= set(known.quote.values())


def test_every_field_of_a_row_is_kept():
    run = only(LIST)

    assert (run.name, run.group, run.dataset, run.model) == ("first/1", "first", "cifar100", "ResNet50")
    assert (run.optimizer, run.batch_size, run.epochs, run.num_devices, run.parallel) == ("sgd", 256, 300, 2, "DDP")
    assert (run.top1, run.top5, run.num_params, run.macs) == (0.8285, None, 23_000_000, 4_100_000_000)
    assert (run.train_seconds, run.img_size, run.extends_another) == (8740.0, 224, True)
    assert run.unparsed == ("weight-decay 1e-4 1e-3",)
    assert run.metrics == {"kappa": 0.75}
    assert run.source == "A study, table “Results of a study”, row 1"


def test_settings_are_typed_and_an_exponent_is_a_number():
    assert only(LIST).settings == {
        "lr": 0.001,
        "cutmix": 1.0,
        "random_crop": True,
        "image_size": [224, 224],
        "policy": "v0",
    }


def test_what_has_no_field_is_text_in_the_quote():
    assert only(LIST).quote == {
        "model": "ResNet50",
        "train_time": "2h 25m 40s",
        "params_reported": "23M",
        "precision": "fp16",
        "inherits.candidates.1.run": "first/0",
        "inherits.candidates.1.why": "the row above",
        "ours.factors.depth": "50",
        "ours.factors.se": "false",
        "ours.doubts.1": "one",
        "ours.doubts.2": "another",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("batch_size: 256", "batch_sise: 256", "run first/1: unknown key 'batch_sise': did you mean batch_size?"),
        ("top1: 82.85", "top1: 182.85", "run first/1: an accuracy is a percentage from 0 to 100, not 182.85"),
        ("top1: 82.85", "top1: .nan", "run first/1: metrics.top1"),
        ("cutmix: 1.0", "cutmix: .inf", "run first/1: settings: a number is finite, not inf"),
        ("params: 23000000", "params: 2.5", "run first/1: a count is a whole number, not 2.5"),
        ("train_seconds: 8740", "train_seconds: -1", "run first/1: a time is not negative: -1"),
        ("group: first", "group: second", "run first/1: group 'second' is not among the groups: first"),
        ("unit: percent", "unit: fraction", "rows.yaml: top1 in 'fraction': give it in 'percent'"),
        (
            "reported-runs/1",
            "papers/1",
            "rows.yaml is of the format 'papers/1': reported rows are of 'reported-runs/1'",
        ),
        (
            "epochs: 300",
            "epochs: [300",
            "line 21: no YAML: expected ',' or ']', but got ':' (while parsing a flow sequence from line 20 on)",
        ),
        ("epochs: 300", "epochs: 2024-02-31", "rows.yaml: no YAML: day"),
        ("status: reported", "status: measured", "run first/1: status: Input should be 'reported'"),
        ("  - id: first/1", "  - first/1\n  - id: first/1", "rows.yaml: run 1: keys and values are expected"),
        ("runs:\n", "rows:\n", "rows.yaml holds no list of runs"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_place(old, new, message):
    assert old in LIST
    with pytest.raises(SpecError) as raised:
        read_yaml(LIST.replace(old, new, 1), name="rows.yaml")

    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_id_that_is_there_twice_is_refused():
    row = LIST[LIST.index("  - id: first/1") :]
    with pytest.raises(SpecError, match="run first/1: the id is there twice"):
        read_yaml(LIST + row, name="rows.yaml")


@pytest.mark.parametrize(
    ("old", "new", "page"),
    [
        ("language: ko", "language: ko, page: 7", "7"),
        ("    order: 1\n", "    order: 1\n    page: A3\n", "A3"),
        ("seeds: null,", "seeds: null, page: 9,", "9"),
    ],
)
def test_the_page_of_a_row_is_part_of_its_source(old: str, new: str, page: str) -> None:
    assert only(LIST.replace(old, new, 1)).source == f"A study, p. {page}, table “Results of a study”, row 1"
