from typing import Any

import pytest

from expdb.catalog.augmentations import AUGMENTATIONS, is_timm_policy
from expdb.catalog.compose_spec import compose_spec
from expdb.errors import SpecError


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_preset_composes(name: str) -> None:
    spec = compose_spec({"aug.preset": name})

    assert spec.aug.preset == name
    assert all(getattr(spec.aug, key) == value for key, value in AUGMENTATIONS[name].settings.items())


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_preset_is_known_by_its_label_in_tables_too(name: str) -> None:
    label = AUGMENTATIONS[name].label

    assert compose_spec({"aug.preset": label}) == compose_spec({"aug.preset": name})
    assert compose_spec({"aug.preset": label.upper()}).aug.preset == name


def test_no_label_is_another_presets_name() -> None:
    labels = [entry.label.lower() for entry in AUGMENTATIONS.values()]

    assert len(set(labels)) == len(labels)
    assert all(AUGMENTATIONS.get(entry.label.lower(), entry) is entry for entry in AUGMENTATIONS.values())


def test_timm_presets_are_strings_that_timm_reads() -> None:
    policies = [entry.settings["timm_policy"] for entry in AUGMENTATIONS.values() if "timm_policy" in entry.settings]

    assert policies
    assert all(is_timm_policy(policy) for policy in policies)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"aug.timm_policy": "v0"}, "aug.timm_policy=v0 has no effect here"),
        ({"aug.policy": "timm"}, "aug.timm_policy is needed with aug.policy=timm .or use --aug timm_original"),
        ({"aug.policy": "timm", "aug.timm_policy": "v7"}, "aug.timm_policy='v7' is none of timm's"),
        ({"aug.cutout_size": 33}, "aug.cutout_size=33 is more than data.img_size=32"),
        ({"aug.crop_min_scale": 0.5}, "aug.crop_min_scale=0.5 has no effect here"),
    ],
)
def test_settings_without_effect_or_meaning_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        compose_spec(settings)
