"""The device a run trains on: choosing it, naming it, and what it can do."""

import platform
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from expdb.domain.spec import RunSpec
from expdb.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class DeviceInfo:
    """What a run records of its device. See `events.RunStarted` for the meanings."""

    name: str
    driver: str | None


def torch_version() -> str:
    """Return torch's version, and for which CUDA it was built: `2.15.0 (CUDA build 13.2)`."""
    return f"{torch.__version__} (CUDA build {torch.version.cuda})" if torch.version.cuda else str(torch.__version__)


def choose_device(spec: RunSpec, *, local_rank: int = 0) -> torch.device:
    """Return the device that the spec asks for; process `local_rank` of a machine takes the GPU of that number.

    Raises:
        SpecError: CUDA was asked for and is not there, or has fewer GPUs than processes; or several devices were asked
            for, none is there, and nobody said that the processor is meant.
    """
    num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if spec.device == "cuda" and not num_gpus:
        raise SpecError("device='cuda': torch sees no CUDA device here; use device=cpu or device=auto")
    if spec.device == "auto" and not num_gpus and spec.gpus > 1:
        raise SpecError(
            f"gpus={spec.gpus}: torch sees no CUDA device here; leave it out, or add --device cpu if {spec.gpus} "
            "processes shall share the processor"
        )
    if spec.device == "cpu" or not num_gpus:
        return torch.device("cpu")
    if max(spec.gpus, local_rank + 1) > num_gpus:
        raise SpecError(f"gpus={spec.gpus}: this machine has only {num_gpus}; choose fewer")
    return torch.device("cuda", local_rank)


def check_graphs(spec: RunSpec, device: torch.device) -> None:
    """Make sure that a device has the CUDA graphs that the spec asks for. Raises SpecError."""
    if spec.cuda_graphs and device.type != "cuda":
        raise SpecError(f"cuda_graphs=true needs a CUDA device, and this one is {device.type}: leave it out")


def describe_device(device: torch.device) -> DeviceInfo:
    """Return the device's name and its driver's version."""
    if device.type == "cuda":
        return DeviceInfo(name=torch.cuda.get_device_name(device), driver=_driver_version())
    return DeviceInfo(name=_processor_name(), driver=None)


def precision_of(spec: RunSpec, device: torch.device) -> Literal["fp32", "bf16"]:
    """Return bf16 if the spec allows autocast and the device computes in bfloat16 natively."""
    if not spec.amp:
        return "fp32"
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    # The oldest supported torch may not tell: then it is fp32.
    capabilities: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    has_bf16 = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16")
    return "bf16" if has_bf16 else "fp32"


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all work given to it, so that a clock read next is true."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def move(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a CPU tensor's copy on the device; the processor does not wait for a GPU to take it."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def peak_memory_bytes(device: torch.device) -> int:
    """Return the most device memory used so far (CPU: the most resident memory of this process)."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _driver_version() -> str | None:
    import pynvml

    try:
        pynvml.nvmlInit()
        version = pynvml.nvmlSystemGetDriverVersion()
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None
    return str(version)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, the device's or the machine's."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)
