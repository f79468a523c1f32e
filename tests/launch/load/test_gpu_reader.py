# ruff: noqa: N802 - names of NVML
from types import SimpleNamespace
from typing import Any

import pytest

from expdb.launch.load.gpu_reader import GpuReader, load_nvml


class FakeNvml:
    """NVML of a machine with GPUs, which are their own handles."""

    class NVMLError(Exception):
        """What it raises."""

    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *gpus: dict[str, Any]) -> None:
        self.gpus, self.is_open = gpus, True

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, Any]:
        return self.gpus[index]

    def nvmlDeviceGetUUID(self, gpu: dict[str, Any]) -> str:
        return gpu["uuid"]

    def nvmlDeviceGetName(self, gpu: dict[str, Any]) -> str:
        return gpu.get("name", "GPU")

    def nvmlDeviceGetMigMode(self, gpu: dict[str, Any]) -> list[int]:
        if "mig" not in gpu:
            raise self.NVMLError("not supported")
        return [gpu["mig"], gpu["mig"]]

    def nvmlDeviceGetUtilizationRates(self, gpu: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(gpu=gpu["use"])

    def nvmlDeviceGetMemoryInfo(self, gpu: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(used=gpu["used"])

    def nvmlDeviceGetTemperature(self, gpu: dict[str, Any], _sensor: int) -> int:
        return gpu["celsius"]

    def nvmlDeviceGetPowerUsage(self, gpu: dict[str, Any]) -> int:
        return gpu["milliwatts"]

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: dict[str, Any]) -> int:
        if "millijoules" not in gpu:
            raise self.NVMLError("not supported")
        return gpu["millijoules"]

    def nvmlShutdown(self) -> None:
        self.is_open = False


def gpu(number: int, **more: Any) -> dict[str, Any]:
    own = {"use": 10 * number, "used": number, "celsius": 40 + number, "milliwatts": 1000 * number}
    return {"uuid": f"GPU-{number}{number}-x", **own, **more}


def read(count: int, *gpus: dict[str, Any], **environ: str):
    return GpuReader(count, load=lambda: FakeNvml(*gpus), environ=environ).read()


def test_gpus_of_a_run_are_read_together_in_si_units():
    found = read(2, gpu(1, millijoules=5000), gpu(2, millijoules=7000), gpu(3))

    assert found.levels == pytest.approx(
        {"gpu_use": 0.15, "gpu_memory_bytes": 3, "gpu_celsius": 42, "gpu_watts": 3.0}, rel=1e-9
    )
    assert found.totals == {"gpu_joules": 12.0}


@pytest.mark.parametrize(("visible", "used"), [("2,0", 3), ("GPU-22", 2), ("1", 2), (" 0 ", 1)])
def test_only_gpus_that_are_visible_are_read(visible: str, used: int):
    assert read(1, gpu(1), gpu(2), gpu(3), CUDA_VISIBLE_DEVICES=visible).levels["gpu_memory_bytes"] == used


@pytest.mark.parametrize("visible", ["", "-1", "7", "MIG-aa", "GPU-9", "x"])
def test_gpus_that_cannot_be_told_are_not_read(visible: str):
    assert read(1, gpu(1), gpu(2), CUDA_VISIBLE_DEVICES=visible).levels == {}


def test_a_part_of_a_gpu_is_not_read_as_the_whole():
    assert read(1, gpu(1, mig=1)).levels == {}
    assert read(1, gpu(1, mig=0)).levels["gpu_memory_bytes"] == 1


def test_unlike_gpus_are_read_only_where_their_order_is_known():
    unlike = (gpu(1, name="slow"), gpu(2, name="fast"))

    assert read(1, *unlike).levels == {}
    assert read(1, *unlike, CUDA_DEVICE_ORDER="PCI_BUS_ID").levels["gpu_memory_bytes"] == 1
    assert read(1, *unlike, CUDA_VISIBLE_DEVICES="GPU-22").levels["gpu_memory_bytes"] == 2


def test_energy_of_some_of_the_gpus_is_no_energy():
    assert read(2, gpu(1, millijoules=5000), gpu(2)).totals == {}


def test_a_run_on_the_processor_reads_no_gpu_and_needs_no_library():
    def refuse() -> Any:
        raise AssertionError("it was asked for")

    assert GpuReader(0, load=refuse).read().levels == {}


def test_a_machine_without_a_driver_has_no_gpus_and_no_error():
    def absent() -> Any:
        raise OSError("libnvidia-ml.so.1: cannot open shared object file")

    assert GpuReader(1, load=absent).read().levels == {}
    assert isinstance(GpuReader(1, load=load_nvml).read().levels, dict)


def test_the_library_is_let_go_at_the_end():
    nvml = FakeNvml(gpu(1))
    GpuReader(1, load=lambda: nvml, environ={}).close()

    assert not nvml.is_open
