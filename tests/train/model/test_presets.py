"""Every alias of the catalog as it is at 32 px and 100 classes: its size, its gradients, an epoch of it."""

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.preset_sizes import preset_sizes
from expdb.domain.events import EpochEnded, RunStarted
from expdb.train.loop import train
from expdb.train.model.build import build_model, describe_model
from tests.factories import make_spec

CPU = torch.device("cpu")
CIFAR100 = {"data.dataset": "cifar100", "epochs": 1}
CHEAP = 150  # million multiply-accumulates an image: 256 images then take a processor some seconds
DEAR = 250  # likewise: half a minute or more; `make test-long` trains these
MOST = 2000  # up to here one batch of 64 images is trained all the same
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


def by_cost(limit: float, *, most: float = math.inf) -> list:
    """All presets; of more than `limit` million multiply-accumulates they are marked slow, of more than `most` long."""
    marks = {
        name: [pytest.mark.long] if size[2] > most else [pytest.mark.slow] if size[2] > limit else []
        for name, size in SIZES.items()
    }
    return [pytest.param(name, marks=marks[name]) for name in SIZES]


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


@pytest.mark.parametrize("name", by_cost(1000))
def test_forward_and_backward_give_every_parameter_a_finite_gradient(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(make_spec(**CIFAR100, model__name=name), CPU)

    logits = model(torch.randn(2, 3, 32, 32))
    functional.cross_entropy(logits, torch.tensor([3, 7])).backward()

    assert logits.shape == (2, 100)
    bad = [name for name, value in model.named_parameters() if value.grad is None or not value.grad.isfinite().all()]
    assert bad == []


@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.parametrize("name", by_cost(CHEAP, most=DEAR))
def test_one_epoch_of_256_images_is_trained(name: str, images: Path, tmp_path: Path) -> None:
    train_one_epoch(name, images, tmp_path, num_images=256)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, size in SIZES.items() if DEAR < size[2] <= MOST])
def test_one_batch_of_a_dear_one_is_trained(name: str, images: Path, tmp_path: Path) -> None:
    train_one_epoch(name, images, tmp_path, num_images=64)


def train_one_epoch(name: str, images: Path, out_dir: Path, *, num_images: int) -> None:
    limit = {} if num_images == 256 else {"data__limit": num_images}
    spec = make_spec(**CIFAR100, model__name=name, optim__lr=0.01, batch_size=64, **limit)

    events = list(train(spec, data_dir=images, out_dir=out_dir))

    assert [event.num_train_images for event in events if isinstance(event, RunStarted)] == [num_images]
    (epoch,) = [event for event in events if isinstance(event, EpochEnded)]
    assert math.isfinite(epoch.train_loss)
    assert math.isfinite(epoch.test_loss)
