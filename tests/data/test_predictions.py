import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expdb.data.predictions import Predictions, read_predictions, write_predictions
from expdb.errors import DataError


def some_predictions(num_images: int) -> Predictions:
    random = np.random.default_rng(0)
    return Predictions(
        label=random.integers(100, size=num_images).astype(np.uint16),
        top5=random.integers(100, size=(num_images, 5)).astype(np.uint16),
        probability=random.random(num_images).astype(np.float32),
        confidence=random.random((num_images, 5)).astype(np.float32),
    )


def test_predictions_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = some_predictions(50)

    write_predictions(written, tmp_path / "p.npz")
    read = read_predictions(tmp_path / "p.npz")

    for name in ("label", "top5", "probability", "confidence"):
        assert np.array_equal(getattr(read, name), getattr(written, name))
        assert getattr(read, name).dtype == getattr(written, name).dtype


def test_file_takes_36_bytes_an_image(tmp_path: Path) -> None:
    write_predictions(some_predictions(10_000), tmp_path / "p.npz")

    assert 0 <= (tmp_path / "p.npz").stat().st_size - 36 * 10_000 <= 2_000


def test_file_of_a_version_without_confidences_is_read(tmp_path: Path) -> None:
    old = some_predictions(50)
    np.savez(tmp_path / "p.npz", label=old.label, top5=old.top5, probability=old.probability)

    read = read_predictions(tmp_path / "p.npz")
    write_predictions(read, tmp_path / "again.npz")

    assert np.array_equal(read.top5, old.top5)
    assert read.confidence is None
    assert read_predictions(tmp_path / "again.npz").confidence is None


@pytest.mark.parametrize("name", ["label", "top5", "probability", "confidence"])
@pytest.mark.parametrize("part", [np.s_[:49], np.s_[..., 0]])
def test_arrays_of_different_images_are_refused(tmp_path: Path, name: str, part: slice) -> None:
    arrays = dict(vars(some_predictions(50)))
    np.savez(tmp_path / "p.npz", **(arrays | {name: arrays[name][part]}))

    with pytest.raises(DataError, match=r"no predictions in .*p\.npz.*: arrays of different images: label \("):
        read_predictions(tmp_path / "p.npz")


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04 cut short"])
def test_file_that_holds_no_predictions_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "p.npz").write_bytes(content)

    with pytest.raises(DataError, match=r"no predictions in .*p\.npz"):
        read_predictions(tmp_path / "p.npz")


def test_pickled_objects_are_not_read(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "p.npz", label=objects, top5=objects, probability=objects)

    with pytest.raises(DataError, match="no predictions in"):
        read_predictions(tmp_path / "p.npz")


def test_readers_need_not_import_torch() -> None:
    code = "import sys, expdb.data.predictions; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_predictions_of_a_model_that_diverged_are_none(tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    nothing = np.full(3, np.nan, dtype=np.float32)
    label, top5 = np.zeros(3, dtype=np.uint16), np.zeros((3, 5), dtype=np.uint16)
    write_predictions(Predictions(label=label, top5=top5, probability=nothing), path)

    with pytest.raises(DataError, match="not finite, the run diverged"):
        read_predictions(path)
