"""How many processors may be used, and how many others leave free."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.data import cpus
from expdb.data.cpus import CpuWatch, cpu_quota, num_usable_cpus


def tree(folder: Path, files: dict[str, str], groups: str) -> tuple[Path, Path]:
    """Return the file of groups and the root of a tree of them, as `cpu_quota` takes it."""
    for name, text in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    named = folder / "groups"
    named.write_text(groups, encoding="utf-8")
    return named, folder / "cgroup"


@pytest.mark.parametrize(
    ("files", "groups", "quota"),
    [
        ({"a/b/cpu.max": "150000 100000\n"}, "0::/a/b\n", 1.5),
        ({"a/b/cpu.max": "max 100000\n", "a/cpu.max": "400000 100000\n"}, "0::/a/b\n", 4.0),
        ({"a/b/cpu.max": "800000 100000\n", "cpu.max": "200000 100000\n"}, "0::/a/b\n", 2.0),
        ({"cpu.max": "100000 100000\n"}, "0::/somewhere/else\n", 1.0),  # as a container sees itself
        ({"cpu.max": "max 100000\n"}, "0::/\n", math.inf),
        ({"cpu.max": "nonsense\n"}, "0::/\n", math.inf),
        ({"cpu,cpuacct/a/cpu.cfs_quota_us": "300000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n"}, "", math.inf),
        (
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "300000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n"},
            "5:memory:/a\n4:cpu,cpuacct:/a\n0::/\n",
            3.0,
        ),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, "1:cpu:/\n", math.inf),
        ({"cpuset/cpu.cfs_quota_us": "1\n", "cpuset/cpu.cfs_period_us": "1\n"}, "3:cpuset:/\n", math.inf),
        ({}, "", math.inf),
    ],
)
def test_the_least_quota_of_a_group_and_those_above_it_counts(
    tmp_path: Path, files: dict[str, str], groups: str, quota: float
):
    assert cpu_quota(*tree(tmp_path, files, groups)) == quota


def test_without_control_groups_there_is_no_quota(tmp_path: Path):
    assert cpu_quota(tmp_path / "none", tmp_path / "none") == math.inf


@pytest.mark.parametrize(("quota", "usable"), [(0.5, 1), (1.0, 1), (2.9, 2), (6.0, 4), (math.inf, 4)])
def test_usable_are_whole_processors_of_the_quota_and_none_beyond_the_affinity(
    monkeypatch: pytest.MonkeyPatch, quota: float, usable: int
):
    monkeypatch.setattr(cpus, "_own_cpus", lambda: {0, 1, 2, 3})
    monkeypatch.setattr(cpus, "cpu_quota", lambda: quota)

    assert num_usable_cpus() == usable


@pytest.mark.parametrize(
    ("busy", "own", "free"),
    [
        (0.0, 0.0, 4.0),
        (10.0, 10.0, 4.0),  # what this process does itself is in nobody's way
        (10.0, 0.0, 3.0),
        (35.0, 5.0, 1.0),
        (40.0, 0.0, 0.0),
        (4.0, 5.0, 4.0),  # the one counts in hundredths, the other does not
    ],
)
def test_processors_that_others_use_are_not_free(monkeypatch: pytest.MonkeyPatch, busy: float, own: float, free: float):
    monkeypatch.setattr(cpus, "_own_cpus", lambda: {0, 1, 2, 3})
    monkeypatch.setattr(cpus, "cpu_quota", lambda: math.inf)
    readings = {"_busy_seconds": iter([100.0, 100.0 + busy]), "process": iter([1.0, 1.0 + own])}
    monkeypatch.setattr(cpus, "_busy_seconds", lambda: next(readings["_busy_seconds"]))
    monkeypatch.setattr("expdb.data.cpus.time", Clock(readings["process"]))

    assert CpuWatch().num_free() == pytest.approx(free)


class Clock:
    """Ten seconds between the first reading and the last."""

    def __init__(self, process: Iterator[float]) -> None:
        self._now, self._process = iter([50.0, 60.0, 60.0]), process

    def perf_counter(self) -> float:
        return next(self._now)

    def process_time(self) -> float:
        return next(self._process)

    def sleep(self, seconds: float) -> None:
        assert seconds == 0.0


def test_this_machine_has_processors_and_counts_their_time():
    before = cpus._busy_seconds()

    assert 1 <= num_usable_cpus() <= len(cpus._own_cpus())
    assert 0 < before <= cpus._busy_seconds()
    assert CpuWatch().num_free() <= num_usable_cpus()
