from pathlib import Path
from typing import Any

import pytest

from expdb.catalog.compose_spec import compose_spec
from expdb.errors import NotFoundError, SpecError


@pytest.mark.parametrize(
    "settings",
    [
        {"optim.betas": [0.9, 0.99]},
        {"optim.betas": [0.9, 0.99], "optim.name": "adan"},
        {"optim.decay_norm_and_bias": False, "optim.weight_decay": 0},
        {"optim.nesterov": True, "optim.name": "momentum"},
        {"schedule.milestones": [3, 9]},
        {"schedule.patience": 5},
        {"schedule.decay_share": 0.3, "schedule.name": "onecycle"},
        {"schedule.decay_rate": 0.3, "schedule.name": "wsd"},
        {"schedule.min_lr": 0.01, "schedule.name": "plateau"},
        {"schedule.momentum_range": [0.8, 0.9]},
        {"schedule.momentum_range": [0.8, 0.9], "schedule.name": "onecycle", "optim.name": "adagrad"},
        {"optim.momentum": 0.9, "schedule.name": "onecycle"},
        {"distill.weight": 0.9},
        {"distill.temperature": 2.0},
        {"distill.teacher": 3, "distill.weight": 0.0},
        {"aug.label_smoothing": 0.1, "distill.teacher": 3, "distill.weight": 1.0},
        {"model.init_from": 3, "model.pretrained": True},
        {"sync_bn": True},
        {"bce_threshold": 0.2},
        {"aug.label_smoothing": 0.1, "loss": "bce", "bce_threshold": 0.2},
        {"progressive": [32, 32]},
        {"progressive": [20, 32], "epochs": 1},
        {"data.background": "black"},
        {"data.verify": "all"},
        {"data.max_megapixels": 500},
    ],
    ids=str,
)
def test_a_setting_without_effect_is_refused_by_name_with_the_reason(settings: dict[str, Any]) -> None:
    key = next(iter(settings))

    with pytest.raises(SpecError) as caught:
        compose_spec(settings)

    assert str(caught.value).startswith(f"{key}={settings[key]} has no effect here: leave it out (")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"progressive": [20, 28]}, "must end at data.img_size=32"),
        ({"progressive": [40, 32]}, "must start between 8 and 32 px"),
        ({"progressive": [4, 32]}, "must start between 8 and 32 px"),
        ({"progressive": [20, 32], "model.name": "vit_tiny"}, "vit_tiny takes images of one size only"),
        ({"schedule.name": "multistep", "schedule.milestones": [9, 3]}, "must rise"),
        ({"schedule.name": "multistep", "schedule.milestones": [200]}, "ends before the last"),
        ({"schedule.name": "multistep", "schedule.milestones": []}, "schedule.milestones is needed with"),
        ({"schedule.name": "plateau", "schedule.patience": None}, "schedule.patience is needed with"),
        ({"schedule.name": "wsd", "schedule.decay_share": None}, "schedule.decay_share is needed with"),
        ({"schedule.name": "onecycle", "schedule.momentum_range": [0.9, 0.8]}, "lower at the peak"),
        ({"schedule.name": "onecycle", "schedule.momentum_range": [0.9, 1.0]}, "below 1"),
        ({"loss": "bce", "distill.teacher": 3}, "loss=bce does not go with distill.teacher"),
        ({"loss": "bce", "bce_threshold": 0.0, "aug.label_smoothing": 0.1, "aug.mixup_alpha": 1.0}, "on one side"),
        ({"loss": "bce", "bce_threshold": 0.95, "aug.label_smoothing": 0.1, "aug.mixup_alpha": 1.0}, "on one side"),
        ({"grad_accumulation": 65}, "every part needs two"),
        ({"grad_accumulation": 64, "gpus": 2}, "of the 64 images of a step on each device"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_followed_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        compose_spec(settings)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_colour_jitter_works_beside_a_policy() -> None:
    spec = compose_spec({"aug.preset": "autoaugment", "aug.color_jitter": 0.4})

    assert (spec.aug.policy, spec.aug.color_jitter) == ("autoaugment", 0.4)


def test_an_optimizer_that_cannot_be_used_says_why() -> None:
    with pytest.raises(NotFoundError, match=r"adahessian.*second derivatives"):
        compose_spec({"optim.name": "adahessian"})


@pytest.mark.parametrize(
    ("settings", "conflict"),
    [
        ({}, "compile=false"),
        ({"compile": True, "device": "cpu"}, "device=cpu"),
        ({"compile": True, "gpus": 2}, "gpus=2"),
        ({"compile": True, "grad_accumulation": 2}, "grad_accumulation=2"),
        ({"compile": True, "progressive": [16, 32]}, "progressive"),
    ],
)
def test_cuda_graphs_are_refused_where_a_step_is_not_one_graph(settings, conflict):
    with pytest.raises(SpecError, match=f"cuda_graphs=true does not go with {conflict}"):
        compose_spec({"data.dataset": "cifar10", "cuda_graphs": True, **settings})


@pytest.mark.parametrize("color", ["whit", "#ff", "#gggggg", "rgb(1,2,3)", "", "White "])
def test_a_background_that_is_no_colour_is_refused(tmp_path: Path, color: str) -> None:
    with pytest.raises(SpecError, match=r"data\.background=.* is no colour: use a name"):
        compose_spec({"data.dataset": f"folder:{folder_in(tmp_path)}", "data.background": color})


@pytest.mark.parametrize("color", ["black", "rebeccapurple", "#00ff00"])
def test_a_background_is_a_name_or_hexadecimal(tmp_path: Path, color: str) -> None:
    spec = compose_spec({"data.dataset": f"folder:{folder_in(tmp_path)}", "data.background": color})

    assert spec.data.background == color


def folder_in(root: Path) -> Path:
    for name in ("cat", "dog"):
        (root / "train" / name).mkdir(parents=True)
    return root
