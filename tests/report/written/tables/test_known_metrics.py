"""Metrics that have a column in expdb are kept under its key and in its unit."""

import pytest

from tests.report.written.tables.written_tables import runs, told


@pytest.mark.parametrize(
    ("heading", "cell", "words", "name", "value"),
    [
        ("GPU-h", "3.5", (), "gpu_hours", 3.5),
        ("GPU hours", "90 min", (), "gpu_hours", 1.5),
        ("GPU time (min)", "90", ("GPU time (min)=gpu_hours",), "gpu_hours", 1.5),
        ("Latency [ms]", "3.2", ("Latency [ms]=eval_seconds",), "eval_seconds", 0.0032),
        ("Eval time", "3m 2s", (), "eval_seconds", 182),
        ("평가 시간 (분)", "2", (), "eval_seconds", 120),
        ("Images/s", "1.2k", (), "images_per_second", 1200),
        ("throughput (img/s)", "1,500", (), "images_per_second", 1500),
        ("Peak memory (GB)", "11.2", (), "peak_memory_bytes", 11.2e9),
        ("Peak memory", "512 MiB", (), "peak_memory_bytes", 512 * 2**20),
        ("Test loss", "0.62", (), "test_loss", 0.62),
    ],
)
def test_a_known_metric_is_kept_under_its_key_in_its_unit(heading, cell, words, name, value):
    lines = (f"Model|{heading}|Top-1", f"A|{cell}|77.10", f"B|{cell}|78.00")

    assert [dict(run.metrics) for run in runs(*lines, words=words)] == [{name: pytest.approx(value)}] * 2
    assert told(*lines, words=words)[heading].startswith(f"{name}, a metric")


def test_what_is_printed_beside_it_is_in_the_same_unit():
    words = ("GPU time (min)=gpu_hours",)
    [run] = runs("Model|GPU time (min)|Top-1", "A|90 ± 30|77.10", words=words)
    assert dict(run.metrics) == {"gpu_hours": 1.5, "gpu_hours_spread": 0.5}
    [run] = runs("Model|GPU hours|Top-1", "A|1.5 ± 0.5|77.10")
    assert dict(run.metrics) == {"gpu_hours": 1.5, "gpu_hours_spread": 0.5}


@pytest.mark.parametrize(
    ("heading", "cell", "name"),
    [
        ("Eval time", "12", "Eval_time"),
        ("Peak memory", "11.2", "Peak_memory"),
        ("Best acc", "79.1", "Best_acc"),
        ("Val acc", "79.1", "Val_acc"),
    ],
)
def test_a_metric_of_no_known_unit_or_column_is_its_own_and_says_so(heading, cell, name):
    lines = (f"Model|{heading}|Top-1", f"A|{cell}|77.10", f"B|{cell}|78.00")

    assert {name for run in runs(*lines) for name in run.metrics} == {name}
    assert told(*lines)[heading].startswith("metric of its own")


def test_of_two_columns_of_one_metric_neither_has_its_key_unless_a_user_says_which():
    lines = ("Model|Peak memory (GB)|Max memory (GB)|Top-1", "A|3|4|77.10")

    assert set(runs(*lines)[0].metrics) == {"Peak_memory_(GB)", "Max_memory_(GB)"}
    [run] = runs(*lines, words=("Max memory (GB)=peak_memory_bytes",))
    assert dict(run.metrics) == {"Peak_memory_(GB)": 3, "peak_memory_bytes": 4e9}
