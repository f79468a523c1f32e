import pytest
import torch

from expdb.data.cpus import num_usable_cpus
from expdb.errors import SpecError
from expdb.train.clock import Stopwatch
from expdb.train.device import choose_device, describe_device, peak_memory_bytes, precision_of
from expdb.train.random_streams import derive_seed
from tests.factories import make_spec

CPU = torch.device("cpu")


def test_cpu_is_chosen_where_it_was_asked_for() -> None:
    assert choose_device(make_spec(device="cpu")) == CPU


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_more_processes_than_gpus_are_refused() -> None:
    with pytest.raises(SpecError, match="this machine has only"):
        choose_device(make_spec(device="cuda"), local_rank=1000)


def test_processor_has_a_name_and_no_driver() -> None:
    info = describe_device(CPU)

    assert info.name.strip()
    assert info.driver is None


def test_precision_is_fp32_without_amp() -> None:
    assert precision_of(make_spec(amp=False), CPU) == "fp32"


@pytest.mark.skipif(not torch.cpu.get_capabilities().get("avx512_bf16"), reason="this processor lacks avx512_bf16")
def test_precision_is_bf16_where_the_processor_has_it() -> None:
    assert precision_of(make_spec(), CPU) == "bf16"


def test_peak_memory_of_this_process_is_plausible() -> None:
    assert 50_000_000 < peak_memory_bytes(CPU) < 1_000_000_000_000


def test_at_least_one_cpu_can_be_used() -> None:
    assert num_usable_cpus() >= 1


def test_stopwatch_does_not_run_while_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([100.0, 103.0, 110.0, 114.0])
    monkeypatch.setattr("expdb.train.clock.time.perf_counter", lambda: next(readings))
    watch = Stopwatch(CPU)

    for _ in range(2):
        watch.start()
        watch.stop()

    assert watch.seconds == 3.0 + 4.0


def test_streams_of_other_names_have_other_seeds() -> None:
    assert derive_seed(1, 2, "a") == derive_seed(1, 2, "a")
    assert len({derive_seed(1, 2, "a"), derive_seed(1, 2, "b"), derive_seed(12, "a"), derive_seed(2, 1, "a")}) == 4
