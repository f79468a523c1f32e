import pytest

from expdb.catalog.families import CNN_FAMILIES, TRANSFORMER_FAMILIES, kind_of
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import architectures


def test_every_family_of_the_catalog_is_in_one_of_the_two() -> None:
    families = {known.family for known in architectures().values()}

    assert families - {"own"} == CNN_FAMILIES | TRANSFORMER_FAMILIES
    assert not CNN_FAMILIES & TRANSFORMER_FAMILIES


@pytest.mark.parametrize(
    ("arch", "kind"),
    [
        ("resnet50", "cnn"),
        ("zoo:wrn_28_10", "cnn"),
        ("torchvision:googlenet", "cnn"),
        ("resnet50.a1_in1k", "cnn"),
        ("vit_tiny_patch16_224", "transformer"),
        ("vit_small_patch16_224.augreg_in21k", "transformer"),
        ("coatnet_0_224", "transformer"),
        ("mobilevit_s", "transformer"),
        ("convnext_tiny", "transformer"),
        ("zoo:cct_7_3x1", "transformer"),
        ("my_nets.small:build", None),
        ("hf-hub:someone/vit_tiny", None),
    ],
)
def test_an_architecture_is_what_its_family_is_whatever_its_weights(arch: str, kind: str | None) -> None:
    assert kind_of(arch) == kind


def test_every_alias_is_of_a_kind() -> None:
    assert all(kind_of(alias.arch) for alias in ALIASES.values())
