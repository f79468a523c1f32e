"""What pretrained weights were made for: their classes, and how images are prepared for them."""

import json
from typing import Any

import timm
from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset

from expdb.catalog.evaluation_spec import PretrainedFacts
from expdb.catalog.models import is_hub_model
from expdb.domain.spec import RunSpec
from expdb.train.model.pretrained import find_hub_model, find_pretrained


def pretrained_facts(spec: RunSpec) -> PretrainedFacts | None:
    """Return what the pretrained weights of a spec were made for; None where it evaluates no such weights.

    Raises:
        SpecError: there are none in a form that is read.
        DataError: they are not at hand and could not be fetched.
    """
    if find_pretrained(spec) is None:
        return None
    config = _config(spec)
    size = config.get("test_input_size") or config["input_size"]
    return PretrainedFacts(
        num_classes=config["num_classes"],
        channels=size[0],
        img_size=size[-1],
        crop=config.get("test_crop_pct") or config["crop_pct"],
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        class_names=_class_names(config),
    )


def _config(spec: RunSpec) -> dict[str, Any]:
    """Return timm's description of weights, over its defaults for what a hub leaves out."""
    if not is_hub_model(spec.model.arch):
        config = timm.get_pretrained_cfg(spec.model.arch)
        assert config is not None  # noqa: S101 - `find_pretrained` has found them
        return vars(config)
    said = json.loads((find_hub_model(spec).folder / "config.json").read_text(encoding="utf-8"))
    own = said.get("pretrained_cfg") or {}
    top = {name: said[name] for name in ("num_classes", "label_names") if name in said}
    return {**vars(timm.models.PretrainedCfg()), **top, **own}


def _class_names(config: dict[str, Any]) -> tuple[str, ...]:
    if config.get("label_names"):
        return tuple(config["label_names"])
    subset = infer_imagenet_subset(config)
    return tuple(ImageNetInfo(subset).label_names()) if subset else ()  # type: ignore[no-untyped-call]
