import gzip
import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import torchvision
from PIL import Image

from expdb.errors import DataError, SpecError
from expdb.train.input.splits import ImageTensor, TrainingData, find_data, load_data
from tests.factories import make_spec

RANDOM = np.random.default_rng(0)
PIXELS = {
    split: RANDOM.integers(256, size=(number, 3, 32, 32), dtype=np.uint8)
    for split, number in (("train", 50), ("test", 20))
}
LABELS = {split: [position % 10 for position in range(len(pixels))] for split, pixels in PIXELS.items()}


def write_pickle(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(content, protocol=2))


def write_cifar10_pickles(root: Path) -> None:
    for number in range(5):
        part = slice(number * 10, number * 10 + 10)
        batch = {b"data": PIXELS["train"][part].reshape(10, -1), b"labels": LABELS["train"][part]}
        write_pickle(root / "cifar-10-batches-py" / f"data_batch_{number + 1}", batch)
    write_pickle(
        root / "cifar-10-batches-py" / "test_batch",
        {b"data": PIXELS["test"].reshape(20, -1), b"labels": LABELS["test"]},
    )


def write_cifar100_pickles(root: Path) -> None:
    for split, pixels in PIXELS.items():
        coarse = [0] * len(pixels)
        batch = {b"data": pixels.reshape(len(pixels), -1), b"fine_labels": LABELS[split], b"coarse_labels": coarse}
        write_pickle(root / "cifar-100-python" / split, batch)


def write_parquet(root: Path, folder: str, column: str) -> None:
    (root / folder).mkdir(parents=True)
    for split, pixels in PIXELS.items():
        files = [{"bytes": png(image), "path": None} for image in pixels]
        table = pa.table({"img": files, column: LABELS[split], "coarse_label": [0] * len(files)})
        pq.write_table(table, root / folder / f"{split}-00000-of-00001.parquet")


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def load(name: str, data_dir: Path, **settings: Any) -> TrainingData:
    spec = make_spec(data__dataset=name, **settings)
    find_data(spec, data_dir, download=False)
    return load_data(spec, data_dir)


def assert_is_what_was_written(data: TrainingData) -> None:
    for split, own in (("train", data.train), ("test", data.test)):
        assert isinstance(own, ImageTensor)
        assert torch.equal(own.images, torch.from_numpy(PIXELS[split]))
        assert own.labels.tolist() == LABELS[split]


@pytest.mark.parametrize("below", ["", "cifar10"])
def test_cifar10_loads_from_pickles(tmp_path: Path, below: str) -> None:
    write_cifar10_pickles(tmp_path / below)

    assert_is_what_was_written(load("cifar10", tmp_path))


@pytest.mark.parametrize("below", ["", "cifar100"])
def test_cifar100_loads_from_pickles(tmp_path: Path, below: str) -> None:
    write_cifar100_pickles(tmp_path / below)

    assert_is_what_was_written(load("cifar100", tmp_path))


def test_cifar10_loads_from_parquet(tmp_path: Path) -> None:
    write_parquet(tmp_path, "cifar10/plain_text", "label")

    assert_is_what_was_written(load("cifar10", tmp_path))


def test_cifar100_loads_from_parquet(tmp_path: Path) -> None:
    write_parquet(tmp_path, "cifar100/cifar100", "fine_label")

    assert_is_what_was_written(load("cifar100", tmp_path))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_fashion_mnist_loads_from_idx_files(tmp_path: Path, suffix: str) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    grey = {"train": PIXELS["train"][:, 0, :28, :28], "t10k": PIXELS["test"][:, 0, :28, :28]}
    for split, pixels in grey.items():
        labels = np.array(LABELS["train" if split == "train" else "test"], dtype=np.uint8)
        contents = {
            "images-idx3": struct.pack(">4I", 0x803, *pixels.shape) + pixels.tobytes(),
            "labels-idx1": struct.pack(">2I", 0x801, len(labels)) + labels.tobytes(),
        }
        for kind, content in contents.items():
            packed = gzip.compress(content) if suffix else content
            (raw / f"{split}-{kind}-ubyte{suffix}").write_bytes(packed)

    data = load("fashion_mnist", tmp_path)

    assert isinstance(data.test, ImageTensor)
    assert torch.equal(data.test.images[:, 0], torch.from_numpy(grey["t10k"].copy()))
    assert data.test.labels.tolist() == LABELS["test"]


def test_truncated_idx_file_is_named(tmp_path: Path) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{name}-ubyte").write_bytes(struct.pack(">4I", 0x803, 9, 28, 28) + b"short")

    with pytest.raises(DataError, match="train-images-idx3-ubyte' is no idx file"):
        load("fashion_mnist", tmp_path)


def test_real_cifar10_loads_whole(real_data: Path) -> None:
    data = load("cifar10_jpeg", real_data, data__limit=500)

    assert (len(data.train), len(data.test)) == (500, 10_000)
    assert isinstance(data.test, ImageTensor)
    assert data.test.images.shape == (10_000, 3, 32, 32)
    mean = data.test.images.float().mean((0, 2, 3)) / 255
    assert mean.tolist() == pytest.approx(data.mean, abs=0.01)


def test_digits_are_split_the_same_for_every_seed() -> None:
    first, second = load("digits", Path(), seed=0), load("digits", Path(), seed=1)

    assert (len(first.train), len(first.test)) == (1437, 360)
    assert isinstance(first.test, ImageTensor)
    assert isinstance(second.test, ImageTensor)
    assert torch.equal(first.test.images, second.test.images)
    assert first.test.images.shape == (360, 1, 16, 16)
    assert np.bincount(first.test.labels.numpy()).min() >= 34


def test_images_are_resized_to_the_size_asked_for() -> None:
    data = load("digits", Path(), data__img_size=24)

    assert isinstance(data.train, ImageTensor)
    assert data.train.images.shape == (1437, 1, 24, 24)
    assert data.train.images.dtype == torch.uint8


def test_validation_is_held_out_of_training_and_does_not_depend_on_limit(tmp_path: Path) -> None:
    write_cifar10_pickles(tmp_path)

    whole = load("cifar10", tmp_path, data__val_fraction=0.2)
    limited = load("cifar10", tmp_path, data__val_fraction=0.2, data__limit=10)

    assert isinstance(whole.train, ImageTensor)
    assert isinstance(whole.val, ImageTensor)
    assert isinstance(limited.val, ImageTensor)
    assert (len(whole.train), len(whole.val), len(limited.train)) == (40, 10, 10)
    assert torch.equal(whole.val.images, limited.val.images)
    assert sorted(whole.val.labels.tolist()) == list(range(10))
    images = torch.cat([whole.train.images, whole.val.images])
    assert len(images.unique(dim=0)) == 50


def test_limit_beyond_the_images_is_refused() -> None:
    with pytest.raises(SpecError, match=r"data\.limit=2000 has no effect: digits has 1437"):
        load("digits", Path(), data__limit=2000)


def test_fraction_that_leaves_no_validation_image_is_refused() -> None:
    with pytest.raises(SpecError, match=r"data\.val_fraction=0\.0001 of 1437"):
        load("digits", Path(), data__val_fraction=0.0001)


def test_missing_dataset_is_one_line_that_says_where_to_put_what(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_data(make_spec(data__dataset="cifar100"), tmp_path, download=False)

    message = str(caught.value)
    assert "\n" not in message
    assert f"no cifar100 in {str(tmp_path)!r}: put cifar-100-python/" in message


@pytest.mark.parametrize("dataset", ["cifar10", "fashion_mnist"])
def test_download_without_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str) -> None:
    closed_port = "http://127.0.0.1:9/"
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "url", closed_port + "cifar.tar.gz")
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [closed_port])

    with pytest.raises(DataError) as caught:
        find_data(make_spec(data__dataset=dataset), tmp_path)

    assert "\n" not in str(caught.value)
    assert f"no {dataset} in {str(tmp_path)!r}: put " in str(caught.value)
    assert "downloading it failed" in str(caught.value)


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("attacked"),))


def test_pickle_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_cifar100_pickles(tmp_path)
    write_pickle(tmp_path / "cifar-100-python" / "train", {b"data": Attack(), b"fine_labels": []})

    with pytest.raises(DataError, match=r"cifar-100-python/train' is no CIFAR batch.*it asks for"):
        load("cifar100", tmp_path)

    assert not Path("attacked").exists()


def test_pickle_of_another_shape_is_refused(tmp_path: Path) -> None:
    write_cifar100_pickles(tmp_path)
    write_pickle(tmp_path / "cifar-100-python" / "test", {b"data": np.zeros((2, 9), np.uint8), b"fine_labels": [0, 1]})

    with pytest.raises(DataError, match=r"data uint8\(2, 9\) for 2 labels"):
        load("cifar100", tmp_path)


def test_label_that_is_no_class_is_refused(tmp_path: Path) -> None:
    write_cifar100_pickles(tmp_path)
    batch = {b"data": PIXELS["test"].reshape(20, -1), b"fine_labels": [100] * 20}
    write_pickle(tmp_path / "cifar-100-python" / "test", batch)

    with pytest.raises(DataError, match="test split of cifar100 has labels from 100 to 100"):
        load("cifar100", tmp_path)


def test_broken_image_in_parquet_is_named(tmp_path: Path) -> None:
    write_parquet(tmp_path, "cifar10", "label")
    table = pa.table({"img": [{"bytes": b"no image", "path": None}] * 3, "label": [0, 1, 2]})
    pq.write_table(table, tmp_path / "cifar10" / "test-00000-of-00001.parquet")

    with pytest.raises(DataError, match=r"image 0 of .*cifar10' is broken"):
        load("cifar10", tmp_path)


def test_parquet_without_the_columns_is_named(tmp_path: Path) -> None:
    write_parquet(tmp_path, "cifar10", "other")

    with pytest.raises(DataError, match=r"train-00000-of-00001\.parquet' does not hold the columns"):
        load("cifar10", tmp_path)
