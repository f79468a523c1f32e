from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from expdb.data.predictions import read_predictions
from expdb.domain.codec import spec_to_json
from expdb.domain.events import EpochEnded
from expdb.errors import SpecError
from expdb.train.distributed import team_of
from expdb.train.loop import train
from tests.factories import make_spec
from tests.train.forked import Epochs, Trainer, epochs_of_ranks

# 133 images in batches of 32: the last batch has five, which two processes cannot share evenly.
SETTINGS: dict[str, Any] = {
    "model__name": "vit_mini",
    "optim__name": "adamw",
    "aug__preset": "autoaugment",
    "data__limit": 133,
    "data__val_fraction": 0.05,
    "data__img_size": 8,
    "batch_size": 32,
    "amp": False,
    "epochs": 2,
    "device": "cpu",
}
MORE: dict[str, dict[str, Any]] = {
    "plain": {},
    "in parts": {"grad_accumulation": 3, "ema_decay": 0.9, "optim__clip_grad_norm": 1.0, "schedule__name": "plateau"},
    "binary": {"loss": "bce", "aug__label_smoothing": 0.1, "schedule__name": "onecycle"},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, trainer: Trainer) -> tuple[Path, list[Epochs]]:
    """The folder of what two processes trained together, and the epochs of each, by name of MORE."""
    folder = tmp_path_factory.mktemp("shared")
    specs = {name: spec_to_json(make_spec(**SETTINGS, **more, gpus=2)) for name, more in MORE.items()}
    assert trainer.run({"num_processes": 2, "specs": specs, "out_dir": str(folder)}) == [0, 0]
    return folder, epochs_of_ranks(folder, num_processes=2)


@pytest.mark.slow
@pytest.mark.parametrize("name", MORE)
def test_two_processes_learn_what_one_does(tmp_path: Path, shared: tuple[Path, list[Epochs]], name: str) -> None:
    folder, (first, second) = shared

    events = train(make_spec(**SETTINGS, **MORE[name]), data_dir=Path(), out_dir=tmp_path)

    alone = [asdict(event) for event in events if isinstance(event, EpochEnded)]
    assert first[name] == second[name]
    len_test = 360
    for one, two in zip(alone, first[name], strict=True):
        for key in ("train_loss", "test_loss", "val_loss"):
            assert two[key] == pytest.approx(one[key], abs=1e-5)
        for key in ("top1", "top5"):
            # Losses that differ in the sixth digit may still rank two classes of one image the other way round.
            assert two[key] == pytest.approx(one[key], abs=1.01 / len_test)
    one, two = (read_predictions(trained / "predictions.npz") for trained in (tmp_path, folder / name))
    assert (one.label == two.label).all()
    assert two.probability == pytest.approx(one.probability, abs=1e-4)  # of one image; losses average over all
    assert two.confidence == pytest.approx(one.confidence, abs=1e-4)


def test_other_number_of_processes_than_gpus_is_refused() -> None:
    with pytest.raises(SpecError, match="gpus=2, but 1 training processes were started"):
        team_of(make_spec(gpus=2), {})


def test_place_is_read_from_torchruns_environment() -> None:
    team = team_of(make_spec(gpus=2), {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"})

    assert (team.rank, team.size, team.local_rank, team.is_first) == (1, 2, 1, False)
