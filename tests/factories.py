"""Snapshots for tests: valid by default, changed by keyword."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from expdb.catalog.compose_spec import compose_spec
from expdb.domain.codec import spec_to_json
from expdb.domain.known import RunFields
from expdb.domain.run import Run, field_names
from expdb.domain.spec import RunSpec
from expdb.domain.tracked import TrackedStart

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def make_spec(**settings: Any) -> RunSpec:
    """A spec on digits; keywords are dotted keys with `__` for the dot (`optim__lr=0.1`)."""
    defaults = {"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}
    return compose_spec(defaults | {key.replace("__", "."): value for key, value in settings.items()})


def tracked_start(*, seed: int = 0, **values: Any) -> TrackedStart:
    """What a script says of a run of unet on camvid; keywords replace fields."""
    known: dict[str, Any] = {"dataset": "camvid", "model": "unet", "seed": seed, "settings": {"width": 16}}
    known |= {"digest": f"0123456789abcd{seed:02d}", "group_digest": "fedcba9876543210"}
    return TrackedStart(**(known | values))


def make_run(*, spec: RunSpec | None = None, **values: Any) -> Run:
    """A finished measured run of resnet50 on cifar100; keywords replace fields."""
    run: dict[str, Any] = dict.fromkeys(field_names())
    run |= {
        "id": 1,
        "status": "finished",
        "kind": "measured",
        "tags": (),
        "created_at": NOW,
        "dataset": "cifar100",
        "model": "resnet50",
        "arch": "resnet50",
        "stem": "cifar",
        "aug": "standard",
        "crop": "pad",
        "crop_padding": 4,
        "hflip_prob": 0.5,
        "policy": "none",
        "normalize": "dataset",
        "img_size": 32,
        "optimizer": "sgd",
        "lr": 0.1,
        "momentum": 0.9,
        "weight_decay": 5e-4,
        "schedule": "cosine",
        "warmup_epochs": 5.0,
        "epochs": 200,
        "epochs_done": 200,
        "batch_size": 128,
        "seed": 0,
        "num_devices": 1,
        "num_params": 23_705_252,
        "macs": 1_298_000_000,
        "top1": 0.7905,
        "top5": 0.9394,
        "train_seconds": 4046.0,
        "packages": {},
        "spec_json": None if spec is None else spec_to_json(spec),
        "quote": {},
        "settings": {},
        "metrics": {},
        "unparsed": (),
        "extends_another": False,
    }
    environment = values.pop("environment", None)
    if environment is not None:
        values |= {field.name: getattr(environment, field.name) for field in fields(environment)}
    unknown = set(values) - set(run)
    if unknown:
        raise TypeError(f"Run has no field {unknown}")
    return Run(RunFields(run | values))
