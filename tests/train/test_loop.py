import math
import multiprocessing
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.data.predictions import read_predictions
from expdb.data.test_limit import choose_test
from expdb.domain.events import EpochEnded, Event, Progress, RunFinished, RunStarted
from expdb.domain.spec import DataSpec, ScheduleSpec
from expdb.errors import DataError, SpecError, TrainingError
from expdb.train import loop
from expdb.train.input.splits import load_data
from expdb.train.loop import train
from expdb.train.model.build import build_model
from tests.factories import make_spec
from tests.train.optimizers import WITHOUT_PACKAGES

SCHEDULES = get_args(ScheduleSpec.model_fields["name"].annotation)
QUICK = {"epochs": 1, "data__limit": 128, "data__img_size": 8, "batch_size": 32}


def events_of(tmp_path: Path, *, data_dir: Path = Path(), **settings: Any) -> list[Event]:
    return list(train(make_spec(**settings), data_dir=data_dir, out_dir=tmp_path / "out"))


def epochs_of(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def test_events_come_in_order_and_say_what_was_done(tmp_path: Path) -> None:
    events = events_of(tmp_path, epochs=2, data__limit=130, data__val_fraction=0.1, batch_size=64)

    started, *between, finished = events
    assert isinstance(started, RunStarted)
    assert (started.num_train_images, started.num_val_images, started.num_test_images) == (130, 144, 360)
    assert (started.device, started.num_devices, started.num_threads) == ("cpu", 1, 1)
    assert started.num_params == started.num_trainable_params == 366_538
    assert started.macs is not None
    assert started.device_name
    assert [event.epoch for event in epochs_of(between)] == [1, 2]
    for epoch in epochs_of(between):
        assert epoch.val_loss is not None
        assert epoch.val_top1 is not None
        assert 0 <= epoch.top1 <= epoch.top5 <= 1
        assert epoch.train_seconds > 0
        assert epoch.eval_seconds > 0
        assert epoch.images_per_second == pytest.approx(130 / epoch.train_seconds)
        assert epoch.peak_memory_bytes is not None
        assert epoch.peak_memory_bytes > 50_000_000
    assert finished == RunFinished(weights_file="weights.safetensors", predictions_file="predictions.npz")


def test_progress_is_told_within_epochs_of_training_and_of_testing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expdb.train.clock._SECONDS_BETWEEN_PROGRESS", 0.0)

    progress = [event for event in events_of(tmp_path, **QUICK) if isinstance(event, Progress)]

    assert [(event.phase, event.step, event.num_steps) for event in progress] == [
        *(("train", step, 4) for step in (1, 2, 3, 4)),
        *(("test", step, 6) for step in (1, 2, 3, 4, 5, 6)),
    ]
    assert all(math.isfinite(event.loss) and event.images_per_second > 0 for event in progress)


def test_results_on_disk_are_those_of_the_last_epoch(tmp_path: Path) -> None:
    (last,) = epochs_of(events_of(tmp_path, **QUICK))

    spec = make_spec(**QUICK)
    model = build_model(spec, torch.device("cpu"))
    model.load_state_dict(load_file(tmp_path / "out" / "weights.safetensors"))
    predictions = read_predictions(tmp_path / "out" / "predictions.npz")
    assert predictions.label.shape == predictions.probability.shape == (360,)
    assert predictions.top5.shape == (360, 5)
    assert (predictions.top5[:, 0] == predictions.label).mean() == pytest.approx(last.top1)
    assert (predictions.top5 == predictions.label[:, None]).any(1).mean() == pytest.approx(last.top5)
    assert -np.log(predictions.probability.astype(np.float64)).mean() == pytest.approx(last.test_loss, rel=1e-4)
    confidence = predictions.confidence
    assert confidence is not None
    assert confidence.dtype == np.float32
    assert (confidence[:, :-1] >= confidence[:, 1:]).all()
    assert (confidence.sum(1) <= 1 + 1e-6).all()
    place, rank = np.nonzero(predictions.top5 == predictions.label[:, None])
    assert confidence[place, rank] == pytest.approx(predictions.probability[place], abs=1e-6)
    assert (tmp_path / "out" / "predictions.npz").stat().st_size < 42 * 360
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["predictions.npz", "weights.safetensors"]


def test_the_same_seed_gives_the_same_losses_to_the_bit(tmp_path: Path) -> None:
    def losses(seed: int) -> list[tuple[float, float, float]]:
        events = events_of(tmp_path, **(QUICK | {"epochs": 2}), aug__preset="autoaugment", seed=seed)
        return [(epoch.train_loss, epoch.test_loss, epoch.top1) for epoch in epochs_of(events)]

    assert losses(0) == losses(0)
    assert losses(0) != losses(1)


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [6, pytest.param(10, marks=pytest.mark.long)])
def test_resnet_passes_97_percent_on_digits_within_some_epochs(tmp_path: Path, epochs: int) -> None:
    last = epochs_of(events_of(tmp_path, epochs=epochs, batch_size=32, aug__crop_padding=2, seed=0))[-1]

    assert last.top1 > 0.97


def test_loss_falls_on_real_cifar10(tmp_path: Path, real_data: Path) -> None:
    first, *_, last = epochs_of(
        events_of(
            tmp_path,
            data_dir=real_data,
            data__dataset="cifar10_jpeg",
            data__limit=2000,
            data__img_size=16,
            epochs=3,
            optim__lr=0.05,
        )
    )

    assert last.train_loss < first.train_loss - 0.1
    assert last.top1 > 0.15


def test_real_photographs_in_folders_train(tmp_path: Path, real_data: Path) -> None:
    settings = {"data__dataset": f"folder:{real_data / 'clothing'}", "data__img_size": 32, "data__limit": 128}

    started, *rest = events_of(tmp_path, **settings, epochs=1, batch_size=32)

    assert isinstance(started, RunStarted)
    assert (started.num_train_images, started.num_val_images, started.num_test_images) == (128, 186, 245)
    assert math.isfinite(epochs_of(rest)[0].train_loss)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("preset", AUGMENTATIONS)
def test_every_augmentation_preset_trains(tmp_path: Path, preset: str) -> None:
    (epoch,) = epochs_of(events_of(tmp_path, **QUICK, aug__preset=preset))

    assert math.isfinite(epoch.train_loss)


@pytest.mark.parametrize(
    "settings",
    [
        {"aug__mixup_alpha": 0.8},
        {"aug__cutmix_alpha": 1.0, "aug__label_smoothing": 0.1},
        {"aug__label_smoothing": 0.1},
        {"aug__random_erasing_prob": 0.5, "aug__color_jitter": 0.4},
        {"aug__crop": "resized", "aug__crop_padding": 0},
        {"amp": False},
        {"data__normalize": "half"},
    ],
    ids=str,
)
def test_every_knob_trains(tmp_path: Path, settings: dict[str, Any]) -> None:
    (epoch,) = epochs_of(events_of(tmp_path, **QUICK, **settings))

    assert math.isfinite(epoch.train_loss)


@pytest.mark.long  # test_optim.py steps with each, test_engine.py trains three epochs with one of each class
@pytest.mark.parametrize("name", WITHOUT_PACKAGES)
def test_every_optimizer_trains(tmp_path: Path, name: str) -> None:
    (epoch,) = epochs_of(events_of(tmp_path, **QUICK, optim__name=name))

    assert math.isfinite(epoch.train_loss)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_trains(tmp_path: Path, name: str) -> None:
    (epoch,) = epochs_of(events_of(tmp_path, **QUICK, schedule__name=name))

    assert epoch.lr > 0


def test_vit_trains(tmp_path: Path) -> None:
    (epoch,) = epochs_of(events_of(tmp_path, **QUICK, model__name="vit_mini", optim__name="adamw"))

    assert math.isfinite(epoch.train_loss)


def test_diverged_run_reports_its_epoch_and_then_fails(tmp_path: Path) -> None:
    events: list[Event] = []

    with pytest.raises(TrainingError, match=r"lower optim\.lr \(now 1e\+20\)") as caught:
        events.extend(train(make_spec(**QUICK, optim__lr=1e20), data_dir=Path(), out_dir=tmp_path / "out"))

    assert caught.value.reason == "diverged"
    assert not math.isfinite(epochs_of(events)[0].train_loss)
    assert not (tmp_path / "out").exists()


def test_evaluation_every_third_epoch_is_of_these_and_of_the_last(tmp_path: Path) -> None:
    settings = QUICK | {"epochs": 7, "eval__every": 3, "data__val_fraction": 0.05}

    events = events_of(tmp_path, **settings)

    evaluated = [epoch.epoch for epoch in epochs_of(events) if epoch.top1 is not None]
    assert evaluated == [3, 6, 7]
    for epoch in epochs_of(events):
        said = (epoch.test_loss, epoch.top1, epoch.top5, epoch.val_loss, epoch.val_top1)
        assert all(value is not None for value in said) is (epoch.epoch in evaluated)
        assert (epoch.eval_seconds > 0) is (epoch.epoch in evaluated)
        assert math.isfinite(epoch.train_loss)
    predictions = read_predictions(tmp_path / "out" / "predictions.npz")
    assert (predictions.top5[:, 0] == predictions.label).mean() == pytest.approx(epochs_of(events)[-1].top1)


def test_how_often_it_is_evaluated_changes_nothing_of_what_is_learnt(tmp_path: Path) -> None:
    settings = QUICK | {"epochs": 4, "schedule__name": "plateau", "schedule__patience": 1, "ema_decay": 0.9}
    often, rarely = (epochs_of(events_of(tmp_path, **settings, eval__every=every)) for every in (1, 3))

    assert [epoch.train_loss for epoch in often] == [epoch.train_loss for epoch in rarely]
    assert [often[place].top1 for place in (2, 3)] == [rarely[place].top1 for place in (2, 3)]


def test_run_that_stops_between_two_evaluations_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    spec = make_spec(**(QUICK | {"epochs": 5, "eval__every": 2, "amp": False}))
    expected = epochs_of(list(train(spec, data_dir=Path(), out_dir=tmp_path / "whole")))
    stopped = train(spec, data_dir=Path(), out_dir=tmp_path / "out", checkpoint_seconds=0)
    for event in stopped:
        if isinstance(event, EpochEnded) and event.epoch == 3:
            stopped.close()

    events = list(train(spec, data_dir=Path(), out_dir=tmp_path / "out", resume=True))

    started, *rest = events
    assert isinstance(started, RunStarted)
    assert started.first_epoch == 4
    results = [(epoch.train_loss, epoch.test_loss, epoch.top1) for epoch in epochs_of(rest)]
    assert results == [(epoch.train_loss, epoch.test_loss, epoch.top1) for epoch in expected[3:]]


def test_part_of_the_test_images_is_what_is_evaluated_and_predicted(tmp_path: Path) -> None:
    started, epoch, _ = events_of(tmp_path, **QUICK, data__test_limit=50)

    predictions = read_predictions(tmp_path / "out" / "predictions.npz")
    assert isinstance(started, RunStarted)
    assert started.num_test_images == len(predictions.label) == 50
    assert epochs_of([epoch])[0].top1 == pytest.approx((predictions.top5[:, 0] == predictions.label).mean())


def test_part_of_the_test_images_is_predicted_as_within_the_whole(tmp_path: Path) -> None:
    positions = choose_test(load_data(make_spec(**QUICK), Path()).test.labels.numpy(), DataSpec(test_limit=50))
    part, whole = tmp_path / "part", tmp_path / "whole"
    events_of(part, **QUICK, data__test_limit=50)
    events_of(whole, **QUICK)

    some, all_of_them = (read_predictions(folder / "out" / "predictions.npz") for folder in (part, whole))
    assert (some.label == all_of_them.label[positions]).all()
    assert some.probability == pytest.approx(all_of_them.probability[positions], abs=1e-5)


@pytest.mark.parametrize(("num_classes", "has_top5"), [(2, False), (5, False), (6, True)])
def test_five_classes_or_fewer_have_no_top5(tmp_path: Path, num_classes: int, has_top5: bool) -> None:
    for split, number in (("train", 4), ("test", 3)):
        for label in range(num_classes):
            folder = tmp_path / "data" / split / f"class{label}"
            folder.mkdir(parents=True)
            for index in range(number):
                Image.new("RGB", (8, 8), (40 * label, 10 * index, 0)).save(folder / f"{index}.png")
    settings = {"epochs": 1, "data__dataset": f"folder:{tmp_path / 'data'}", "data__img_size": 8, "batch_size": 8}

    (epoch,) = epochs_of(events_of(tmp_path, **settings))

    assert epoch.top1 is not None
    assert (epoch.top5 is not None) is has_top5
    predictions = read_predictions(tmp_path / "out" / "predictions.npz")
    assert predictions.top5.shape == (3 * num_classes, min(5, num_classes))


def test_interrupt_while_writing_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("expdb.train.checkpoint.save", interrupted)

    with pytest.raises(KeyboardInterrupt):
        events_of(tmp_path, **QUICK)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["predictions.npz"]


def test_out_of_memory_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_args: object, **_kwargs: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop, "make_engine", exhausted)

    with pytest.raises(TrainingError, match="out of memory with batch_size=32 at 8 px") as caught:
        events_of(tmp_path, **QUICK)

    assert caught.value.reason == "out of memory"


def test_one_image_a_step_with_batch_norm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="batch_size=1: resnet_mini has batch norm"):
        events_of(tmp_path, **(QUICK | {"batch_size": 1}))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_without_a_gpu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="device='cuda': torch sees no CUDA device"):
        events_of(tmp_path, **QUICK, device="cuda")


def test_missing_images_are_told_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchvision.datasets.CIFAR10.url", "http://127.0.0.1:9/cifar.tar.gz")

    with pytest.raises(DataError, match="no cifar10 in"):
        events_of(tmp_path, data_dir=tmp_path, data__dataset="cifar10")


def test_closing_the_generator_early_ends_loader_processes(
    tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expdb.train.clock._SECONDS_BETWEEN_PROGRESS", 0.0)
    spec = make_spec(data__dataset=f"folder:{real_data / 'clothing'}", data__img_size=32, data__limit=256, batch_size=8)
    events = train(spec, data_dir=Path(), out_dir=tmp_path)
    assert isinstance(next(events), RunStarted)
    assert isinstance(next(events), Progress)
    assert multiprocessing.active_children()

    events.close()  # type: ignore[attr-defined]  # every generator has it

    assert multiprocessing.active_children() == []
