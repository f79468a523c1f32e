"""All that one run needs in hand: model, optimizer, images, device; and the forward pass through them."""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional

from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.train.augment.mixing import Mixer
from expdb.train.augment.progressive import check_sides, resize, sides_of
from expdb.train.clock import Rhythm
from expdb.train.device import check_graphs, precision_of
from expdb.train.distributed import Team, parallel, with_shared_batch_norm
from expdb.train.input.batches import EvalSplit, Feed, make_feed, steps_of
from expdb.train.input.epoch_order import part_sizes
from expdb.train.input.splits import ImageTensor, TrainingData
from expdb.train.model.build import build_model
from expdb.train.model.first_pass import logits_in_run
from expdb.train.model.small_inputs import guard_small_inputs
from expdb.train.model.teacher import RunFolders, load_teacher, start_from
from expdb.train.model.weight_average import WeightAverage
from expdb.train.model.weights_file import load_weights_file
from expdb.train.optim import make_optimizer
from expdb.train.schedule import Schedule

_LEAST_EVAL_BATCH = 64
_MOST_GRAPHS = 128


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A run in progress.

    Attributes:
        model: the network itself; `training_model` is the same, with gradients averaged over the team.
        average: of the model's weights, where the spec asks for one.
        teacher: the frozen network whose predictions are learnt beside the labels, or None.
        mean, std: (C, 1, 1) float32 on the device, of pixels from 0 to 255.
        stored_side: of the images that the feed gives, in pixels.
        eval_batch_size: images a process looks at in one evaluation step.
    """

    spec: RunSpec
    team: Team
    device: torch.device
    precision: Literal["fp32", "bf16"]
    model: nn.Module
    training_model: nn.Module
    average: WeightAverage | None
    teacher: nn.Module | None
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    feed: Feed
    mixer: Mixer
    mean: torch.Tensor
    std: torch.Tensor
    num_train: int
    num_val: int
    num_test: int
    stored_side: int
    steps_per_epoch: int
    eval_batch_size: int
    rhythm: Rhythm

    @property
    def evaluated_model(self) -> nn.Module:
        """The network whose accuracy counts and whose weights are kept: the average, where there is one."""
        return self.model if self.average is None else self.average.model

    @property
    def eval_splits(self) -> tuple[EvalSplit, ...]:
        """The splits to evaluate on, in that order."""
        return ("val", "test") if self.num_val else ("test",)

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """Return uint8 images (B, C, H, W) as float32, normalised, channels last."""
        return ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def logits(self, model: nn.Module, images: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) float32 logits for normalised images, computed in the run's precision.

        Raises:
            TrainingError: a network of the user's own fails, or gives something else.
        """
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16"):
            is_own = model is not self.teacher and is_own_model(self.spec.model.arch)
            output: torch.Tensor = logits_in_run(model, images, self.spec) if is_own else model(images)
        return output.float()

    def state_dict(self) -> dict[str, Any]:
        """Return all that later epochs depend on, as tensors, numbers, text, lists and tables.

        The tensors are the ones in use: copy them before the next step.
        """
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        if self.average is not None:
            state["average"] = self.average.model.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state_dict` gave for the same spec."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self.average is not None:
            self.average.model.load_state_dict(state["average"])


def make_engine(spec: RunSpec, data: TrainingData, *, team: Team, device: torch.device, teachers: RunFolders) -> Engine:
    """Build everything. Weights are drawn from `spec.seed`.

    Args:
        teachers: spec and final weights of the runs that `model.init_from` and `distill.teacher` name, by id.

    Raises:
        SpecError: the model or the optimizer cannot be built with these settings, the model does not take images of
            all sizes that `progressive` asks for, the device has no CUDA graphs, or weights are of another network.
        DataError: weights to start from or to learn from cannot be read.
    """
    check_graphs(spec, device)
    torch.manual_seed(spec.seed)
    model = build_model(spec, device).to(memory_format=torch.channels_last)
    start_from(model, spec, teachers)
    load_weights_file(model, spec)
    model = with_shared_batch_norm(model, spec, device)
    check_sides(model, spec, device)
    precision = precision_of(spec, device)
    if device.type == "cpu" and precision == "bf16":
        guard_small_inputs(model)
    average = None if spec.ema_decay is None else WeightAverage(model, decay=spec.ema_decay)
    teacher = load_teacher(spec, teachers, device=device)
    if spec.compile:
        _compile(model, [average.model if average else None, teacher], is_replayed=spec.cuda_graphs)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        torch.backends.cudnn.benchmark = True
    steps_per_epoch = len(steps_of(spec, len(data.train), 1, team))
    engine = Engine(
        spec=spec,
        team=team,
        device=device,
        precision=precision,
        model=model,
        training_model=parallel(model, team),
        average=average,
        teacher=teacher,
        optimizer=make_optimizer(spec, model, device=device),
        schedule=Schedule(spec, steps_per_epoch=steps_per_epoch),
        feed=make_feed(spec, data, device=device, team=team),
        mixer=Mixer(spec.aug, num_classes=spec.data.num_classes),
        mean=_pixels(data.mean, device),
        std=_pixels(data.std, device),
        num_train=len(data.train),
        num_val=len(data.val) if data.val is not None else 0,
        num_test=len(data.test),
        stored_side=data.train.images.shape[-1] if isinstance(data.train, ImageTensor) else spec.data.img_size,
        steps_per_epoch=steps_per_epoch,
        eval_batch_size=max(_LEAST_EVAL_BATCH, 2 * spec.batch_size // team.size),
        rhythm=Rhythm(),
    )
    if spec.compile or device.type == "cuda":
        _warm_up(engine)
    return engine


def _compile(model: nn.Module, others: Sequence[nn.Module | None], *, is_replayed: bool) -> None:
    """Compile the networks of a run in place; the trained one's graphs are replayed if asked."""
    # A graph for every size of batch and image, in training and in evaluation: above the limit torch gives up.
    torch._dynamo.config.recompile_limit = _MOST_GRAPHS  # noqa: SLF001 - where torch's documentation has it
    model.compile(dynamic=False, mode="reduce-overhead" if is_replayed else None)
    for network in others:
        if network is not None:
            network.compile(dynamic=False, mode=None)


def _pixels(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    return 255 * torch.tensor(values, device=device)[:, None, None]


def _warm_up(engine: Engine) -> None:
    """Run every size once and undo it: compiling and choosing kernels is then no part of any epoch's time."""
    state = copy.deepcopy(engine.model.state_dict())
    stored, channels = engine.stored_side, engine.spec.data.channels

    def forward(model: nn.Module, num_images: int, side: int) -> torch.Tensor:
        pixels = torch.zeros(num_images, channels, stored, stored, dtype=torch.uint8, device=engine.device)
        return engine.logits(model, resize(engine.normalise(pixels), side))

    engine.model.train()
    for side in sides_of(engine.spec) if engine.spec.is_trained else ():
        for num_images in _train_sizes(engine):
            labels = torch.zeros(num_images, dtype=torch.int64, device=engine.device)
            logits = forward(engine.training_model, num_images, side)
            functional.cross_entropy(logits, labels).backward()  # type: ignore[no-untyped-call]
            if engine.teacher is not None:
                with torch.no_grad():
                    forward(engine.teacher, num_images, engine.spec.data.img_size)
    engine.evaluated_model.eval()
    with torch.no_grad():
        for num_images in _eval_sizes(engine):
            forward(engine.evaluated_model, num_images, engine.spec.data.img_size)
    engine.optimizer.zero_grad(set_to_none=True)
    engine.model.load_state_dict(state)


def _train_sizes(engine: Engine) -> list[int]:
    """Return the numbers of images that training on this process computes at once."""
    steps = steps_of(engine.spec, engine.num_train, 1, engine.team)
    parts = [part_sizes(len(step.indices), engine.spec.grad_accumulation) for step in (steps[0], steps[-1])]
    return list(dict.fromkeys(size for sizes in parts for size in sizes))


def _eval_sizes(engine: Engine) -> set[int]:
    """Return the batch sizes that evaluation on this process will use."""
    sizes = set()
    for num_images in (engine.num_val, engine.num_test):
        own = math.ceil((num_images - engine.team.rank) / engine.team.size)
        sizes |= {min(own, engine.eval_batch_size), own % engine.eval_batch_size}
    return sizes - {0}
