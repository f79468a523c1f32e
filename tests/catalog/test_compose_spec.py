import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.compose_spec import compose_spec, settings_of
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import architectures
from expdb.catalog.optimizers import OPTIMIZERS
from expdb.domain.codec import digest, group_digest, spec_from_json, spec_to_json
from expdb.domain.spec import spec_fields
from expdb.errors import ExpdbError, NotFoundError, SpecError


def test_a_bare_spec_is_the_classic_cifar_recipe():
    spec = compose_spec({})

    assert (spec.data.dataset, spec.epochs, spec.batch_size) == ("cifar100", 200, 128)
    assert (spec.optim.name, spec.optim.lr, spec.optim.momentum, spec.optim.nesterov) == ("sgd", 0.1, 0.9, True)
    assert (spec.optim.weight_decay, spec.schedule.name, spec.schedule.warmup_epochs) == (5e-4, "cosine", 5)
    assert (spec.aug.crop, spec.aug.crop_padding, spec.aug.hflip_prob) == ("pad", 4, 0.5)


def test_senet101_is_timms_seresnet101_and_both_names_are_kept():
    spec = compose_spec({"model.name": "senet101", "aug.preset": "autoaugment"})

    assert (spec.model.name, spec.model.arch, spec.model.stem) == ("senet101", "seresnet101", "cifar")
    assert (spec.aug.policy, spec.aug.autoaugment_policy) == ("autoaugment", "cifar10")


@pytest.mark.parametrize(("img_size", "stem"), [(32, "cifar"), (64, "cifar"), (96, "default"), (224, "default")])
def test_small_inputs_get_the_cifar_stem(img_size: int, stem: str):
    assert compose_spec({"model.name": "resnet50", "data.img_size": img_size}).model.stem == stem


def test_the_stem_can_be_switched_back():
    assert compose_spec({"model.name": "resnet50", "model.stem": "default"}).model.stem == "default"


@pytest.mark.parametrize(("dataset", "patch"), [("cifar10", 4), ("digits", 4), ("fashion_mnist", 4)])
def test_vits_get_a_patch_size_that_fits(dataset: str, patch: int):
    assert compose_spec({"data.dataset": dataset, "model.name": "vit_tiny"}).model.kwargs["patch_size"] == patch


def test_digits_are_never_mirrored():
    assert compose_spec({"data.dataset": "digits"}).aug.hflip_prob == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optim.lr": -1}, "optim.lr=-1"),
        ({"optim.lr": math.nan}, "optim.lr=nan"),
        ({"optim.lr": "fast"}, "optim.lr='fast'"),
        ({"optim.lrr": 1}, "did you mean optim.lr"),
        ({"model.arch": "resnet50"}, "cannot be set"),
        ({"optim.name": "adamw", "optim.momentum": 0.9}, "has no effect"),
        ({"schedule.name": "constant", "schedule.min_lr": 0.1}, "has no effect"),
        ({"model.name": "vit_tiny", "model.stem": "cifar"}, "has no effect"),
        ({"aug.policy": "randaugment"}, "is needed"),
        ({"epochs": 3, "schedule.warmup_epochs": 3}, "fewer warm-up epochs"),
        ({"batch_size": 10, "gpus": 3}, "gpus=3"),
        ({"epochs": 0}, "epochs=0"),
        ({"data.dataset": "folder:/no/such/folder"}, "no folder '/no/such/folder'"),
    ],
)
def test_a_bad_setting_is_one_line_with_the_value_and_the_way_out(settings: dict, words: str):
    with pytest.raises(SpecError) as caught:
        compose_spec(settings)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "near"),
    [
        ({"model.name": "resnet5O"}, "resnet50"),
        ({"data.dataset": "cifar"}, "cifar10"),
        ({"aug.preset": "autoaug"}, "autoaugment"),
        ({"optim.name": "adamm"}, "adam"),
    ],
)
def test_an_unknown_name_suggests_near_ones(settings: dict, near: str):
    with pytest.raises(NotFoundError, match=near):
        compose_spec(settings)


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "data.dataset": st.sampled_from(sorted(DATASETS)),
        "model.name": st.sampled_from([*ALIASES, "convnext_atto", "seresnet18", "swin_tiny_patch4_window7_224"]),
        "aug.preset": st.sampled_from(sorted(AUGMENTATIONS)),
        "optim.name": st.sampled_from(sorted(OPTIMIZERS)),
        "schedule.name": st.sampled_from(["cosine", "step", "multistep", "plateau", "onecycle", "wsd", "constant"]),
        "data.img_size": st.integers(8, 256),
        "epochs": st.integers(1, 400),
        "seed": st.integers(0, 2**31 - 1),
        "optim.lr": st.floats(1e-6, 10),
        "aug.mixup_alpha": st.floats(0, 2),
        "model.stem": st.just("default"),
        "amp": st.booleans(),
        "data.limit": st.none() | st.integers(2, 10_000),
        "model.drop_path": st.floats(0, 0.5),
        "model.pretrained": st.booleans(),
        "model.grad_checkpointing": st.booleans(),
        "optim.clip_grad_norm": st.none() | st.floats(0.1, 10),
        "grad_accumulation": st.integers(1, 64),
        "ema_decay": st.none() | st.floats(0.1, 0.9999),
    },
)
# Settings that go with others only.
GROUPS = st.sampled_from(
    [
        {},
        {"optim.name": "adamw", "optim.betas": [0.8, 0.9], "optim.decay_norm_and_bias": False},
        {"distill.teacher": 3, "distill.weight": 0.9, "distill.temperature": 2.0},
        {"model.init_from": 3, "model.pretrained": False},
        {"gpus": 2, "sync_bn": True, "grad_accumulation": 1},
        {"model.name": "resnet18", "epochs": 30, "data.img_size": 32, "progressive": [20, 32]},
        {"epochs": 30, "schedule.name": "multistep", "schedule.milestones": [3, 9], "schedule.decay_rate": 0.3},
        {"schedule.name": "plateau", "schedule.patience": 3},
        {"schedule.name": "wsd", "schedule.decay_share": 0.5, "schedule.min_lr": 1e-4},
        {"schedule.name": "onecycle", "schedule.warmup_epochs": 0.5},
        {"schedule.name": "onecycle", "schedule.momentum_range": None},
        {"loss": "bce", "bce_threshold": 0.2},
    ]
)


@given(SETTINGS, GROUPS)
def test_a_spec_is_rebuilt_from_the_settings_that_matter(settings: dict, group: dict):
    spec = compose_spec(settings | group)

    assert compose_spec(settings_of(spec)) == spec
    assert spec_from_json(spec_to_json(spec)) == spec


@given(
    st.dictionaries(
        st.sampled_from(sorted(spec_fields())), st.none() | st.integers() | st.floats() | st.text(max_size=9)
    )
)
def test_any_setting_gives_a_spec_or_an_error_of_ours(settings: dict):
    with suppress(ExpdbError):
        compose_spec(settings)


def test_specs_that_differ_in_the_seed_share_a_group_digest():
    one, two = compose_spec({"seed": 1}), compose_spec({"seed": 2})

    assert digest(one) != digest(two)
    assert group_digest(one) == group_digest(two) != group_digest(compose_spec({"optim.lr": 0.2}))


def test_the_digest_does_not_change_between_versions():
    assert digest(compose_spec({"model.name": "senet101", "aug.preset": "autoaugment"})) == "334f130399b690fe"


def test_every_alias_names_an_architecture():
    assert {alias.arch for alias in ALIASES.values()} <= set(architectures())


def test_every_preset_changes_real_settings():
    known = spec_fields()
    assert all(f"aug.{key}" in known for entry in AUGMENTATIONS.values() for key in entry.settings)
