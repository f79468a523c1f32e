import pytest

from expdb.cli.table_options import DEFAULT_COLUMNS
from expdb.domain.known import Fields
from expdb.domain.run import field_names
from expdb.domain.task import metrics_by_key
from expdb.domain.value_text import format_value
from expdb.errors import NotFoundError
from expdb.report.columns import COLUMNS, column
from tests.factories import make_run

# Fields that are no cell: containers, texts of many lines, and names of files.
NO_COLUMN = {
    "packages", "command", "git_diff", "user", "spec_json", "quote", "metrics", "unparsed", "extends_another",
    "removed_at", "uuid", "attempt",
    "parallel", "row_key", "picture_counts",
    "error_type", "error_message", "traceback", "artifact_dir", "weights_file", "predictions_file",
}  # fmt: skip


def test_every_useful_field_of_a_run_has_a_column():
    assert set(field_names()) - NO_COLUMN <= set(COLUMNS)


@pytest.mark.parametrize("key", COLUMNS)
def test_every_column_reads_and_prints_known_and_unknown_values(key):
    entry = COLUMNS[key]
    unknown = make_run(**dict.fromkeys(name for name in field_names() if name in NO_COLUMN - KEPT))

    for run in (make_run(), unknown):
        assert format_value(entry.value(run.fields), entry.format, entry.decimals)
    assert entry.key == key
    assert entry.heading
    assert entry.description


KEPT = {"packages", "quote", "metrics", "unparsed", "extends_another"}


class _Watched(dict):
    """Fields that note which of them are read."""

    def __init__(self, fields: Fields) -> None:
        super().__init__(fields)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("key", [*COLUMNS, "settings.lr", "metrics.miou"])
def test_a_column_reads_no_more_of_a_run_than_it_says(key):
    policies = (
        {"policy": "randaugment"},
        {"policy": "autoaugment"},
        {"policy": "none"},
        {"policy": "none", "crop": None},
    )
    devices = ({"device": "cpu"}, {"device": "cuda", "num_devices": 2}, {"num_devices": None})
    read = set()
    for values in (
        {},
        {"kind": "tracked"},
        {"init_from": 3},
        *policies,
        *devices,
        {"mixup_alpha": 1.0, "cutmix_alpha": 1.0},
    ):
        fields = make_run(**values).fields
        points = [name for name, metric in metrics_by_key().items() if metric.is_point]
        watched = _Watched({**fields, **{name: fields[name] for name in (*field_names(), *points)}})
        column(key).value(watched)
        read |= watched.read

    assert read == set(column(key).fields)


def test_default_columns_exist():
    assert set(DEFAULT_COLUMNS) <= set(COLUMNS)


def test_headings_say_which_accuracy_is_shown():
    assert "last" in COLUMNS["top1"].heading
    assert "Best" in COLUMNS["best_top1"].heading
    assert "optimistic" in COLUMNS["best_top1"].description


def test_gpu_hours_count_every_device_and_no_cpu():
    hours = column("gpu_hours").value

    assert hours(make_run(device="cuda", num_devices=2, train_seconds=1800.0).fields) == 1.0
    assert hours(make_run(device="cpu").fields) is None
    assert hours(make_run(device="cuda", train_seconds=None).fields) is None


def test_unknown_column_names_the_near_ones():
    with pytest.raises(NotFoundError, match=r"unknown column 'top_1': did you mean top1"):
        column("top_1")
