"""Reads NVIDIA GPUs by NVML, where there is one: only those that the run computes on, and nothing where that is unsure.

Source: https://docs.nvidia.com/deploy/nvml-api/ and, for CUDA_VISIBLE_DEVICES, the CUDA C++ programming guide.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from expdb.launch.load.readings import Reading


def load_nvml() -> Any:
    """Return the library's module, ready; it raises an error of its own where there is no driver."""
    import pynvml

    pynvml.nvmlInit()
    return pynvml


class GpuReader:
    """Reads the first GPUs that CUDA shows this process.

    Devices that cannot be told (parts of a GPU by MIG, unlike GPUs in an order that only CUDA knows) are not read.
    """

    def __init__(
        self, count: int, *, load: Callable[[], Any] = load_nvml, environ: Mapping[str, str] = os.environ
    ) -> None:
        """Find them.

        Args:
            count: how many of the visible ones the run computes on.
            load: gives NVML.
        """
        self._nvml: Any = None
        self._devices: Sequence[Any] = ()
        if count:
            try:
                self._nvml = load()
                self._devices = _devices_of_run(self._nvml, count, environ)
            except Exception:  # noqa: BLE001 - no driver, no rights, an old one: then its GPUs are unknown
                self.close()

    def read(self) -> Reading:
        """Return use (mean of the devices), memory and power (sums), temperature (of the hottest) and energy (sum)."""
        nvml, devices = self._nvml, self._devices
        if not devices:
            return Reading()
        ways: dict[str, tuple[Callable[[Any], float], Callable[[Sequence[float]], float]]] = {
            "gpu_use": (lambda device: nvml.nvmlDeviceGetUtilizationRates(device).gpu / 100, _mean),
            "gpu_memory_bytes": (lambda device: nvml.nvmlDeviceGetMemoryInfo(device).used, sum),
            "gpu_celsius": (lambda device: nvml.nvmlDeviceGetTemperature(device, nvml.NVML_TEMPERATURE_GPU), max),
            "gpu_watts": (lambda device: nvml.nvmlDeviceGetPowerUsage(device) / 1e3, sum),
            "gpu_joules": (lambda device: nvml.nvmlDeviceGetTotalEnergyConsumption(device) / 1e3, sum),
        }
        found: dict[str, float] = {}
        for name, (of_device, over_devices) in ways.items():
            try:
                found[name] = float(over_devices([of_device(device) for device in devices]))
            except nvml.NVMLError:  # that GPU does not tell it
                continue
        totals = {name: found.pop(name) for name in ("gpu_joules",) if name in found}
        return Reading(levels=found, totals=totals)

    def close(self) -> None:
        """Let go of the library."""
        nvml, self._nvml, self._devices = self._nvml, None, ()
        if nvml is not None:
            nvml.nvmlShutdown()


def _devices_of_run(nvml: Any, count: int, environ: Mapping[str, str]) -> list[Any]:
    """Return the first `count` devices that CUDA shows a process; none where it cannot be told which these are."""
    every = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    texts = list(map(str, range(len(every)))) if visible is None else [text.strip() for text in visible.split(",")]
    chosen = []
    for text in texts[:count]:
        if text.isdecimal() and int(text) < len(every):
            chosen.append(every[int(text)])
        elif text.startswith("GPU-"):
            named = [device for device in every if _text(nvml.nvmlDeviceGetUUID(device)).startswith(text)]
            chosen += named if len(named) == 1 else []
    is_by_number = any(text.isdecimal() for text in texts[:count])
    names = {_text(nvml.nvmlDeviceGetName(device)) for device in every}
    if is_by_number and len(names) > 1 and environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
        return []  # CUDA counts the fastest first, NVML by their places on the bus
    if len(chosen) != count or any(_is_split(nvml, device) for device in chosen):
        return []
    return chosen


def _is_split(nvml: Any, device: Any) -> bool:
    """Tell whether a GPU is split into parts (MIG): its power and use are those of all parts together."""
    try:
        return bool(nvml.nvmlDeviceGetMigMode(device)[0])
    except nvml.NVMLError:  # it cannot be split
        return False


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
