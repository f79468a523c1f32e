from pathlib import Path

import pytest
import torch
from timm.layers import DropPath
from torch import nn

from expdb.errors import DataError, SpecError
from expdb.train.model.build import build_model
from expdb.train.model.count import describe_model
from tests.factories import make_spec

CPU, META = torch.device("cpu"), torch.device("meta")
CIFAR100 = {"data.dataset": "cifar100", "epochs": 1}


@pytest.mark.parametrize(
    ("name", "stem", "num_params", "mega_macs"),
    [
        ("resnet50", "cifar", 23_705_252, 1298.0),
        ("senet101", "cifar", 47_475_092, None),
        ("resnet18", "cifar", 11_220_132, 555.5),
        ("resnet50", "default", 23_712_932, 83.6),
    ],
)
def test_sizes_are_those_of_the_papers(name: str, stem: str, num_params: int, mega_macs: float | None) -> None:
    summary = describe_model(make_spec(**CIFAR100, model__name=name, model__stem=stem))

    assert summary.num_params == summary.num_trainable_params == num_params
    assert summary.macs is not None
    if mega_macs is not None:
        assert summary.macs / 1e6 == pytest.approx(mega_macs, abs=0.05)


def test_description_on_the_meta_device_counts_the_model_that_is_built() -> None:
    spec = make_spec(model__name="senet_mini")

    model = build_model(spec, CPU)

    assert sum(parameter.numel() for parameter in model.parameters()) == describe_model(spec).num_params


@pytest.mark.parametrize("name", ["resnet18", "resnet18d", "resnet_mini", "seresnext50_32x4d"])
def test_cifar_stem_keeps_the_image_size(name: str) -> None:
    model = build_model(make_spec(**CIFAR100, model__name=name), CPU)

    features = model.maxpool(model.conv1(torch.zeros(1, 3, 32, 32)))

    assert features.shape == (1, model.bn1.num_features, 32, 32)


def test_new_stem_is_initialised_as_timm_does() -> None:
    torch.manual_seed(0)
    model = build_model(make_spec(**CIFAR100, model__name="resnet50"), CPU)

    assert model.conv1.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)


def test_stem_of_another_family_is_refused() -> None:
    spec = make_spec(model__name="vit_mini")
    spec = spec.model_copy(update={"model": spec.model.model_copy(update={"stem": "cifar"})})

    with pytest.raises(SpecError, match=r"model\.stem=cifar: test_vit has no stem"):
        build_model(spec, CPU)


def test_argument_that_timm_does_not_know_is_one_line() -> None:
    with pytest.raises(SpecError, match=r"^model resnet18 .*cannot be built with model\.kwargs=.*nonsense.*$"):
        describe_model(make_spec(model__name="resnet18", model__kwargs={"nonsense": 3}))


@pytest.mark.parametrize(
    ("name", "side", "fitting", "own"),
    [("inception_v3", 64, 96, 299), ("efficientformer_l1", 192, 224, 224)],
)
def test_image_that_a_network_does_not_take_is_answered_with_one_that_it_takes(
    name: str, side: int, fitting: int, own: int
) -> None:
    words = rf"^model {name} does not take images of data\.img_size={side}: use {fitting} \(it was made for {own}\)"
    with pytest.raises(SpecError, match=words):
        describe_model(make_spec(model__name=name, data__img_size=side))

    assert describe_model(make_spec(model__name=name, data__img_size=fitting)).num_params


ALSO_OF_ONE_SIZE = [
    "beit_base_patch16_224", "coat_tiny", "efficientformerv2_s0", "gmlp_ti16_224", "nest_tiny", "swinv2_cr_tiny_224",
    "tnt_s_legacy_patch16_224", "visformer_tiny", "volo_d1_224",
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        *("cait_xxs24_224", "gcvit_xxtiny", "hiera_tiny_224", "levit_128s", "pit_ti_224", "swinv2_tiny_window8_256"),
        *(pytest.param(name, marks=pytest.mark.long) for name in ALSO_OF_ONE_SIZE),
    ],
)
def test_network_of_one_size_is_built_for_another(name: str) -> None:
    assert (describe_model(make_spec(model__name=name, data__img_size=64)).macs or 0) > 0


@pytest.mark.parametrize(("name", "mega_macs"), [("cait_xxs24_224", 2504.0), ("pit_ti_224", 674.9)])
def test_macs_are_counted_where_torchs_counter_trips_over_gradients(name: str, mega_macs: float) -> None:
    macs = describe_model(make_spec(model__name=name, data__img_size=224)).macs

    assert macs is not None
    assert macs / 1e6 == pytest.approx(mega_macs, abs=0.05)


def test_network_whose_macs_cannot_be_counted_is_described_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("Expected gradient function to be set")

    monkeypatch.setattr("torch.utils.module_tracker.ModuleTracker.__enter__", fail)

    summary = describe_model(make_spec(model__name="vit_mini"))

    assert (summary.macs, summary.last_grid) == (None, (4, 4))


def test_argument_that_makes_a_network_fail_is_named_with_torchs_words() -> None:
    with pytest.raises(SpecError, match=r"^model resnet18 with model\.kwargs=\{'global_pool': ''\} .*: .*$"):
        describe_model(make_spec(model__name="resnet18", model__kwargs__global_pool=""))


def test_list_of_feature_maps_is_no_output() -> None:
    with pytest.raises(SpecError, match=r"returns list of 5 .*needed is a float tensor of shape \[1, 10\]"):
        describe_model(make_spec(model__name="resnet_mini", model__kwargs__features_only=True))


@pytest.mark.parametrize(
    ("name", "conv"),
    [
        ("mobilenet_v2", "conv_stem"),
        ("mobilenet_v4_small", "conv_stem"),
        ("efficientnet_b0", "conv_stem"),
        ("coatnet_nano_rw", "stem.conv1"),
        ("hybrid_tiny", "patch_embed.backbone.conv"),
    ],
)
def test_stem_of_small_images_keeps_the_weights_and_loses_the_stride(name: str, conv: str) -> None:
    small = build_model(make_spec(**CIFAR100, model__name=name), META).get_submodule(conv)
    default = build_model(make_spec(**CIFAR100, model__name=name, data__img_size=224), META).get_submodule(conv)

    assert isinstance(small, nn.Conv2d)
    assert (small.stride, default.stride) == ((1, 1), (2, 2))
    assert small.weight.shape == default.weight.shape


@pytest.mark.parametrize("name", ["mobilenet_v2", "coatnet_nano_rw", "hybrid_base", "googlenet", "resnet18"])
def test_stem_can_be_left_as_it_is_at_any_size(name: str) -> None:
    changed = describe_model(make_spec(**CIFAR100, model__name=name))
    default = describe_model(make_spec(**CIFAR100, model__name=name, model__stem="default"))

    assert changed.macs is not None
    assert default.macs is not None
    assert default.macs < changed.macs
    assert default.last_grid is not None
    assert changed.last_grid is not None
    assert default.last_grid < changed.last_grid


@pytest.mark.parametrize("name", ["zoo:wrn_16_4", "cvt_13", "vit_tiny", "convnext_tiny"])
def test_stem_that_nothing_can_be_done_about_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"model\.stem=cifar has no effect"):
        make_spec(**CIFAR100, model__name=name, model__stem="cifar")


@pytest.mark.parametrize("name", ["resnet18", "vit_mini", "efficientnet_b0", "cct_7_3x1", "cvt_13", "localvit_tiny"])
def test_drop_path_reaches_the_last_block(name: str) -> None:
    model = build_model(make_spec(**CIFAR100, model__name=name, model__drop_path=0.3), META)

    rates = [module.drop_prob for module in model.modules() if isinstance(module, DropPath)]
    assert max(rates) == pytest.approx(0.3, abs=0.03)  # EfficientNet counts on one block more


@pytest.mark.parametrize("name", ["vgg16_bn", "wrn_16_4", "googlenet"])
def test_drop_path_that_a_network_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"drop_path"):
        describe_model(make_spec(**CIFAR100, model__name=name, model__drop_path=0.1))


def test_gradient_checkpointing_computes_the_same_gradients() -> None:
    gradients = []
    for is_on in (False, True):
        torch.manual_seed(0)
        model = build_model(make_spec(**CIFAR100, model__name="vit_mini", model__grad_checkpointing=is_on), CPU)
        model(torch.ones(2, 3, 32, 32)).square().sum().backward()
        gradients.append(model.patch_embed.proj.weight.grad)

    assert torch.equal(*gradients)


@pytest.mark.parametrize("name", ["vgg16_bn", "wrn_16_4"])
def test_gradient_checkpointing_that_a_network_cannot_do_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"model\.grad_checkpointing has no effect"):
        describe_model(make_spec(**CIFAR100, model__name=name, model__grad_checkpointing=True))


@pytest.mark.parametrize("name", ["senet101", "wrn_16_4", "googlenet"])
def test_pretrained_weights_that_nobody_has_are_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"model\.pretrained: .* no .*weights of"):
        describe_model(make_spec(**CIFAR100, model__name=name, model__pretrained=True))


def test_pretrained_weights_without_a_network_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    spec = make_spec(**CIFAR100, model__name="resnet18", model__pretrained=True)

    with pytest.raises(DataError) as caught:
        build_model(spec, CPU)

    assert str(caught.value).startswith(
        "model.pretrained: model.safetensors of timm/resnet18.a1_in1k is not in the local"
    )
    assert "\n" not in str(caught.value)


def test_description_of_a_pretrained_model_loads_nothing() -> None:
    assert (
        describe_model(make_spec(**CIFAR100, model__name="resnet18", model__pretrained=True)).num_params == 11_220_132
    )
