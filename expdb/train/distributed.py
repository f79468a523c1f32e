"""Data-parallel training: who takes part, and the few things the processes tell each other.

The launcher starts one process a device with torchrun's environment (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR,
MASTER_PORT). Each global batch is the same as one process would take; each process trains on its slice of it.
"""

import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from timm.layers.norm_act import convert_sync_batchnorm
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

_HERE = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Team:
    """The processes that train one model, and which of them this is.

    Attributes:
        rank: 0 for the process that writes files.
        size: number of processes, one a device.
        local_rank: number of this process on its machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0


def team_of(spec: RunSpec, environ: Mapping[str, str] = os.environ) -> Team:
    """Read this process's place from torchrun's environment.

    Raises:
        SpecError: the spec wants another number of devices than there are processes.
    """
    size = int(environ.get("WORLD_SIZE", "1"))
    if spec.gpus != size:
        raise SpecError(f"gpus={spec.gpus}, but {size} training processes were started: start one a device (torchrun)")
    return Team(rank=int(environ.get("RANK", "0")), size=size, local_rank=int(environ.get("LOCAL_RANK", "0")))


@contextmanager
def joined(team: Team, device: torch.device) -> Iterator[None]:
    """Connect the processes for the duration of the block."""
    if team.size == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=team.rank, world_size=team.size)
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def open_meeting() -> Iterator[Mapping[str, str]]:
    """Keep a place where processes of this machine meet, and give the variables by which `joined` finds it.

    They are torchrun's. A port that rank 0 opens itself might be somebody else's by then.
    """
    store = dist.TCPStore(_HERE, 0, is_master=True, wait_for_workers=False)  # type: ignore[attr-defined]  # public
    yield {
        "MASTER_ADDR": _HERE,
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
    }
    del store


def is_lost_connection(error: BaseException) -> bool:
    """Whether an error says no more than that another process of the team is gone."""
    return isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error))


def parallel(model: nn.Module, team: Team) -> nn.Module:
    """Return the module to call in training: gradients become means over the processes."""
    if team.size == 1:
        return model
    # Buffers start equal and are averaged after an epoch. The older torch knows the option by the second name only.
    known = inspect.signature(DistributedDataParallel).parameters
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    option: dict[str, Any] = {name: False}
    return DistributedDataParallel(model, gradient_as_bucket_view=True, **option)


def averaging(model: nn.Module, *, is_on: bool) -> AbstractContextManager[None]:
    """Within the block, gradients of a module from `parallel` are summed up here, and averaged only where `is_on`."""
    if is_on or not isinstance(model, DistributedDataParallel):
        return nullcontext()
    block: AbstractContextManager[None] = model.no_sync()
    return block


def with_shared_batch_norm(model: nn.Module, spec: RunSpec, device: torch.device) -> nn.Module:
    """Return the model with batch norm over the images of all processes, where the spec asks for it.

    Raises:
        SpecError: the model has no batch norm, or torch cannot do it on this device.
    """
    if not spec.sync_bn:
        return model
    if device.type != "cuda":
        raise SpecError("sync_bn: torch shares batch norm between GPUs only; leave it out on a CPU")
    if not has_batch_norm(model):
        raise SpecError(f"sync_bn has no effect: {spec.model.name} has no batch norm; leave it out")
    shared: nn.Module = convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]  # timm's: its norms hold an activation too
    return shared


def has_batch_norm(model: nn.Module) -> bool:
    """Whether a model computes with the mean and variance of a batch."""
    return any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules())  # noqa: SLF001 - torch's test


def wait_for_all(team: Team) -> None:
    """Return when every process has come here."""
    if team.size > 1:
        dist.barrier()


def sum_over(team: Team, tensor: torch.Tensor) -> torch.Tensor:
    """Return the sum of the processes' tensors (changes `tensor` in place)."""
    if team.size > 1:
        dist.all_reduce(tensor)
    return tensor


def max_over(team: Team, values: list[float], device: torch.device) -> list[float]:
    """Return the largest of the processes' values, one by one: all processes then report the same."""
    if team.size == 1:
        return values
    tensor = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return [float(value) for value in tensor.tolist()]


def average_buffers(model: nn.Module, team: Team) -> None:
    """Give all processes the mean of their batch-norm statistics, so that all evaluate the same model."""
    if team.size == 1:
        return
    for buffer in model.buffers():
        if buffer.is_floating_point():
            dist.all_reduce(buffer)
            buffer.div_(team.size)
