import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from expdb.domain.events import EpochEnded
from expdb.domain.run import Environment
from expdb.launch.execute import execute_run
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec

TRAIN = (
    *("run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "4", "--batch-size", "32"),
    *("--set", "data.limit=64", "--set", "data.img_size=8", "--device", "cpu"),
)


def stopped_run(folder: Path, number: int, *, after: str) -> int:
    """Train in a process, stop it once a line begins with `after`, and return its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "expdb", *TRAIN, "--set", "epochs=300"],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.lstrip().startswith(after):
            process.send_signal(number)
            break
    process.communicate(timeout=240)
    return process.returncode


def test_stopped_run_goes_on_from_its_checkpoint(cli: Cli, tmp_path: Path) -> None:
    assert stopped_run(tmp_path, signal.SIGTERM, after="3/300") == 143
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        (run,) = store.runs()
        epochs_done = run.results.epochs_done
        assert (run.status, run.reason) == ("killed", "terminated")
        checkpoints = list((store.artifact_dir(run.id) / "checkpoints").iterdir())
    assert len(checkpoints) == 1
    assert 1 <= int(checkpoints[0].name) <= epochs_done


def test_running_and_finished_runs_are_refused_in_one_line(cli: Cli, tmp_path: Path) -> None:
    assert cli(*TRAIN).code == 0
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        spec = store.run(1).spec
        assert spec is not None
        run_id = store.add_run(spec)
        store.start_run(run_id, store.run(1).environment)

    refused = cli("resume", str(run_id))
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert f"run {run_id} is running (last sign of life" in refused.err
    finished = cli("resume", "1")
    assert finished.code == 2
    assert "run 1 is finished: to train it anew, expdb rerun 1" in finished.err


def test_failed_run_is_trained_from_the_beginning(cli: Cli, tmp_path: Path) -> None:
    assert cli(*TRAIN, "--lr", "1e30").code == 1

    result = cli("resume", "1")

    assert result.code == 1
    assert "no checkpoint to go on from: it starts from the beginning" in result.out


def test_rerun_reproduces_to_the_bit(cli: Cli) -> None:
    assert cli(*TRAIN, "--name", "first").code == 0

    result = cli("rerun", "first", "--name", "again")

    assert result.code == 0, result.err
    assert "data: the same as then" in result.out
    assert "run 2 reproduces run 1 to the bit" in result.out
    assert cli("rerun", "nothing").code == 2


def test_run_starts_from_the_weights_of_another(cli: Cli) -> None:
    assert cli(*TRAIN).code == 0

    missing = cli(*TRAIN, "--set", "model.init_from=7")
    assert missing.code == 2
    assert "model.init_from=7: no run 7" in missing.err


def test_run_goes_on_with_other_images_only_where_that_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    for split in ("train", "test"):
        for number, name in enumerate(("cat", "dog")):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for index in range(4):
                Image.new("RGB", (8, 8), (90 * number, index, 0)).save(
                    tmp_path / "pets" / split / name / f"{index}.png"
                )
    spec = make_spec(data__dataset=f"folder:{tmp_path}/pets", data__img_size=8, batch_size=4, device="cpu")

    def interrupt(event: object) -> None:
        if isinstance(event, EpochEnded):
            raise KeyboardInterrupt

    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store, pytest.raises(KeyboardInterrupt):
        execute_run(
            store,
            store.add_run(spec),
            data_dir=tmp_path,
            environment=Environment(),
            checkpoint_minutes=0,
            on_event=interrupt,
        )
    (tmp_path / "pets" / "train" / "cat" / "0.png").unlink()

    refused = cli("resume", "1")

    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "(8 train images then, 7 now; digest " in refused.err
    assert "put them back, or go on with --accept-changed-data" in refused.err
    accepted = cli("resume", "1", "--accept-changed-data")
    assert accepted.code == 0, accepted.err
    assert "other images: " in accepted.out
    assert ", of two data: it began with " in cli("show", "1").out
