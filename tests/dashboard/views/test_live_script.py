"""A script tracks in a process of its own, and others read its run while it goes on: Python, commands, pages."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

import expdb
from tests.cli.conftest import Cli, cli
from tests.dashboard.opened import open_page, shown_text
from tests.launch.recorded import wait_until

__all__ = ["cli"]

SCRIPT = """
import expdb

with expdb.track(model="unet", dataset="camvid", seed=3, epochs=4) as run:
    run.define("test/miou", unit="fraction", split="test", higher_is_better=True)
    for epoch in range(1, 5):
        print(epoch, flush=True)
        if not input():
            break
        run.log(epoch=epoch, train_loss=1 / epoch, **{"test/miou": 0.125 * epoch})
"""


@pytest.fixture
def script(url: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A script that logs an epoch for each word that it is given, and ends by an empty line."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(path)], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        if process.poll() is None:
            process.communicate("\n")


def miou() -> list[float]:
    """The values of the metric by now; none before the first one is there, when nobody knows it yet."""
    logged = expdb.history(1)
    return logged.loc[logged["metric"] == "test/miou", "value"].tolist()


def test_a_run_that_one_process_tracks_is_read_live_by_others(script: subprocess.Popen[str], cli: Cli, url: str):
    assert script.stdin is not None
    assert script.stdout is not None
    assert script.stdout.readline() == "1\n"
    begun = expdb.runs("status = running", columns=["id", "model", "seed"])
    assert begun.to_dict("records") == [{"id": 1, "model": "unet", "seed": 3}]
    for epoch in (1, 2):
        script.stdin.write("go on\n")
        script.stdin.flush()
        wait_until(lambda expected=[0.125 * one for one in range(1, epoch + 1)]: miou() == expected)

    shown = cli("--db", url, "show", "1")
    assert "running" in shown.out
    assert "test/miou" in shown.out
    listed = cli(
        "--db", url, "ls", "--where", "status = running and metrics.test/miou = 0.25", "--columns", "id,status"
    )
    assert "running" in listed.out
    page = open_page("views/live.py")
    assert "1 running" in shown_text(page)
    assert page.get("progress")[0].proto.text.startswith("epoch 2 of 4")

    script.communicate("\n")
    assert script.returncode == 0
    assert expdb.run(1).status == "finished"
    assert "Nothing is running" in open_page("views/live.py").info[0].value
