import pytest

from expdb.catalog.compose_spec import compose_spec
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import architecture_of, architectures, model_label, resolve_model, small_stem
from expdb.catalog.stems import ARCH_STEMS, FAMILY_STEMS
from expdb.catalog.zoo import ZOO
from expdb.errors import NotFoundError, SpecError


def test_zoo_is_listed_with_its_families():
    assert {name: architectures()[name].family for name in ZOO} == {name: entry.family for name, entry in ZOO.items()}


def test_stems_belong_to_families_and_architectures_that_exist():
    assert set(FAMILY_STEMS) <= {entry.family for entry in architectures().values()}
    assert set(ARCH_STEMS) <= set(architectures())


@pytest.mark.parametrize(
    ("name", "arch"),
    [
        ("wrn_28_10", "zoo:wrn_28_10"),
        ("resnet20", "zoo:resnet20"),
        ("googlenet", "torchvision:googlenet"),
        ("zoo:cvt_13", "zoo:cvt_13"),
        ("mobilenet_v3_large", "mobilenetv3_large_100"),
        ("my_package.nets:build", "my_package.nets:build"),
    ],
)
def test_architecture_tells_where_the_network_comes_from(name: str, arch: str):
    assert resolve_model(name, img_size=32).arch == arch


@pytest.mark.parametrize(
    ("name", "img_size", "kwargs"),
    [
        ("convnext_tiny", 32, {"patch_size": 1}),
        ("convnext_tiny", 224, {}),
        ("swin_tiny", 32, {"img_size": 32, "patch_size": 1, "window_size": 4}),
        ("coatnet_0", 32, {"img_size": 32}),
        ("coatnet_0", 224, {}),
        ("hybrid_base", 32, {"img_size": 32}),
        ("vit_small_p2", 32, {"img_size": 32, "patch_size": 2}),
        ("localvit_tiny", 32, {"img_size": 32, "patch_size": 4}),
        ("localvit_tiny", 224, {"img_size": 224, "patch_size": 16}),
        ("cct_7_3x1", 48, {"img_size": 48}),
        ("cvt_13", 32, {"patch_size": 3, "patch_stride": 1}),
        ("cvt_13", 224, {}),
        ("cbam_resnet50", 32, {"block_args": {"attn_layer": "cbam"}}),
        ("cait_xxs24_224", 64, {"img_size": 64}),
        ("cait_xxs24_224", 224, {}),
        ("swinv2_tiny_window8_256", 224, {"img_size": 224}),
        ("lambda_resnet26rpt_256", 64, {"img_size": 64}),
        ("xcit_nano_12_p8_224", 64, {}),  # takes any size
        ("mvitv2_tiny", 32, {}),
        ("vit_tiny.augreg_in21k", 224, {"img_size": 224}),
        ("vit_tiny.augreg_in21k", 32, {"img_size": 32, "patch_size": 4}),
        ("vit_small_patch14_dinov2.lvd142m", 224, {"img_size": 224}),  # patches of the weights
        ("resnet18.a1_in1k", 224, {}),
        ("hf-hub:someone/model", 224, {}),
    ],
)
def test_arguments_follow_from_the_input_size(name: str, img_size: int, kwargs: dict):
    assert resolve_model(name, img_size=img_size).kwargs == kwargs


@pytest.mark.parametrize("name", ["mobilenet_v4_small", "efficientnet_b0", "coatnet_0", "hybrid_small", "googlenet"])
def test_small_inputs_change_the_stem_and_large_ones_do_not(name: str):
    assert [resolve_model(name, img_size=size).stem for size in (32, 64, 96, 224)] == [
        "cifar",
        "cifar",
        *["default"] * 2,
    ]


@pytest.mark.parametrize("arch", ["vit_tiny_patch16_224", "zoo:wrn_16_4", "convnext_tiny", "my.nets:build", "nothing"])
def test_network_without_a_stem_to_change_has_none(arch: str):
    assert small_stem(arch) is None


@pytest.mark.parametrize("name", ["vit_tiny", "swin_tiny", "localvit_tiny", "cct_7_3x1", "hybrid_tiny"])
@pytest.mark.parametrize("img_size", [-8, 0, 1, 10**18])
def test_absurd_size_is_left_to_the_spec_to_refuse(name: str, img_size: int):
    with pytest.raises(SpecError, match=r"img_size"):
        compose_spec({"model.name": name, "data.img_size": img_size})


def test_tag_leaves_family_stem_and_label_as_they_are():
    tagged, plain = (resolve_model(name, img_size=32) for name in ("resnet50.a1_in1k", "resnet50"))

    assert (tagged.stem, tagged.kwargs, tagged.num_params) == (plain.stem, plain.kwargs, plain.num_params)
    assert (tagged.arch, tagged.label) == ("resnet50.a1_in1k", "ResNet50.a1_in1k")
    assert architecture_of("resnet50.a1_in1k") == architectures()["resnet50"]


def test_labels_of_tables_tell_models_apart():
    labels = [alias.label for alias in ALIASES.values()]

    assert len(set(labels)) == len(labels)
    assert model_label("wrn_28_10") == "WRN-28-10"
    assert model_label("my_package.nets:build") == "my_package.nets:build"


def test_unknown_name_near_a_zoo_model_is_suggested():
    with pytest.raises(NotFoundError, match="wrn_28_10"):
        resolve_model("wrn-28-10", img_size=32)
