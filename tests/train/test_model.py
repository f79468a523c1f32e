import pytest
import torch

from expdb.catalog.models import ALIASES
from expdb.errors import SpecError
from expdb.train.model import build_model, describe_model
from tests.factories import make_spec

CPU = torch.device("cpu")
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


@pytest.mark.parametrize("name", ALIASES)
def test_every_alias_has_a_size_at_32_px(name: str) -> None:
    spec = make_spec(**CIFAR100, model__name=name)

    summary = describe_model(spec)

    assert summary.macs is not None
    assert summary.num_params > 100_000


@pytest.mark.parametrize("name", ["resnet_mini", "senet_mini", "vit_mini", "vit_tiny", "resnet18", "senet50"])
def test_alias_computes_forward_and_backward_at_32_px(name: str) -> None:
    model = build_model(make_spec(**CIFAR100, model__name=name), CPU)

    logits = model(torch.randn(2, 3, 32, 32))
    logits.sum().backward()

    assert logits.shape == (2, 100)
    assert all(parameter.grad is not None for parameter in model.parameters())


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

    with pytest.raises(SpecError, match=r"model\.stem=cifar: test_vit has no ResNet stem"):
        build_model(spec, CPU)


def test_argument_that_timm_does_not_know_is_one_line() -> None:
    with pytest.raises(SpecError, match=r"^model resnet18 .*cannot be built with model\.kwargs=.*nonsense.*$"):
        describe_model(make_spec(model__name="resnet18", model__kwargs={"nonsense": 3}))


def test_image_too_small_for_the_network_is_one_line() -> None:
    with pytest.raises(SpecError, match=r"^model inception_v3 does not take images of data\.img_size=16: .*$"):
        describe_model(make_spec(model__name="inception_v3"))
