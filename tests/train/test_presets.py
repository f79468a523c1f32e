"""Every alias of the catalog as it is at 32 px and 100 classes: its size, its gradients, an epoch of it."""

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from expdb.catalog.model_list import ALIASES
from expdb.domain.events import EpochEnded
from expdb.train.loop import train
from expdb.train.model import build_model, describe_model
from tests.factories import make_spec

CPU = torch.device("cpu")
CIFAR100 = {"data.dataset": "cifar100", "epochs": 1}
CHEAP = 150  # million multiply-accumulates an image: 256 images then take a processor some seconds

# version, parameters, million multiply-accumulates, last grid. Where a number changes, the version must too.
SIZES: dict[str, tuple[int, int, float, tuple[int, int]]] = {
    "resnet18": (1, 11_220_132, 555.5, (4, 4)),
    "resnet34": (1, 21_328_292, 1159.4, (4, 4)),
    "resnet50": (1, 23_705_252, 1298.0, (4, 4)),
    "resnet101": (1, 42_697_380, 2510.2, (4, 4)),
    "resnet152": (1, 58_341_028, 3722.3, (4, 4)),
    "senet50": (1, 26_236_244, 1300.5, (4, 4)),
    "senet101": (1, 47_475_092, 2514.9, (4, 4)),
    "cbam_resnet50": (1, 26_221_796, 1303.5, (4, 4)),
    "vgg16_bn": (1, 134_678_692, 433.1, (1, 1)),
    "googlenet": (1, 5_694_724, 452.3, (4, 4)),
    "mobilenet_v1": (1, 3_309_476, 46.4, (2, 2)),
    "mobilenet_v2": (1, 2_351_972, 24.6, (2, 2)),
    "mobilenet_v3_small": (1, 1_620_356, 5.6, (2, 2)),
    "mobilenet_v3_large": (1, 4_330_132, 20.2, (2, 2)),
    "mobilenet_v4_small": (1, 2_621_124, 16.3, (2, 2)),
    "mobilenet_v4_medium": (1, 8_562_612, 68.7, (2, 2)),
    "efficientnet_b0": (1, 4_135_648, 32.1, (2, 2)),
    "efficientnet_b1": (1, 6_641_284, 47.5, (2, 2)),
    "efficientnet_b2": (1, 7_841_894, 55.0, (2, 2)),
    "efficientnet_b3": (1, 10_849_932, 80.3, (2, 2)),
    "efficientnet_b4": (1, 17_727_916, 125.6, (2, 2)),
    "efficientnet_b5": (1, 28_545_684, 197.1, (2, 2)),
    "efficientnet_b6": (1, 40_966_204, 281.2, (2, 2)),
    "efficientnet_b7": (1, 64_043_060, 433.0, (2, 2)),
    "convnext_atto": (1, 3_404_820, 176.8, (4, 4)),
    "convnext_tiny": (1, 27_892_708, 1450.3, (4, 4)),
    "convnext_small": (1, 49_527_268, 2830.9, (4, 4)),
    "convnext_base": (1, 87_663_204, 5007.7, (4, 4)),
    "vit_tiny": (1, 5_380_132, 365.1, (8, 8)),
    "vit_small": (1, 21_376_996, 1420.3, (8, 8)),
    "vit_base": (1, 85_221_220, 5601.1, (8, 8)),
    "vit_tiny_p2": (1, 5_410_084, 1669.2, (16, 16)),
    "vit_small_p2": (1, 21_436_900, 6067.0, (16, 16)),
    "deit_tiny": (1, 5_380_132, 365.1, (8, 8)),
    "deit_small": (1, 21_376_996, 1420.3, (8, 8)),
    "deit_base": (1, 85_221_220, 5601.1, (8, 8)),
    "deit_small_distilled": (1, 21_416_264, 1442.8, (8, 8)),
    "swin_tiny": (1, 27_575_374, 1430.9, (4, 4)),
    "swin_small": (1, 48_875_998, 2799.3, (4, 4)),
    "coatnet_0": (1, 24_296_240, 360.3, (2, 2)),
    "coatnet_0_rw": (1, 26_684_662, 345.6, (2, 2)),
    "coatnet_nano_rw": (1, 14_643_224, 186.4, (2, 2)),
    "convit_tiny": (1, 5_373_228, 360.7, (8, 8)),
    "convit_small": (1, 27_019_558, 1769.6, (8, 8)),
    "hybrid_tiny": (1, 6_157_668, 113.8, (4, 4)),
    "hybrid_small": (1, 36_072_740, 1111.5, (4, 4)),
    "hybrid_base": (1, 97_865_636, 6904.4, (8, 8)),
    "wrn_16_4": (1, 2_772_020, 392.6, (8, 8)),
    "wrn_16_8": (1, 11_007_540, 1548.2, (8, 8)),
    "wrn_16_10": (1, 17_174_324, 2412.2, (8, 8)),
    "wrn_28_8": (1, 23_401_012, 3360.1, (8, 8)),
    "wrn_28_10": (1, 36_536_884, 5243.4, (8, 8)),
    "wrn_40_2": (1, 2_255_156, 327.6, (8, 8)),
    "wrn_40_4": (1, 8_972_340, 1298.6, (8, 8)),
    "resnet20": (1, 275_572, 40.6, (8, 8)),
    "resnet56": (1, 858_868, 125.5, (8, 8)),
    "cct_7_3x1": (1, 3_783_269, 1181.6, (16, 16)),
    "cvt_13": (1, 19_643_300, 1383.6, (8, 8)),
    "localvit_tiny": (1, 5_571_412, 367.0, (8, 8)),
    "resnet_mini": (1, 375_844, 36.4, (4, 4)),
    "senet_mini": (1, 385_212, 36.4, (4, 4)),
    "vit_mini": (1, 264_356, 19.4, (8, 8)),
}
WITH_STEM_OF_224_PX: dict[str, tuple[int, float, tuple[int, int]]] = {
    "resnet50": (23_712_932, 83.6, (1, 1)),
    "senet50": (26_243_924, 86.1, (1, 1)),
    "senet101": (47_482_772, 164.1, (1, 1)),
    "cbam_resnet50": (26_229_476, 88.7, (1, 1)),
    "googlenet": (5_702_404, 30.7, (1, 1)),
}


def by_cost(limit: float) -> list:
    """All presets; the ones of more than `limit` million multiply-accumulates are marked slow."""
    return [pytest.param(name, marks=[pytest.mark.slow] if size[2] > limit else []) for name, size in SIZES.items()]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 256 + 16 random images in CIFAR-100's form."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "cifar-100-python").mkdir()
    random = np.random.default_rng(0)
    for split, count in (("train", 256), ("test", 16)):
        pixels = random.integers(0, 256, (count, 3 * 32 * 32), dtype=np.uint8)
        content = {b"data": pixels, b"fine_labels": [number % 100 for number in range(count)]}
        (folder / "cifar-100-python" / split).write_bytes(pickle.dumps(content, protocol=2))
    return folder


def test_every_alias_is_in_the_table() -> None:
    assert list(SIZES) == list(ALIASES)


@pytest.mark.parametrize("name", SIZES)
def test_size_is_pinned(name: str) -> None:
    version, num_params, mega_macs, last_grid = SIZES[name]

    summary = describe_model(make_spec(**CIFAR100, model__name=name))

    assert ALIASES[name].version == version
    assert summary.num_params == summary.num_trainable_params == num_params
    assert summary.macs is not None
    assert summary.macs / 1e6 == pytest.approx(mega_macs, abs=0.05)
    assert summary.last_grid == last_grid


@pytest.mark.parametrize("name", WITH_STEM_OF_224_PX)
def test_size_with_the_stem_of_large_images_is_pinned(name: str) -> None:
    num_params, mega_macs, last_grid = WITH_STEM_OF_224_PX[name]

    summary = describe_model(make_spec(**CIFAR100, model__name=name, model__stem="default"))

    assert summary.num_params == num_params
    assert summary.macs is not None
    assert summary.macs / 1e6 == pytest.approx(mega_macs, abs=0.05)
    assert summary.last_grid == last_grid


@pytest.mark.parametrize("name", by_cost(1000))
def test_forward_and_backward_give_every_parameter_a_finite_gradient(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(make_spec(**CIFAR100, model__name=name), CPU)

    logits = model(torch.randn(2, 3, 32, 32))
    functional.cross_entropy(logits, torch.tensor([3, 7])).backward()

    assert logits.shape == (2, 100)
    bad = [name for name, value in model.named_parameters() if value.grad is None or not value.grad.isfinite().all()]
    assert bad == []


@pytest.mark.parametrize("name", by_cost(CHEAP))
def test_one_epoch_is_trained(name: str, images: Path, tmp_path: Path) -> None:
    # 256 images; of the expensive presets the fewest that make two steps, for 256 of all would take half an hour.
    is_cheap = SIZES[name][2] <= CHEAP
    amount = {"batch_size": 64} if is_cheap else {"data__limit": 4, "batch_size": 2}
    spec = make_spec(**CIFAR100, model__name=name, optim__lr=0.01, **amount)

    events = list(train(spec, data_dir=images, out_dir=tmp_path))

    (epoch,) = [event for event in events if isinstance(event, EpochEnded)]
    assert math.isfinite(epoch.train_loss)
    assert math.isfinite(epoch.test_loss)
