"""Every alias of the catalog as it is at 32 px and 100 classes: its size, its gradients, an epoch of it.

Sizes and gradients are tried of all. An epoch in the ordinary tests is one for each way through the code (PATHS);
`make test-long` trains all of them.
"""

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.models import resolve_model
from expdb.catalog.preset_sizes import preset_sizes
from expdb.domain.events import EpochEnded, RunStarted
from expdb.train.loop import train
from expdb.train.model.build import build_model
from expdb.train.model.count import describe_model
from tests.factories import make_spec

CPU = torch.device("cpu")
CIFAR100 = {"data.dataset": "cifar100", "epochs": 1}
MOST_SECONDS = 1200  # an epoch of the largest takes a quiet processor three minutes

# version, parameters, million multiply-accumulates, last grid. Where a number changes, the version must too.
SIZES = {name: (size.version, size.num_params, size.mmacs, size.grid) for name, size in preset_sizes().items()}
WITH_STEM_OF_224_PX: dict[str, tuple[int, float, tuple[int, int]]] = {
    "resnet50": (23_712_932, 83.6, (1, 1)),
    "senet50": (26_243_924, 86.1, (1, 1)),
    "senet101": (47_482_772, 164.1, (1, 1)),
    "cbam_resnet50": (26_229_476, 88.7, (1, 1)),
    "googlenet": (5_702_404, 30.7, (1, 1)),
}


# One for each way that a network takes through building, stepping and writing. Where a family's smallest preset is
# dear it has fewer or narrower blocks: its classes, its arguments for 32 px and its head are the same.
PATHS: dict[str, dict[str, Any]] = {
    "cbam_resnet50": {"layers": [1, 1, 1, 1]},  # timm's ResNet, its stem changed, attention in its blocks
    "googlenet": {},  # torchvision's
    "mobilenet_v4_small": {},  # timm's builder of blocks, its stem changed; batch norm alone
    "efficientnet_b0": {},  # the same with squeeze-and-excitation
    "convnext_atto": {},  # patches of 1 px; layer norm, no batch norm
    "deit_small_distilled": {"depth": 2},  # tokens of 4 px; two tokens and two heads
    "swin_tiny": {"depths": [1, 1, 2, 1], "embed_dim": 48},  # windows, whose size follows the image's
    "coatnet_nano_rw": {},  # convolutions, then attention over a grid that is told the image's size
    "convit_tiny": {"depth": 3, "local_up_to_layer": 2},  # gated positional attention
    "hybrid_tiny": {},  # a ViT on a ResNet's stem, which weight standardisation goes through
    "resnet20": {},  # the zoo: shortcuts without parameters
    "wrn_16_4": {},  # the zoo: norm and ReLU before the convolutions
    "cct_7_3x1": {"depth": 2},  # the zoo, of fixed size: tokens pooled by attention
    "cvt_13": {},  # the zoo: convolutional projections, patches overlap
    "localvit_tiny": {"depth": 2},  # the zoo: convolutions between the linear layers
}


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


def test_coatnet_0_counts_the_hidden_layer_of_its_head() -> None:
    # It is in the published 24.3 million parameters; who counts 359.7 million multiply-accumulates leaves it out.
    with torch.device("meta"):
        model = build_model(make_spec(**CIFAR100, model__name="coatnet_0"), torch.device("meta"))

    hidden = model.get_submodule("head.pre_logits.fc")

    assert isinstance(hidden, nn.Linear)
    assert SIZES["coatnet_0"][2] - hidden.weight.numel() / 1e6 == pytest.approx(359.7, abs=0.05)


@pytest.mark.parametrize("name", WITH_STEM_OF_224_PX)
def test_size_with_the_stem_of_large_images_is_pinned(name: str) -> None:
    num_params, mega_macs, last_grid = WITH_STEM_OF_224_PX[name]

    summary = describe_model(make_spec(**CIFAR100, model__name=name, model__stem="default"))

    assert summary.num_params == num_params
    assert summary.macs is not None
    assert summary.macs / 1e6 == pytest.approx(mega_macs, abs=0.05)
    assert summary.last_grid == last_grid


@pytest.mark.parametrize("name", SIZES)
def test_forward_and_backward_give_every_parameter_a_finite_gradient(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(make_spec(**CIFAR100, model__name=name), CPU)

    logits = model(torch.randn(2, 3, 32, 32))
    functional.cross_entropy(logits, torch.tensor([3, 7])).backward()

    assert logits.shape == (2, 100)
    # What is not finite makes the sum so, and the sum is found eight times faster.
    bad = [name for name, value in model.named_parameters() if value.grad is None or not value.grad.sum().isfinite()]
    assert bad == []


@pytest.mark.parametrize("name", PATHS)
def test_one_epoch_is_trained_of_each_way_through_the_code(name: str, images: Path, tmp_path: Path) -> None:
    kwargs = dict(resolve_model(name, img_size=32).kwargs) | PATHS[name]

    train_one_epoch(name, images, tmp_path, num_images=32, batch_size=16, model__kwargs=kwargs)


@pytest.mark.long
@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.parametrize("name", SIZES)
def test_one_epoch_of_256_images_is_trained(name: str, images: Path, tmp_path: Path) -> None:
    train_one_epoch(name, images, tmp_path, num_images=256)


def train_one_epoch(
    name: str, images: Path, out_dir: Path, *, num_images: int, batch_size: int = 64, **settings: Any
) -> None:
    limit = {} if num_images == 256 else {"data__limit": num_images}
    spec = make_spec(**CIFAR100, model__name=name, optim__lr=0.01, batch_size=batch_size, **limit, **settings)

    events = list(train(spec, data_dir=images, out_dir=out_dir))

    assert [event.num_train_images for event in events if isinstance(event, RunStarted)] == [num_images]
    (epoch,) = [event for event in events if isinstance(event, EpochEnded)]
    assert math.isfinite(epoch.train_loss)
    assert math.isfinite(epoch.test_loss)
