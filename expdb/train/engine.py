"""All that one run needs in hand: model, optimizer, images, device; and the forward pass through them."""

import copy
import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from expdb.domain.spec import RunSpec
from expdb.train.clock import Rhythm
from expdb.train.data import TrainingData
from expdb.train.device import precision_of
from expdb.train.distributed import Team, parallel
from expdb.train.feeds import Feed, make_feed, steps_of
from expdb.train.model import build_model
from expdb.train.optim import make_optimizer
from expdb.train.targets import Mixer

_LEAST_EVAL_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A run in progress.

    Attributes:
        model: the network itself; `training_model` is the same, with gradients averaged over the team.
        mean, std: (C, 1, 1) float32 on the device, of pixels from 0 to 255.
        eval_batch_size: images a process looks at in one evaluation step.
    """

    spec: RunSpec
    team: Team
    device: torch.device
    precision: Literal["fp32", "bf16"]
    model: nn.Module
    training_model: nn.Module
    optimizer: torch.optim.Optimizer
    feed: Feed
    mixer: Mixer
    mean: torch.Tensor
    std: torch.Tensor
    num_train: int
    num_val: int
    num_test: int
    steps_per_epoch: int
    eval_batch_size: int
    rhythm: Rhythm

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """Return uint8 images (B, C, H, W) as float32, normalised, channels last."""
        return ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def logits(self, model: nn.Module, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) float32 logits for normalised images, computed in the run's precision."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16"):
            output: torch.Tensor = model(images)
        return output.float()


def make_engine(spec: RunSpec, data: TrainingData, *, team: Team, device: torch.device) -> Engine:
    """Build everything. Weights are drawn from `spec.seed`.

    Raises:
        SpecError: the model or the optimizer cannot be built with these settings.
    """
    torch.manual_seed(spec.seed)
    model = build_model(spec, device).to(memory_format=torch.channels_last)
    if spec.compile:
        model.compile(dynamic=False)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        torch.backends.cudnn.benchmark = True
    engine = Engine(
        spec=spec,
        team=team,
        device=device,
        precision=precision_of(spec, device),
        model=model,
        training_model=parallel(model, team),
        optimizer=make_optimizer(spec, model, device=device),
        feed=make_feed(spec, data, device=device, team=team),
        mixer=Mixer(spec.aug, num_classes=spec.data.num_classes),
        mean=_pixels(data.mean, device),
        std=_pixels(data.std, device),
        num_train=len(data.train),
        num_val=len(data.val) if data.val is not None else 0,
        num_test=len(data.test),
        steps_per_epoch=len(steps_of(spec, len(data.train), 1, team)),
        eval_batch_size=max(_LEAST_EVAL_BATCH, 2 * spec.batch_size // team.size),
        rhythm=Rhythm(),
    )
    if spec.compile or device.type == "cuda":
        _warm_up(engine)
    return engine


def _pixels(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    return 255 * torch.tensor(values, device=device)[:, None, None]


def _warm_up(engine: Engine) -> None:
    """Run every batch size once and undo it: compiling and choosing kernels is then no part of any epoch's time."""
    state = copy.deepcopy(engine.model.state_dict())
    side, channels = engine.spec.data.img_size, engine.spec.data.channels

    def forward(model: nn.Module, num_images: int) -> torch.Tensor:
        pixels = torch.zeros(num_images, channels, side, side, dtype=torch.uint8, device=engine.device)
        return engine.logits(model, engine.normalise(pixels))

    engine.model.train()
    steps = steps_of(engine.spec, engine.num_train, 1, engine.team)
    for step in (steps[0], steps[-1]):
        labels = torch.zeros(len(step.indices), dtype=torch.int64, device=engine.device)
        functional.cross_entropy(forward(engine.training_model, len(labels)), labels).backward()  # type: ignore[no-untyped-call]
    engine.model.eval()
    with torch.no_grad():
        for num_images in _eval_sizes(engine):
            forward(engine.model, num_images)
    engine.optimizer.zero_grad(set_to_none=True)
    engine.model.load_state_dict(state)


def _eval_sizes(engine: Engine) -> set[int]:
    """Return the batch sizes that evaluation on this process will use."""
    sizes = set()
    for num_images in (engine.num_val, engine.num_test):
        own = math.ceil((num_images - engine.team.rank) / engine.team.size)
        sizes |= {min(own, engine.eval_batch_size), own % engine.eval_batch_size}
    return sizes - {0}
