import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from expdb.errors import DataError
from expdb.train.predictions import Predictions, read_predictions, write_predictions


def some_predictions(num_images: int) -> Predictions:
    random = np.random.default_rng(0)
    return Predictions(
        label=random.integers(100, size=num_images).astype(np.uint16),
        top5=random.integers(100, size=(num_images, 5)).astype(np.uint16),
        probability=random.random(num_images).astype(np.float32),
    )


def test_predictions_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = some_predictions(50)

    write_predictions(written, tmp_path / "p.npz")
    read = read_predictions(tmp_path / "p.npz")

    for name in ("label", "top5", "probability"):
        assert np.array_equal(getattr(read, name), getattr(written, name))
        assert getattr(read, name).dtype == getattr(written, name).dtype


def test_file_takes_at_most_20_bytes_an_image(tmp_path: Path) -> None:
    write_predictions(some_predictions(10_000), tmp_path / "p.npz")

    assert (tmp_path / "p.npz").stat().st_size <= 20 * 10_000


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
    code = "import sys, expdb.train.predictions; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
