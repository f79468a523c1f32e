"""Checkpoints that are broken or forged: one line says why each is passed over, and the one before it is taken."""

import json
import math
import os
import pickle
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from expdb.domain.events import EpochEnded, Event, RunStarted
from expdb.errors import TrainingWarning
from expdb.train.loop import train
from tests.factories import make_spec
from tests.train.optimizers import one_of_each_class

TINY: dict[str, Any] = {
    "model__name": "test_resnet",
    "data__limit": 32,
    "data__img_size": 8,
    "batch_size": 16,
    "device": "cpu",
}
SPEC = make_spec(**TINY, epochs=4, ema_decay=0.9)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with the checkpoints of epochs 2 and 3, as a stop after the third leaves it."""
    folder = tmp_path_factory.mktemp("stopped")
    events = train(SPEC, data_dir=Path(), out_dir=folder, checkpoint_seconds=0)
    for event in events:
        if isinstance(event, EpochEnded):
            _when_written(folder, event.epoch - 1)
            if event.epoch == 3:
                break
    events.close()
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == ["000002", "000003"]
    return folder


def _when_written(folder: Path, epoch: int) -> None:
    while epoch and not (folder / "checkpoints" / f"{epoch:06d}").exists():
        pass


@pytest.fixture
def newest(stopped: Path, tmp_path: Path) -> Path:
    """The newest checkpoint of a copy of that folder."""
    shutil.copytree(stopped, tmp_path / "out")
    return tmp_path / "out" / "checkpoints" / "000003"


def first_epoch(out_dir: Path) -> int:
    events = train(SPEC, data_dir=Path(), out_dir=out_dir, resume=True)
    started = next(events)
    events.close()
    assert isinstance(started, RunStarted)
    return started.first_epoch


def sign(folder: Path, **changes: Any) -> None:
    """Write a manifest that says that all files are as they are."""
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name[0] != "m"}
    files |= {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob("model*")}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"files": files} | changes))


def change_table(name: str, change: Callable[[dict[str, torch.Tensor]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        table = load_file(folder / name)
        change(table)
        save_file(table, folder / name)
        sign(folder)

    return damage


def change_state(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        state = torch.load(folder / "state.pt", weights_only=True)
        change(state)
        torch.save(state, folder / "state.pt")
        sign(folder)

    return damage


class Canary:
    """What creates a file when it is read by pickle."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("executed",)


def forge_pickle(folder: Path) -> None:
    torch.save(Canary(), folder / "state.pt")
    sign(folder)


def bare_pickle(folder: Path) -> None:
    (folder / "state.pt").write_bytes(pickle.dumps(Canary()))
    sign(folder)


def link(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        target = folder.parents[2] / name
        (folder / name).rename(target)
        (folder / name).symlink_to(target)

    return damage


def link_folder(folder: Path) -> None:
    target = folder.parents[2] / "elsewhere"
    folder.rename(target)
    folder.symlink_to(target)


def grow(name: str) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / name, 1 << 40)  # a terabyte of nothing


def fifo(folder: Path) -> None:
    (folder / "state.pt").unlink()
    os.mkfifo(folder / "state.pt")


def text(content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / "manifest.json").write_bytes(content) and None


def flip(name: str, place: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int(place * (len(content) - 1))] ^= 4
        (folder / name).write_bytes(content)

    return damage


def cut(name: str, share: float) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / name, int(share * (folder / name).stat().st_size))


def cut_and_sign(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        cut(name, 0.5)(folder)
        sign(folder)

    return damage


def no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


def no_table(folder: Path) -> None:
    torch.save([], folder / "state.pt")
    sign(folder)


NAMES = ["average.safetensors", "model.safetensors", "state.pt"]
DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    **{f"{name} flipped at {at}": (flip(name, at), f"{name} is not as") for name in NAMES for at in (0, 0.3, 1)},
    **{f"{name} cut to {share}": (cut(name, share), f"{name} is not as") for name in NAMES for share in (0, 0.5)},
    **{f"{name} gone": (lambda folder, name=name: (folder / name).unlink(), f"{name} is missing") for name in NAMES},
    **{f"{name} is a link": (link(name), f"{name} is a link") for name in [*NAMES, "manifest.json"]},
    **{f"{name} is huge": (grow(name), "larger than any") for name in NAMES},
    **{f"{name} cut, signed": (cut_and_sign(name), "") for name in NAMES},
    "manifest huge": (grow("manifest.json"), "manifest.json is too large"),
    "manifest gone": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
    "manifest empty": (text(b""), "JSONDecodeError"),
    "manifest no JSON": (text(b"\xff\xfe{"), "UnicodeDecodeError"),
    "manifest deep": (text(b"[" * 50_000), "RecursionError"),
    "manifest a list": (text(b"[]"), "manifest.json is no table"),
    "manifest another form": (lambda folder: sign(folder, form=2), "its form is 2, not 1"),
    "manifest another spec": (lambda folder: sign(folder, spec="x"), "its spec is x, not"),
    "manifest another epoch": (lambda folder: sign(folder, epoch=4), "its epoch is 4, not 3"),
    "manifest without files": (lambda folder: sign(folder, files={}), "names no state.pt"),
    "manifest of files elsewhere": (lambda folder: sign(folder, files={"state.pt": 1, "../../x": 2}), "is missing"),
    "no folder": (no_folder, "it is no folder"),
    "folder a link": (link_folder, "it is no folder"),
    "a file more": (lambda folder: shutil.copy(folder / NAMES[0], folder / "z.safetensors") and None, "is not of it"),
    "a pipe": (fifo, "state.pt is no file"),
    "a pickle that runs code": (forge_pickle, "state.pt holds more than numbers"),
    "a bare pickle that runs code": (bare_pickle, "state.pt holds more than numbers"),
    "a wrong shape": (
        change_table(NAMES[1], lambda table: table.update({"conv1.weight": torch.zeros(2)})),
        "model: conv1.weight is 2 float32, not ",
    ),
    "a wrong type": (
        change_table(NAMES[0], lambda table: table.update({key: value.half() for key, value in table.items()})),
        "average: ",
    ),
    "a tensor less": (change_table(NAMES[1], lambda table: table.popitem() and None), "is missing"),
    "a tensor more": (change_table(NAMES[1], lambda table: table.update(more=torch.zeros(2))), "more is unknown"),
    "no list": (no_table, ""),
    "no optimizer": (change_state(lambda state: state.pop("optimizer")), "it holds schedule, "),
    "optimizer of nobody": (change_state(lambda state: state["optimizer"]["state"].update({999: {}})), "list index"),
    "optimizer of other shapes": (
        change_state(lambda state: state["optimizer"]["state"][0].update(momentum_buffer=torch.zeros(7))),
        "its optimizer's momentum_buffer is 7 float32, of a parameter that is ",
    ),
    "optimizer without groups": (
        change_state(lambda state: state["optimizer"].update(param_groups=[])),
        "its optimizer has 0 groups of parameters, not 1",
    ),
    "words for a number": (
        change_state(lambda state: state["optimizer"]["param_groups"][0].update(lr="fast")),
        "its optimizer's lr is no float",
    ),
    "schedule of words": (change_state(lambda state: state["schedule"].update(factor="x")), "could not convert"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_broken_checkpoint_is_passed_over_with_one_line_for_the_one_before(
    newest: Path, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    damage, reason = DAMAGE[name]
    monkeypatch.chdir(tmp_path)
    damage(newest)

    with pytest.warns(TrainingWarning) as told:
        assert first_epoch(newest.parents[1]) == 3

    (line,) = (str(each.message) for each in told)
    assert line.startswith(f"checkpoint 000003 in '{newest.parent}' is passed over: ")
    assert reason in line
    assert line.isprintable()
    assert not (tmp_path / "executed").exists()


def test_what_was_half_taken_over_is_undone(newest: Path) -> None:
    change_state(lambda state: state["schedule"].update(factor="x"))(newest)  # found after the weights are loaded
    older = newest.with_name("000002")
    change_table(NAMES[1], lambda table: table.popitem() and None)(older)
    clean = newest.parents[2] / "clean"

    with pytest.warns(TrainingWarning):
        epochs = _epochs(train(SPEC, data_dir=Path(), out_dir=newest.parents[1], resume=True))

    assert epochs == _epochs(train(SPEC, data_dir=Path(), out_dir=clean))
    assert (newest.parents[1] / "weights.safetensors").read_bytes() == (clean / "weights.safetensors").read_bytes()


def _epochs(events: Any) -> list[tuple[int, float, float]]:
    return [(event.epoch, event.train_loss, event.test_loss) for event in events if isinstance(event, EpochEnded)]


def test_a_checkpoint_of_more_epochs_than_the_run_has_is_passed_over(newest: Path) -> None:
    newest.rename(newest.with_name("000005"))

    with pytest.warns(TrainingWarning, match="000005 in .* is passed over: the run has 4 epochs"):
        assert first_epoch(newest.parents[1]) == 3


def test_a_folder_of_checkpoints_that_is_a_link_is_neither_read_nor_written(newest: Path, tmp_path: Path) -> None:
    newest.parent.rename(tmp_path / "elsewhere")
    newest.parent.symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.glob("elsewhere/*/*"))

    with pytest.warns(TrainingWarning, match="cannot write checkpoint 000001 .* it is a link"):
        events = list(train(SPEC, data_dir=Path(), out_dir=newest.parents[1], resume=True, checkpoint_seconds=0))

    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
    assert sorted(tmp_path.glob("elsewhere/*/*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", one_of_each_class())
def test_the_state_of_every_optimizer_is_taken(tmp_path: Path, name: str) -> None:
    spec = make_spec(**TINY, optim__name=name, optim__lr=1e-3)
    events: Any = train(spec, data_dir=Path(), out_dir=tmp_path, checkpoint_seconds=math.inf)
    next(event for event in events if isinstance(event, EpochEnded))
    events.close()

    started: Event = next(iter(train(spec, data_dir=Path(), out_dir=tmp_path, resume=True)))

    assert isinstance(started, RunStarted)
    assert started.first_epoch == 2
