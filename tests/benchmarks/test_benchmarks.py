"""Every benchmark runs on a few images and prints its table; what it measures is not judged here."""

import pytest
import torch

from benchmarks.__main__ import main

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


@pytest.mark.long  # of one contender it is measured above; here three processes import torch
def test_memory_of_all_contenders_is_measured_in_processes_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    main(["memory", *TINY])

    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| resnet_mini"))
    assert all(float(cell.replace(",", "")) > 100 for cell in row.split("|")[2:5])
