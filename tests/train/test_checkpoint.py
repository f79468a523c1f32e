from pathlib import Path
from typing import Any

import pytest
import torch

from expdb.domain.codec import digest
from expdb.domain.events import EpochEnded, RunStarted
from expdb.domain.spec import RunSpec
from expdb.errors import TrainingWarning
from expdb.train.checkpoint import Checkpoints
from expdb.train.loop import train
from tests.factories import make_spec

SPEC = make_spec(epochs=20)


def state(value: float) -> dict[str, Any]:
    """A state of every kind of value, of which all tensors hold one number."""
    weight = torch.full((2, 3, 4, 4), value).to(memory_format=torch.channels_last)
    return {
        "model": {"weight": weight, "num_batches": torch.tensor(int(value))},
        "optimizer": {
            "state": {0: {"exp_avg": weight.clone(), "step": value}},
            "param_groups": [{"betas": (0.9, 0.99)}],
        },
        "average": {"weight": weight.to(torch.bfloat16)},
        "schedule": {"factor": 0.5, "name": "plateau"},
    }


def written(folder: Path, *epochs: int, spec: RunSpec = SPEC) -> Checkpoints:
    """Checkpoints of these epochs, the last of which is on disk."""
    checkpoints = Checkpoints(folder, spec, seconds=0)
    for epoch in epochs:
        checkpoints.hold(epoch, state(float(epoch)))
        checkpoints.keep()
        checkpoints.finish()
    return checkpoints


def found(folder: Path, spec: RunSpec = SPEC) -> int:
    """The epoch of the checkpoint that a run would go on from."""
    return Checkpoints(folder, spec, seconds=0).restore(lambda _: None, model_bytes=10_000)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_state_comes_back_to_the_bit_with_its_layout(tmp_path: Path) -> None:
    written(tmp_path, 3)
    read: list[dict[str, Any]] = []

    assert Checkpoints(tmp_path, SPEC, seconds=0).restore(read.append, model_bytes=10_000) == 3
    (found,), expected = read, state(3.0)
    assert found.keys() == expected.keys()
    for table in ("model", "average"):
        for name, tensor in expected[table].items():
            assert torch.equal(found[table][name], tensor)
            assert found[table][name].dtype == tensor.dtype
    average = found["optimizer"]["state"][0]["exp_avg"]
    assert torch.equal(average, expected["optimizer"]["state"][0]["exp_avg"])
    assert average.is_contiguous(memory_format=torch.channels_last)
    assert found["optimizer"]["param_groups"] == [{"betas": (0.9, 0.99)}]
    assert found["schedule"] == expected["schedule"]
    assert sorted(path.name for path in (tmp_path / "checkpoints" / "000003").iterdir()) == [
        "average.safetensors",
        "manifest.json",
        "model.safetensors",
        "state.pt",
    ]


def test_only_the_two_newest_stay(tmp_path: Path) -> None:
    written(tmp_path, 1, 2, 12)

    assert names(tmp_path) == ["000002", "000012"]


def test_what_is_kept_is_a_copy(tmp_path: Path) -> None:
    checkpoints, changing = Checkpoints(tmp_path, SPEC, seconds=3600), state(1.0)
    checkpoints.hold(1, changing)
    checkpoints.keep()
    changing["model"]["weight"].zero_()

    checkpoints.finish()

    assert checkpoints.read(1, model_bytes=10_000)["model"]["weight"].eq(1.0).all()


def test_nothing_is_written_before_it_is_due_but_what_is_left_when_it_ends(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, SPEC, seconds=3600)
    checkpoints.hold(1, state(1.0))
    checkpoints.keep()
    assert not (tmp_path / "checkpoints").exists()

    checkpoints.finish()
    checkpoints.finish()

    assert names(tmp_path) == ["000001"]


@pytest.mark.parametrize("name", ["average.safetensors", "manifest.json", "model.safetensors", "state.pt"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_torn_checkpoint_is_never_the_last(tmp_path: Path, name: str, damage: str) -> None:
    written(tmp_path, 2, 3)
    path = tmp_path / "checkpoints" / "000003" / name
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flipped":
            path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
        case "gone":
            path.unlink()

    with pytest.warns(TrainingWarning, match="checkpoint 000003 in .* is passed over: "):
        assert found(tmp_path) == 2


def test_foreign_checkpoint_is_no_checkpoint(tmp_path: Path) -> None:
    written(tmp_path, 3, spec=make_spec(seed=1))
    (tmp_path / "checkpoints" / "notes.txt").write_text("mine")
    (tmp_path / "checkpoints" / "7").mkdir()
    (tmp_path / "checkpoints" / "000009").write_text("no folder")

    with pytest.warns(TrainingWarning) as told:
        assert found(tmp_path) == 0

    assert [str(each.message).partition(" passed over: ")[2] for each in told] == [
        "it is no folder",
        f"its spec is {digest(make_spec(seed=1))[:20]}, not {digest(SPEC)[:20]}",
    ]


def test_torn_checkpoint_of_the_same_epoch_is_replaced_and_leftovers_go(tmp_path: Path) -> None:
    written(tmp_path, 3)
    (tmp_path / "checkpoints" / "000003" / "state.pt").unlink()
    (tmp_path / "checkpoints" / "000004.123.tmp").mkdir()

    written(tmp_path, 3)

    assert names(tmp_path) == ["000003"]
    assert found(tmp_path) == 3


def test_disk_that_takes_nothing_is_a_warning_and_training_goes_on(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("in the way")
    spec = make_spec(epochs=3, data__limit=64, data__img_size=8, batch_size=32)
    events = train(spec, data_dir=Path(), out_dir=tmp_path, resume=True, checkpoint_seconds=0)

    with pytest.warns(RuntimeWarning, match="cannot write checkpoint 000001 .*: training goes on without"):
        epochs = [event.epoch for event in events if isinstance(event, EpochEnded)]

    assert epochs == [1, 2, 3]
    assert (tmp_path / "weights.safetensors").is_file()


def test_resume_without_a_checkpoint_starts_from_the_beginning(tmp_path: Path) -> None:
    settings = {"epochs": 1, "data__limit": 64, "data__img_size": 8, "batch_size": 32}

    started, *_ = train(make_spec(**settings), data_dir=Path(), out_dir=tmp_path, resume=True)

    assert isinstance(started, RunStarted)
    assert started.first_epoch == 1


def test_run_that_begins_anew_takes_no_older_checkpoint(tmp_path: Path) -> None:
    spec = make_spec(epochs=3, data__limit=64, data__img_size=8, batch_size=32)
    written(tmp_path, 2, spec=spec)

    started = next(train(spec, data_dir=Path(), out_dir=tmp_path))

    assert isinstance(started, RunStarted)
    assert started.first_epoch == 1
    assert not (tmp_path / "checkpoints").exists()
