"""`RunSpec`: everything that decides what a run computes, as plain, validated, frozen data.

A spec is complete: it holds no `auto` that another version could resolve differently (of the device, which says where
and not what, it may). `catalog.compose_spec` builds one from what a person typed (aliases, presets, defaults by dataset
and optimizer).

The defaults here never change: digests leave out what is at its default.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from expdb.domain.shown import Shown

SPEC_VERSION: Final = 4
FOLDER_PREFIX: Final = "folder:"  # of a dataset that is a folder of pictures

Fraction = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DataSpec(_Part):
    """Which images, at which size, and how they are split."""

    dataset: Annotated[str, Shown("Dataset")] = Field(
        "cifar100", description="a name (expdb datasets), or folder:PATH with class folders"
    )
    num_classes: Annotated[int, Shown("Classes")] = Field(
        100, ge=2, description="number of classes (known from the dataset)"
    )
    channels: Annotated[Literal[1, 3], Shown("Channels")] = Field(
        3, description="image channels (known from the dataset)"
    )
    img_size: Annotated[int, Shown("Image size (px)", words="image size")] = Field(
        32, ge=8, le=1024, description="side of the square input in pixels"
    )
    normalize: Annotated[str, Shown("Normalisation")] = Field(
        "dataset", description="channel mean and std: the dataset's, half (0.5 for all), imagenet, or another dataset's"
    )
    val_fraction: Annotated[float, Shown("Val fraction", is_of_training=True)] = Field(
        0.0, ge=0, lt=1, description="share of the training split held out for choosing (0: none)"
    )
    limit: Annotated[int | None, Shown("Train limit", name="train_limit", is_of_training=True)] = Field(
        None, ge=2, description="use only this many training images (null: all)"
    )
    test_limit: Annotated[int | None, Shown("Test limit")] = Field(
        None, ge=1, description="evaluate on only this many test images (null: all)"
    )
    background: Annotated[str, Shown("Background")] = Field(
        "white", description="colour behind transparent pictures: a name, or #rrggbb"
    )
    verify: Annotated[Literal["auto", "all", "headers"], Shown("Verified", tells_apart="nothing")] = Field(
        "auto", description="what is read of every picture of a folder before the start; auto: all of it up to 2 GB"
    )
    max_megapixels: Annotated[float, Shown("Max megapixels", tells_apart="nothing")] = Field(
        179.0, gt=0, le=1e6, description="pictures of a folder that are larger are refused"
    )


class ModelSpec(_Part):
    """Which network."""

    name: Annotated[str, Shown("Model name", name="model")] = Field(
        "resnet18",
        description="an alias or timm name (expdb models), with a tag for its weights; hf-hub:OWNER/NAME; or your "
        "package.module:function",
    )
    arch: Annotated[str, Shown("Architecture")] = Field(
        "resnet18", description="architecture of that name: timm's, hf-hub:…, zoo:…, torchvision:… or yours"
    )
    stem: Annotated[Literal["default", "cifar"], Shown("Stem")] = Field(
        "default", description="cifar: of stride 1 and without pooling, for inputs of at most 64 px"
    )
    kwargs: Annotated[dict[str, Any], Shown("Model arguments", name="model_kwargs", words="model arguments")] = Field(
        default_factory=dict, description="all further arguments of the architecture; model.kwargs.KEY sets one"
    )
    drop_path: Annotated[float, Shown("Drop path", is_of_training=True)] = Field(
        0.0, ge=0, lt=1, description="stochastic depth, at the last block"
    )
    pretrained: Annotated[bool, Shown("Pretrained", label="pretrained")] = Field(
        default=False, description="start from pretrained weights of timm's or a hub's"
    )
    init_from: Annotated[int | None, Shown("Init from", format="number", label="from run {}")] = Field(
        None, ge=1, description="start from the final weights of this run"
    )
    init_group: str | None = Field(None, description="group of seeds of that run, where it is evaluated alone")
    weights: Annotated[str | None, Shown("Weights digest", name="weights_digest", label="weights {:.8}")] = Field(
        None, pattern="^[0-9a-f]{16}$", description="digest of the file of weights that is evaluated (expdb evaluate)"
    )
    weights_path: str | None = Field(None, description="where that file was, which names nothing")
    code: Annotated[str | None, Shown("Own code", name="code_digest", words="own code")] = Field(
        None, description="digest of your own code that the network is built by"
    )
    grad_checkpointing: Annotated[bool, Shown("Checkpointing", tells_apart="times", is_of_training=True)] = Field(
        default=False, description="compute activations again to save memory"
    )


class AugSpec(_Part):
    """How training images are changed, each image drawn for itself, and how targets are softened."""

    preset: Annotated[str, Shown("Preset", name="aug", words="augmentation")] = Field(
        "standard", description="augmentation preset (expdb augs)"
    )
    crop: Annotated[Literal["none", "pad", "resized"], Shown("Crop")] = Field(
        "pad", description="pad and crop at random, random resized crop, or none"
    )
    crop_padding: Annotated[int, Shown("Padding (px)")] = Field(
        4, ge=0, le=128, description="padding of the random crop in pixels"
    )
    hflip_prob: Annotated[Fraction, Shown("Flip")] = Field(0.5, description="probability of a horizontal flip")
    crop_min_scale: Annotated[float, Shown("Crop scale")] = Field(
        0.08, gt=0, le=1, description="least share of the area in a resized crop"
    )
    policy: Annotated[
        Literal["none", "autoaugment", "randaugment", "trivialaugment", "augmix", "timm"], Shown("Policy")
    ] = Field("none", description="policy of operations: torchvision's tables, or timm's by aug.timm_policy")
    autoaugment_policy: Annotated[Literal["cifar10", "imagenet", "svhn"] | None, Shown("AutoAugment table")] = Field(
        None, description="which of torchvision's AutoAugment tables"
    )
    timm_policy: Annotated[str | None, Shown("timm policy")] = Field(
        None, description="timm's policy string: original, v0, rand-m9-mstd0.5-inc1, ... (policy timm)"
    )
    randaugment_num_ops: Annotated[int | None, Shown("RandAugment N")] = Field(
        None, ge=1, le=10, description="RandAugment's N"
    )
    randaugment_magnitude: Annotated[int | None, Shown("RandAugment M")] = Field(
        None, ge=0, le=30, description="RandAugment's M, of 31 bins"
    )
    mixup_alpha: Annotated[NonNegative, Shown("Mixup", label="Mixup")] = Field(
        0.0, description="Beta parameter of mixup (0: off)"
    )
    cutmix_alpha: Annotated[NonNegative, Shown("CutMix", label="CutMix")] = Field(
        0.0, description="Beta parameter of CutMix (0: off)"
    )
    random_erasing_prob: Annotated[Fraction, Shown("Erasing", label="RandomErasing")] = Field(
        0.0, description="probability of erasing a rectangle"
    )
    cutout_size: Annotated[int, Shown("Cutout (px)", label="Cutout")] = Field(
        0, ge=0, le=512, description="side in pixels of a square that is blanked (0: off)"
    )
    color_jitter: Annotated[NonNegative, Shown("Colour jitter", label="colour jitter")] = Field(
        0.0, le=1, description="strength of brightness, contrast and saturation jitter"
    )
    label_smoothing: Annotated[float, Shown("Smoothing", label="label smoothing")] = Field(
        0.0, ge=0, lt=1, description="share of the target spread over all classes"
    )


class OptimSpec(_Part):
    """How weights are updated."""

    name: Annotated[str, Shown("Optimizer", name="optimizer")] = Field(
        "sgd", description="an optimizer by timm's name: sgd, adamw, lion, muon, ..."
    )
    lr: Annotated[float, Shown("LR")] = Field(0.1, gt=0, description="peak learning rate")
    weight_decay: Annotated[NonNegative, Shown("Weight decay")] = Field(
        5e-4, description="weight decay (on norms and biases too: optim.decay_norm_and_bias)"
    )
    momentum: Annotated[float | None, Shown("Momentum")] = Field(
        0.9,
        ge=0,
        lt=1,
        description="momentum, where the optimizer has one and schedule.momentum_range does not move it",
    )
    nesterov: Annotated[bool, Shown("Nesterov")] = Field(default=True, description="Nesterov momentum (sgd only)")
    betas: Annotated[tuple[Fraction, Fraction] | None, Shown("Betas")] = Field(
        None, description="Adam's two betas (null: the optimizer's own)"
    )
    decay_norm_and_bias: Annotated[bool, Shown("Decay on norms", words="weight decay on norms and biases")] = Field(
        default=True, description="weight decay on norms and biases too"
    )
    clip_grad_norm: Annotated[float | None, Shown("Clipping")] = Field(
        None, gt=0, description="largest gradient norm (null: no clipping)"
    )


class ScheduleSpec(_Part):
    """How the learning rate moves, updated every step."""

    name: Annotated[
        Literal["cosine", "step", "multistep", "plateau", "onecycle", "wsd", "constant"],
        Shown("Schedule", name="schedule"),
    ] = Field(
        "cosine",
        description="learning rate after the warm-up: cosine, step, multistep, plateau, onecycle, wsd, constant",
    )
    warmup_epochs: Annotated[NonNegative, Shown("Warm-up (epochs)")] = Field(
        5.0, description="epochs of linear warm-up"
    )
    warmup_lr: Annotated[NonNegative, Shown("Warm-up LR")] = Field(
        0.0, description="learning rate that the warm-up starts from"
    )
    min_lr: Annotated[NonNegative, Shown("Least LR")] = Field(
        0.0, description="learning rate that cosine, onecycle and wsd end at"
    )
    decay_epochs: Annotated[int | None, Shown("Drop every (epochs)")] = Field(
        None, ge=1, description="epochs between two drops (step only)"
    )
    decay_rate: Annotated[float | None, Shown("Decay rate")] = Field(
        None, gt=0, lt=1, description="factor of a drop (step, multistep, plateau)"
    )
    milestones: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Shown("Milestones")] = Field(
        (), description="epochs after which the rate drops (multistep only)"
    )
    patience: Annotated[int | None, Shown("Patience (epochs)")] = Field(
        None, ge=1, description="epochs without a better train loss before a drop (plateau only)"
    )
    decay_share: Annotated[float | None, Shown("Decay share")] = Field(
        None, gt=0, le=1, description="share of the run that decays at its end (wsd only)"
    )
    momentum_range: Annotated[tuple[Fraction, Fraction] | None, Shown("Momentum range")] = Field(
        None, description="momentum, or first beta, at the peak of the learning rate and at its ends (onecycle only)"
    )


class EvalSpec(_Part):
    """When a run is evaluated, and what of a picture evaluation looks at."""

    every: Annotated[int, Shown("Evaluated every", name="eval_every", is_of_training=True)] = Field(
        1, ge=1, le=100_000, description="evaluate after every so many epochs, and after the last"
    )
    crop: Annotated[float, Shown("Eval crop", name="eval_crop", words="evaluation crop")] = Field(
        1.0, gt=0, le=1, description="side of the central square that evaluation looks at, as a share of the short side"
    )


class DistillSpec(_Part):
    """A teacher: a recorded run whose predictions are learnt beside the labels.

    Source: Hinton et al. 2015, section 2.
    """

    teacher: Annotated[int | None, Shown("Teacher", format="number", label="distilled")] = Field(
        None, ge=1, description="id of the run that teaches (null: no teacher)"
    )
    weight: Annotated[Fraction, Shown("Teacher's share", name="distill_weight", words="teacher's share")] = Field(
        0.5, description="share of the teacher's term in the loss"
    )
    temperature: Annotated[float, Shown("Temperature", name="distill_temperature", words="temperature")] = Field(
        4.0, gt=0, description="both sets of logits are divided by this"
    )


class RunSpec(_Part):
    """One run's inputs. Two runs with equal specs on equal code and data compute the same thing."""

    version: Literal[4] = Field(SPEC_VERSION, description="version of this form")
    data: DataSpec = DataSpec()
    model: ModelSpec = ModelSpec()
    aug: AugSpec = AugSpec()
    optim: OptimSpec = OptimSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    eval: EvalSpec = EvalSpec()
    distill: DistillSpec = DistillSpec()
    epochs: Annotated[int, Shown("Epochs", is_of_training=True)] = Field(
        200, ge=0, le=100_000, description="passes over the training split (0: evaluated only, by expdb evaluate)"
    )
    batch_size: Annotated[int, Shown("Batch size", is_of_training=True)] = Field(
        128, ge=1, le=1_000_000, description="images per step, over all devices"
    )
    seed: Annotated[int, Shown("Seed", format="number", tells_apart="nothing", is_of_training=True)] = Field(
        0, ge=0, lt=2**31, description="seed of weights, order and augmentation"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto (cuda if there), cpu or cuda")
    gpus: int = Field(1, ge=1, le=1024, description="devices to train on (data parallel)")
    amp: Annotated[bool, Shown("AMP")] = Field(default=True, description="bfloat16 autocast where the device has it")
    compile: Annotated[bool, Shown("Compiled", name="compiled", words="compile", tells_apart="times")] = Field(
        default=False, description="torch.compile the model"
    )
    cuda_graphs: Annotated[bool, Shown("CUDA graphs", tells_apart="times")] = Field(
        default=False, description="replay the compiled model as CUDA graphs: less overhead for small models on a GPU"
    )
    grad_accumulation: Annotated[int, Shown("Accumulation", is_of_training=True)] = Field(
        1, ge=1, le=10_000, description="parts that a batch is computed in, to save memory"
    )
    ema_decay: Annotated[float | None, Shown("EMA", is_of_training=True)] = Field(
        None, gt=0, lt=1, description="decay a step of the averaged weights that are evaluated (null: no average)"
    )
    loss: Annotated[Literal["ce", "bce"], Shown("Loss", is_of_training=True)] = Field(
        "ce", description="loss to train on: ce is cross entropy, bce binary cross entropy, the mean over classes"
    )
    bce_threshold: Annotated[float | None, Shown("BCE threshold", is_of_training=True)] = Field(
        None, ge=0, lt=1, description="targets above this become 1, all others 0 (bce only; null: as they are)"
    )
    sync_bn: Annotated[bool, Shown("Sync BN", is_of_training=True)] = Field(
        default=False, description="batch norm over all devices"
    )
    progressive: Annotated[tuple[int, int] | None, Shown("Progressive (px)", is_of_training=True)] = Field(
        None, description="image side in pixels at the start and at the end of the run (null: always data.img_size)"
    )

    @model_validator(mode="after")
    def _check_together(self) -> "RunSpec":
        if self.epochs and self.schedule.warmup_epochs >= self.epochs:
            raise ValueError(
                f"schedule.warmup_epochs={self.schedule.warmup_epochs:g} leaves nothing of "
                f"epochs={self.epochs}: choose fewer warm-up epochs"
            )
        if self.batch_size % self.gpus:
            raise ValueError(f"batch_size={self.batch_size} cannot be split over gpus={self.gpus} evenly")
        for place, value in _not_plain(self.model.kwargs, "model.kwargs"):
            raise ValueError(
                f"{place}={value} is no plain finite number, text, list or table: "
                f"put it in quotes if it is text, as in --set '{place}=\"{value}\"'"
            )
        return self

    @property
    def is_trained(self) -> bool:
        """Whether a run of it trains; else it evaluates weights that are there, and no setting of training counts."""
        return self.epochs > 0


# Whole parts that say nothing of a run which trains nothing; of other parts, what stands at each setting.
TRAINING_PARTS: Final = ("aug", "optim", "schedule", "distill")


def _not_plain(value: object, place: str) -> Iterator[tuple[str, object]]:
    """Yield dotted key and value of what JSON could not hold."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield place, value
            yield from _not_plain(item, f"{place}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _not_plain(item, place)
    elif not (math.isfinite(value) if isinstance(value, float) else value is None or isinstance(value, (str, int))):
        yield place, value


def flatten(spec: RunSpec) -> dict[str, Any]:
    """Return the spec's leaves by dotted key (`optim.lr`), in the order of declaration."""
    flat: dict[str, Any] = {}
    for key, value in spec.model_dump(mode="json").items():
        if isinstance(getattr(spec, key), BaseModel):
            flat.update({f"{key}.{name}": leaf for name, leaf in value.items()})
        else:
            flat[key] = value
    return flat


def spec_fields() -> dict[str, str]:
    """Return every settable key with its one-line description, in the order of declaration."""
    return {key: field.description or "" for key, field in leaves().items()}


def leaves() -> dict[str, FieldInfo]:
    """Return the fields of all settings by dotted key, in the order of declaration."""
    found: dict[str, FieldInfo] = {}
    for key, field in RunSpec.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            found.update({f"{key}.{name}": leaf for name, leaf in part.model_fields.items()})
        else:
            found[key] = field
    return found


def list_fields() -> set[str]:
    """Return the keys of the settings that are several numbers: pairs and lists."""

    def is_list(annotation: object) -> bool:
        return get_origin(annotation) is tuple or any(is_list(choice) for choice in get_args(annotation))

    return {key for key, field in leaves().items() if is_list(field.annotation)}
