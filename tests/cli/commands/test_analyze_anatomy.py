"""`expdb analyze anatomy --model`: a network's page before any training, without a database."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_a_model_is_described_before_any_run_and_makes_no_database(cli: Cli, tmp_path: Path) -> None:
    vit = ("--model", "vit_tiny_patch16_224", "--img-size", "48", "--set", "model.kwargs.patch_size=16")
    done = cli("analyze", "anatomy", *vit, "--dataset", "cifar10", "--set", "depth=1")

    assert (done.code, done.err) == (0, "")
    assert "48 x 48 px, 10 classes" in done.out
    assert "9 x 768" in done.out  # patches of 16 x 16 px of three channels
    assert "5,490,442" in done.out  # all digits of a count
    assert list(tmp_path.iterdir()) == []


def test_its_result_is_json_of_no_run(cli: Cli) -> None:
    done = cli("analyze", "anatomy", "--model", "resnet20", "--dataset", "cifar10", "--json")

    (record,) = json.loads(done.out)
    assert record["run"] is None
    tree = next(one for one in record["result"]["listings"] if one["key"] == "modules")
    assert tree["rows"][0] == [0, "CifarResNet", "", "10", 269_722, pytest.approx(40.6, abs=0.1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("anatomy", "1", "--model", "resnet20"), "--model resnet20 and RUN 1: give one of them"),
        (("shift", "--model", "resnet20"), "--model resnet20: shift needs a trained run; anatomy does not"),
        (("anatomy", "1", "--img-size", "48"), "--img-size goes with --model NAME: a run has its own"),
        (("anatomy", "--model", "resnet21"), "resnet21"),
        (("anatomy", "--model", "resnet20", "--images", "5"), "images"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_line(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    done = cli("analyze", *arguments)

    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
