"""What a spec says of a run, by the names of the run's fields: promoted to columns, or shown before it is trained."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from expdb.catalog.datasets import dataset_label
from expdb.domain.codec import digest, group_digest, spec_to_json
from expdb.domain.run import Environment, Run
from expdb.domain.spec import FOLDER_PREFIX, RunSpec


def promoted(spec: RunSpec) -> dict[str, Any]:
    """Return the fields of a run that its spec decides."""
    return {
        "spec_json": spec_to_json(spec),
        "digest": digest(spec),
        "group_digest": group_digest(spec),
        "dataset": dataset_label(spec.data.dataset),
        "num_classes": spec.data.num_classes,
        "img_size": spec.data.img_size,
        "normalize": spec.data.normalize,
        "val_fraction": spec.data.val_fraction,
        "model": spec.model.name,
        "arch": spec.model.arch,
        "stem": spec.model.stem,
        "drop_path": spec.model.drop_path,
        "pretrained": spec.model.pretrained,
        "init_from": spec.model.init_from,
        "aug": spec.aug.preset,
        **spec.aug.model_dump(exclude={"preset"}),
        "optimizer": spec.optim.name,
        "lr": spec.optim.lr,
        "momentum": spec.optim.momentum,
        "weight_decay": spec.optim.weight_decay,
        "clip_grad_norm": spec.optim.clip_grad_norm,
        "schedule": spec.schedule.name,
        "warmup_epochs": spec.schedule.warmup_epochs,
        "warmup_lr": spec.schedule.warmup_lr,
        "min_lr": spec.schedule.min_lr,
        "decay_rate": spec.schedule.decay_rate,
        "milestones": _joined(spec.schedule.milestones),
        "teacher": spec.distill.teacher,
        "epochs": spec.epochs,
        "batch_size": spec.batch_size,
        "grad_accumulation": spec.grad_accumulation,
        "ema_decay": spec.ema_decay,
        "sync_bn": spec.sync_bn,
        "progressive": _joined(spec.progressive or ()),
        "eval_every": spec.eval.every,
        "eval_crop": spec.eval.crop,
        "test_limit": spec.data.test_limit,
        "background": spec.data.background if spec.data.dataset.startswith(FOLDER_PREFIX) else None,
        "code_digest": spec.model.code,
        "seed": spec.seed,
    }


def planned_run(spec: RunSpec) -> Run:
    """Return a run of this spec that nobody has queued yet: id 0, nothing measured."""
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Run))
    never = datetime.fromtimestamp(0, UTC)
    values |= {"id": 0, "status": "queued", "kind": "measured", "tags": (), "created_at": never, "epochs_done": 0}
    values |= {"environment": Environment(), "quote": {}, "settings": {}, "metrics": {}, "unparsed": ()}
    return Run(**(values | {"extends_another": False} | promoted(spec)))


def _joined(numbers: tuple[int, ...]) -> str | None:
    return ":".join(str(number) for number in numbers) or None
