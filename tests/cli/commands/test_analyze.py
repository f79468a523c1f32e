"""`expdb analyze`: one tiny network is trained for this file; what each analysis computes is tested beside it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.catalog.analyses import ANALYSES
from expdb.cli.main import main
from expdb.store.store import Store
from tests.analysis_results import analysis_result
from tests.cli.conftest import Cli
from tests.store_runs import add_finished


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of one trained network."""
    folder = tmp_path_factory.mktemp("analyze")
    options = ["--epochs", "1", "--batch-size", "64", "--img-size", "8", "--set", "data.limit=128", "--device", "cpu"]
    with pytest.raises(SystemExit) as left:
        main(["--db", str(folder / "runs.db"), "run", "--dataset", "digits", "--model", "resnet_mini", *options])
    assert left.value.code == 0
    return folder


@pytest.fixture
def house(trained: Path, tmp_path: Path) -> Iterator[Store]:
    """The store of the folder that commands run in, with that network."""
    for path in trained.iterdir():
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        yield store


def test_without_a_name_the_analyses_are_listed(cli: Cli):
    listed, told = cli("analyze"), cli("analyze", "--json")

    assert listed.code == 0
    assert all(f"{entry.name} " in listed.out for entry in ANALYSES.values())
    assert [one["name"] for one in json.loads(told.out)] == list(ANALYSES)


def test_without_a_run_an_analysis_is_described(cli: Cli):
    told = cli("analyze", "shift")

    assert "shift_consistency" in told.out
    assert "shifts   [1, 2, 3, 4]" in told.out


def test_an_analysis_is_found_beside_what_training_measured(cli: Cli, house: Store):
    before = house.run(1)

    done = cli("analyze", "shift", "1", "--images", "50", "--threads", "1")

    assert (done.code, done.err) == (0, "")
    assert "shift of 1 run: 50 images each, 850 forward passes of an image" in done.out
    found = house.analyses.of([1])[1]["shift"]
    assert (found.num_images, found.num_forward, found.settings["images"]) == (50, 850, 50)
    after = house.run(1)
    assert after.fields["shift_consistency"] == found.values["shift_consistency"].value
    for name in ("top1", "test_loss", "train_seconds", "epochs_done", "digest", "predictions_file", "nll"):
        assert after.fields[name] == before.fields[name], name
    assert f"{100 * found.values['shift_consistency'].value:.2f}" in done.out


def test_the_same_is_not_computed_twice_unless_asked_for(cli: Cli, house: Store):
    first = cli("analyze", "shift", "1", "--images", "20", "--threads", "1", "--json")
    again = cli("analyze", "shift", "1", "--images", "20")
    anew = cli("analyze", "shift", "1", "--images", "20", "--threads", "1", "--again", "--json")

    assert "1 run analysed alike before" in again.out
    [one], [other] = json.loads(first.out), json.loads(anew.out)
    assert one["result"]["made_at"] != other["result"]["made_at"]
    made = ("made_at", "seconds")
    assert {key: value for key, value in one["result"].items() if key not in made} == {
        key: value for key, value in other["result"].items() if key not in made
    }


def test_a_dry_run_tells_the_cost_and_computes_nothing(cli: Cli, house: Store):
    told = cli("analyze", "shift", "1", "--dry-run")

    assert told.code == 0
    assert "shift of 1 run: 360 images each, 6,120 forward passes of an image" in told.out
    assert house.analyses.of([1]) == {}


def test_ctrl_c_leaves_nothing_half_stored(cli: Cli, house: Store, monkeypatch: pytest.MonkeyPatch):
    house.analyses.save(1, analysis_result("shift", settings={"images": 3}), epoch=1)
    counted = []

    def stopped(network, number: int) -> None:
        counted.append(number)
        if len(counted) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("expdb.analysis.network.Network.count", stopped)
    stop = cli("analyze", "shift", "1", "--images", "50", "--threads", "1")

    assert (stop.code, len(counted)) == (130, 3)
    assert house.analyses.of([1])[1]["shift"].settings == {"images": 3}
    assert house.run(1).fields["shift_consistency"] == 0.75


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["analyze", "shfit", "1"], "unknown analysis 'shfit': did you mean shift?"),
        (["analyze", "shift", "1", "--set", "shift=[1]"], "shift: unknown key 'shift': did you mean shifts?"),
        (["analyze", "shift", "1", "--set", "shifts=[]"], "shift: shifts is empty: name at least one"),
        (["analyze", "shift", "1", "--set", "seed=-1"], "shift: seed: Input should be greater than or equal to 0"),
        (["analyze", "shift", "1", "--device", "tpu"], "--device tpu: choose cpu or cuda"),
        (["analyze", "shift", "77"], "no run 77: see expdb ls"),
        (["analyze", "shift", "queued"], "run 2 is queued and has no final weights: analyse a finished one"),
    ],
)
def test_what_cannot_be_analysed_is_told_in_one_line(cli: Cli, house: Store, typed: list[str], told: str):
    add_finished(house, status="queued", name="queued")
    add_finished(house, name="gone")

    done = cli(*typed)

    assert done.code == 2
    assert done.err.startswith(f"error: {told}")
    assert done.err.count("\n") == 1


def test_importing_what_tables_read_imports_no_torch():
    code = "import sys, expdb.analysis.correctness, expdb.analysis.analyse_runs, expdb.analysis.lacking_analyses"
    code += "; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_weights_that_are_gone_are_told_in_one_line(cli: Cli, house: Store):
    add_finished(house, name="gone")

    done = cli("analyze", "shift", "gone", "--images", "5")

    assert done.code == 1
    assert done.err.startswith("error: run 2: its weights '")
    assert done.err.endswith("are not on this machine: copy them there\n")


def test_a_run_that_cannot_be_analysed_keeps_no_other_from_it(cli: Cli, house: Store):
    add_finished(house, name="gone")

    done = cli("analyze", "shift", "1-2", "--images", "5", "--threads", "1")

    assert done.code == 1
    assert done.err.startswith("warning: run 2 is left out: run 2: its weights '")
    assert "run 1 (ResNet-mini): moved images, 5 images" in done.out
    assert house.analyses.of([1, 2]).keys() == {1}
