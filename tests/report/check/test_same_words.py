"""Which texts say the same, however they are written."""

import pytest

from expdb.report.check.same_words import same_words, spellings


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        ("ResNet-50 + AutoAugment", "resnet50+Auto Augment", True),
        ("weight-decay 1e-4", "weight_decay 1e-4", True),
        ("SENet50 [7, 8]", "SENet50", True),
        ("SENet50 (ours)", "SENet50", True),
        ("SENet50 (Hu et al., 2018)", "SENet50", True),
        ("SENet50 (CVPR 2018)", "SENet50", True),
        ("SENet50 (small)", "SENet50", False),
        ("ResNet\u201050", "ResNet-50", True),
        ("lr 1e\u20114", "lr 1e-4", True),
        ("lr 1e-4", "lr 1e4", False),
        ("lr 0.5", "lr 05", False),
        ("SENet50", "SENet101", False),
    ],
)
def test_words_are_compared_without_the_ways_to_write_them(a, b, is_same):
    assert (same_words(a) == same_words(b)) == is_same


@pytest.mark.parametrize(
    ("label", "other", "is_same"),
    [
        ("SENet50", "SE-ResNet-50", True),
        ("SENet50 + AutoAugment", "seresnet50 + AutoAugment", True),
        ("CBAM-ResNet50", "ResNet50", False),
        ("SENet50", "SENet101", False),
        ("a model of one's own", "SENet50", False),
    ],
)
def test_model_is_known_by_all_names_of_the_catalog(label, other, is_same):
    assert (same_words(other) in map(same_words, spellings(label))) == is_same
