"""The recipe for Keras in docs/integrations.md, run as it stands."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import expdb
from tests.extras.digit_images import digits
from tests.extras.page_blocks import block_of
from tests.extras.shown_alike import curves


def images(split: str) -> tuple[Any, Any]:
    found, labels = digits()[split]
    return found.numpy(), labels.numpy()


def test_the_recipe_of_the_page_trains_and_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPDB_URL", f"sqlite:///{tmp_path / 'runs.db'}")
    (train_images, train_labels), (test_images, test_labels) = images("train"), images("test")
    names = {
        "train_images": train_images[:160], "train_labels": train_labels[:160],
        "val_images": train_images[160:], "val_labels": train_labels[160:],
        "test_images": test_images, "test_labels": test_labels,
    }  # fmt: skip

    exec(compile(block_of("Keras"), "docs/integrations.md", "exec"), names)

    (run,) = expdb.runs().to_dict("records")
    assert (run["status"], run["model"], run["seed"], run["epochs_done"]) == ("finished", "dense", 0, 3)
    assert run["top1"] == pytest.approx(np.mean(names["logits"].argmax(1) == test_labels))
    (epochs,) = curves(tmp_path / "runs.db")
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert None not in [value for epoch in epochs for value in (epoch.train_loss, epoch.val_loss, epoch.val_top1)]
    assert expdb.run(1).predictions is not None
