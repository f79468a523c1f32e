"""What a model's cell says: its name, the settings behind `+`, and remarks that are no values."""

import pytest

from expdb.report.written.reading.model_cell import model_name, named_settings


@pytest.mark.parametrize(
    ("cell", "settings"),
    [
        ("ResNet50 + CutMix (Ours)", {"cutmix": True}),
        ("ResNet50 + Mixup [12]", {"mixup": True}),
        ("ResNet50 + Cutout (DeVries & Taylor, 2017)", {"cutout": True}),
        ("ResNet50 + CutMix† + AutoAugment*", {"cutmix": True, "auto_augment": True}),
        ("ResNet50 + mixup (α=0.2)", {"mixup": True}),
        ("ResNet50 + AutoAugment v0", {"auto_augment": "v0"}),
        ("+ cutmix 1 + AutoAugment", {"cutmix": 1.0, "auto_augment": True}),
        ("ResNet50 + CutMix (off)", {}),
        ("ResNet50 + CutMix training", {}),
        ("ResNet50 + SE (ours)", {}),
        ("ResNet50 (CutMix)", {}),
        ("ResNet50", {}),
    ],
)
def test_settings_behind_plus_are_read_and_brackets_are_no_values(cell, settings):
    assert named_settings(cell) == settings


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("ResNet50 + CutMix (Ours)", "ResNet50 + CutMix (Ours)"),
        ("ResNet50 [12]", "ResNet50"),
        ("ResNet50 + Mixup [3, 4]", "ResNet50 + Mixup"),
        ("ResNet50†", "ResNet50"),
        ("WRN-28-10*†", "WRN-28-10"),
        ("Baseline", "Baseline"),
        ("*", "*"),
    ],
)
def test_a_model_is_called_as_printed_without_its_footnotes(cell, name):
    assert model_name(cell) == name
