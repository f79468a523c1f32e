"""How busy this machine is: processors, memory, GPUs. Read on demand; nothing is kept of it."""

from dataclasses import dataclass

import psutil
import pynvml
import streamlit as st


@dataclass(frozen=True, kw_only=True)
class Load:
    """How busy one device is.

    Attributes:
        busy: share of the time that it computed lately, in [0, 1]; None where that is not known.
        memory_used, memory_total: bytes.
    """

    name: str
    busy: float | None
    memory_used: int
    memory_total: int


def machine_load() -> list[Load]:
    """Return the processors as one device, then the GPUs; no GPU where NVIDIA's driver is not there."""
    memory = psutil.virtual_memory()
    # Since the call before, by whomever: the first one in a process knows nothing.
    cpu = Load(
        name=f"CPU ({psutil.cpu_count()} threads)",
        busy=psutil.cpu_percent() / 100,
        memory_used=memory.total - memory.available,
        memory_total=memory.total,
    )
    return [cpu, *_gpus()] if _has_nvml() else [cpu]


@st.cache_resource(show_spinner=False)
def _has_nvml() -> bool:
    """Start NVIDIA's library once, for as long as the app runs; return whether it is there."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    return True


def _gpus() -> list[Load]:
    found = []
    try:
        for index in range(pynvml.nvmlDeviceGetCount()):
            device = pynvml.nvmlDeviceGetHandleByIndex(index)
            memory = pynvml.nvmlDeviceGetMemoryInfo(device)
            found.append(
                Load(
                    name=f"GPU {index} ({_text(pynvml.nvmlDeviceGetName(device))})",
                    busy=_busy(device),
                    memory_used=int(memory.used),
                    memory_total=int(memory.total),
                )
            )
    except pynvml.NVMLError:  # a driver that goes away while it is asked
        return found
    return found


def _busy(device: object) -> float | None:
    """Return the share of the time that a GPU computed; None where the driver does not say, as of a part of one."""
    try:
        return float(pynvml.nvmlDeviceGetUtilizationRates(device).gpu) / 100
    except pynvml.NVMLError:
        return None


def _text(name: str | bytes) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name
