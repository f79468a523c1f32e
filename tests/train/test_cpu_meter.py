"""What processors did for training: how long they computed, and how long threads waited for one."""

import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expdb.domain.events import EpochEnded
from expdb.train.clock import CpuMeter, run_delays
from expdb.train.loop import train
from tests.factories import make_spec


def tell(tasks: Path, **delays: int) -> None:
    """Write what a kernel says of threads: nanoseconds computed and waited, and turns."""
    for thread, waited in delays.items():
        folder = tasks / thread
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"1000 {waited} 3\n", encoding="ascii")


def compute(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_waiting_is_summed_over_threads_between_start_and_stop(tmp_path: Path) -> None:
    tell(tmp_path, t1=1_000_000_000, t2=5_000_000_000)
    meter = CpuMeter(tmp_path)
    meter.start()
    tell(tmp_path, t1=2_000_000_000, t2=5_500_000_000, t3=250_000_000)
    meter.stop()
    tell(tmp_path, t1=9_000_000_000)
    meter.start()
    tell(tmp_path, t2=6_500_000_000)
    meter.stop()

    assert meter.wait_seconds == pytest.approx(1.0 + 0.5 + 0.25 + 1.0)


def test_of_a_thread_that_has_ended_nothing_is_known(tmp_path: Path) -> None:
    tell(tmp_path, t1=1_000_000_000, t2=5_000_000_000)
    meter = CpuMeter(tmp_path)
    meter.start()
    (tmp_path / "t2" / "schedstat").unlink()
    tell(tmp_path, t1=3_000_000_000)
    meter.stop()

    assert meter.wait_seconds == pytest.approx(2.0)


@pytest.mark.parametrize("text", [None, "0 0 0\n", "1 2\n", "a b c\n"], ids=["absent", "off", "short", "words"])
def test_a_kernel_without_these_statistics_says_nothing_and_is_not_taken_for_idle(
    tmp_path: Path, text: str | None
) -> None:
    folder = tmp_path / "t1"
    folder.mkdir()
    if text is not None:
        (folder / "schedstat").write_text(text, encoding="ascii")
    meter = CpuMeter(tmp_path)
    meter.start()
    meter.stop()

    assert run_delays(tmp_path) is None
    assert run_delays(tmp_path / "elsewhere") is None
    assert math.isnan(meter.wait_seconds)


def test_only_what_is_computed_between_start_and_stop_counts() -> None:
    meter = CpuMeter()
    compute(0.05)
    for _ in range(2):
        meter.start()
        compute(0.02)
        meter.stop()
        compute(0.05)

    assert 0.04 <= meter.cpu_seconds < 0.09


def test_processes_that_ended_meanwhile_count() -> None:
    meter = CpuMeter()
    meter.start()
    code = "import time\nwhile time.process_time() < 0.1: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    meter.stop()

    assert meter.cpu_seconds >= 0.1


def test_an_epoch_says_what_its_steps_took(tmp_path: Path) -> None:
    before = time.process_time()

    spec = make_spec(model__name="test_resnet", epochs=1, data__limit=64, batch_size=32, device="cpu")
    (ended,) = (e for e in train(spec, data_dir=Path(), out_dir=tmp_path) if isinstance(e, EpochEnded))

    assert ended.cpu_seconds is not None
    assert 0 < ended.cpu_seconds < time.process_time() - before
    assert ended.cpu_wait_seconds is None or ended.cpu_wait_seconds >= 0
