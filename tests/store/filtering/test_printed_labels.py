"""The labels of models and augmentations find the runs of their cells, on every back end."""

from itertools import product

import pytest

from expdb.catalog.labels import aug_label, model_label_of
from expdb.domain.run import ReportedRun
from expdb.store.store import Store
from tests.factories import make_spec

_CHANGES = (
    {},
    {"aug.mixup_alpha": 0.2},
    {"aug.cutout_size": 8, "aug.color_jitter": 0.4},
    {"aug.label_smoothing": 0.1, "distill.teacher": 1},
    {"model.init_from": 1, "aug.random_erasing_prob": 0.25},
)
_PRESETS = ("none", "standard", "autoaugment", "randaugment", "timm_rand")


@pytest.fixture
def labelled(store: Store) -> Store:
    """Runs with all kinds of settings on, and rows of a document."""
    for preset, changes in product(_PRESETS, _CHANGES):
        store.add_run(make_spec(**{"aug.preset": preset, **changes}))
    store.add_run(make_spec(aug__crop="resized"))
    store.add_run(make_spec(aug__policy="timm", aug__timm_policy="rand-m5"))
    for number, stated in enumerate(({"auto_augment": True, "cutmix": 1}, {"mixup": True}, {"mixup": 0})):
        names = {"name": f"row {number}", "group": "report", "source": "a report", "dataset": "cifar10"}
        store.add_reported(ReportedRun(**names, model="ResNet-50", quote={}, settings=stated))
    return store


def test_every_label_finds_its_runs_and_a_composed_one_no_other(labelled: Store):
    runs = labelled.runs()
    presets = {"none", "crop + flip", "AutoAugment", "RandAugment", "RandAugment (timm)", "Cutout"}
    augs = {label for run in runs if (label := aug_label(run.fields))}
    assert len(augs) > 15

    for label in augs:
        printed = {run.id for run in runs if aug_label(run.fields) == label}
        found = labelled.ids(f'aug = "{label}"')
        assert found >= printed, label
        assert label in presets or found == printed, label


def test_a_model_is_found_by_its_label_with_what_it_starts_and_learns_from(labelled: Store):
    runs = labelled.runs()
    models = {model_label_of(run.fields) for run in runs}
    assert "ResNet-mini (distilled)" in models

    for label in models:
        printed = {run.id for run in runs if model_label_of(run.fields) == label}
        found = labelled.ids(f'model = "{label}"')
        assert found == printed if "(" in label else found >= printed, label
