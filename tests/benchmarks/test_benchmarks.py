"""Every benchmark runs on a few images and prints its table; what it measures is not judged here."""

from pathlib import Path

import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.fault_report import FaultLimits, FaultReport
from benchmarks.faults import FAULTS, Fault
from benchmarks.trackers import Trackio
from expdb.errors import SpecError

FEW = ["--images", "32", "--threads", "1"]
TINY = [*FEW, "--models", "resnet_mini", "--batch-size", "16"]


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (["augment", *FEW, "--rounds", "1", "--augs", "autoaugment", "augmix"], ["autoaugment", "augmix"]),
        (["overhead", *TINY, "--rounds", "1"], ["resnet_mini"]),
        (["flops", *TINY, "--rounds", "1"], ["resnet_mini, "]),
        (
            ["epoch", *TINY, "--rounds", "1"],
            ["resnet_mini, plain, fp32", "resnet_mini, plain, AMP + channels last", "resnet_mini, expdb"],
        ),
    ],
    ids=lambda value: value[0],
)
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*pin_memory.*:UserWarning")
def test_prints_a_table_with_versions(
    arguments: list[str], rows: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(arguments)

    out = capsys.readouterr().out
    assert all(f"| {row}" in out for row in rows)
    assert f"torch {torch.__version__.partition('+')[0]}" in out


def test_memory_of_one_contender_is_a_number_of_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["memory", *TINY, "--contender", "ours"])

    assert int(capsys.readouterr().out) > 100_000_000


def test_families_are_computed_or_refused_with_a_size_that_they_take(capsys: pytest.CaptureFixture[str]) -> None:
    main(["families", "--sides", "32", "--only", "vision_transformer", "inception_v3"])

    out = capsys.readouterr().out
    assert "| inception_v3 | inception_v3 | refused: model inception_v3 does not take images of " in out
    assert "| vision_transformer | test_vit" in out
    assert "32 px: 1 computed, 1 refused" in out


@pytest.mark.parametrize("words", ["shape '[1, 7]' is invalid for input of size 4096", "use another size"])
def test_family_that_ends_in_a_raw_message_fails_the_benchmark(
    monkeypatch: pytest.MonkeyPatch, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise SpecError(words)

    monkeypatch.setattr("benchmarks.families.describe_model", fail)

    with pytest.raises(SystemExit) as left:
        main(["families", "--sides", "32", "--only", "vision_transformer"])

    assert left.value.code == 1
    assert f"RAW: {words}" in capsys.readouterr().out


@pytest.mark.long  # of one contender it is measured above; here three processes import torch
def test_memory_of_all_contenders_is_measured_in_processes_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    main(["memory", *TINY])

    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| resnet_mini"))
    assert all(float(cell.replace(",", "")) > 100 for cell in row.split("|")[2:5])


@pytest.mark.long  # eight processes import torch
def test_contention_is_measured_with_a_number_of_threads_and_with_the_chosen_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["contention", *TINY, "--rounds", "1", "--seconds", "0.1"])

    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("| resnet_mini")]
    assert [row[1].strip() for row in rows] == ["1", "chosen: 1, 1 and 1, 1"]
    assert all(cell.strip().endswith("x") for row in rows for cell in row[3:])


def test_recording_is_measured_alone_and_by_writers_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recording", "--at", "2", "--writers", "2", "--seconds", "0.1", "--rounds", "1"])

    out = capsys.readouterr().out
    assert "| 2 | " in out
    assert "| 2 by Store.record, round 0 | " in out
    assert "| 2 by plain statements, round 0 | " in out


def test_a_tracker_that_is_not_installed_is_said_so_and_the_others_are_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trackio, "package", "trackio-that-nobody-has")

    main(["tracking", "--rounds", "1", "--steps", "20", "--seconds", "0.5", "--only", "expdb", "trackio"])

    out = capsys.readouterr().out
    assert "plain sqlite3 3." in out
    assert "; not installed: trackio\n" in out
    burst, startup, kill = (line.split(" | ") for line in out.splitlines() if line.startswith("| plain sqlite3 "))
    assert (burst[1], burst[4], startup[-1]) == ("20", "1x", "1x |")
    assert float(kill[1].replace(",", "")) > 0
    assert kill[2] == "0"  # each call of plain sqlite3 is a commit
    burst, startup, kill = (line.split(" | ") for line in out.splitlines() if line.startswith("| expdb "))
    assert burst[1] == "20"
    assert float(burst[-2].replace(",", "")) > 0  # of a run that goes on, others read the points
    assert float(kill[2].replace(",", "")) < float(kill[1].replace(",", ""))


FEW_FAULTS = {"kills": 1, "writers": 2, "seconds": 0.1, "commands": 20, "upgrades": 1, "damages": 3}


def made_faults(capsys: pytest.CaptureFixture[str], *names: str) -> list[str]:
    """Make some faults, or all; return the rows of the table."""
    few = [word for name, number in FEW_FAULTS.items() for word in (f"--{name}", str(number))]
    main(["faults", *few, *(["--only", *names] if names else [])])
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][2:]


def test_faults_are_made_and_held_against(capsys: pytest.CaptureFixture[str]) -> None:
    rows = made_faults(capsys, "kill -9 of a writer", "database locked", "writers at once")

    assert len(rows) == 3
    assert all(row.endswith("| held |") for row in rows), rows


@pytest.mark.long  # most of them are made by the tests of what they strike
def test_every_fault_is_made_and_held_against(capsys: pytest.CaptureFixture[str]) -> None:
    rows = made_faults(capsys)

    assert len(rows) == len(FAULTS)
    assert all(row.endswith("| held |") for row in rows), rows


def test_what_does_not_hold_is_told_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(_folder: Path, _limits: FaultLimits, report: FaultReport) -> None:
        report.struck = 3
        report.hold(False, "one is gone")

    lost = Fault(name="lost", how="by hand", held="nothing", make=make)
    monkeypatch.setattr("benchmarks.faults.FAULTS", (lost,))

    with pytest.raises(SystemExit, match="1"):
        main(["faults"])

    out = capsys.readouterr().out
    assert "| lost | by hand | 3 | nothing | 1 wrong |" in out
    assert "- lost: one is gone" in out
