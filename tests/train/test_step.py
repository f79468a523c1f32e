from typing import Any

import pytest
import torch
from torch import nn

from expdb.errors import SpecError
from expdb.train.distributed import Team
from expdb.train.engine import Engine, make_engine
from expdb.train.input.epoch_order import part_sizes
from expdb.train.step import take_step
from tests.factories import make_spec
from tests.train.runs import make_small_engine, run_epoch

# A model without batch norm: statistics over parts of a batch are others than those over the whole.
VIT: dict[str, Any] = {"model__name": "vit_mini", "optim__name": "sgd", "optim__momentum": 0.9, "data__limit": 75}


def gradient_of_first_step(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    monkeypatch.setattr(engine.optimizer, "step", lambda: None)
    monkeypatch.setattr(engine.optimizer, "zero_grad", lambda **_: None)
    engine.model.train()
    batch = next(engine.feed.train_batches(1))
    take_step(engine, batch, epoch=1, step=0)
    gradients = [parameter.grad for parameter in engine.model.parameters()]
    return torch.cat([gradient.flatten() for gradient in gradients if gradient is not None])


@pytest.mark.parametrize("num_parts", [2, 3, 5])
@pytest.mark.parametrize("mixed", [{}, {"aug__mixup_alpha": 0.5, "aug__label_smoothing": 0.1}], ids=["plain", "mixed"])
def test_a_batch_in_parts_has_the_same_gradient(num_parts: int, mixed: dict[str, float]) -> None:
    whole, in_parts = make_small_engine(**VIT, **mixed), make_small_engine(**VIT, **mixed, grad_accumulation=num_parts)

    losses = [run_epoch(engine).loss for engine in (whole, in_parts)]

    # 75 images in batches of 32: the last batch has 11, of which no number of parts here is even.
    assert losses[1] == pytest.approx(losses[0], abs=1e-6)
    for one, two in zip(whole.model.parameters(), in_parts.model.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_a_model_with_batch_norm_sees_so_many_parts() -> None:
    engine = make_small_engine(grad_accumulation=3)
    seen = []
    engine.model.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))

    run_epoch(engine)

    assert seen == [10, 11, 11] * 3


@pytest.mark.parametrize(
    ("num_images", "num_parts", "sizes"), [(8, 1, [8]), (7, 3, [2, 2, 3]), (5, 4, [2, 3]), (1, 4, [1]), (8, 4, [2] * 4)]
)
def test_parts_are_as_even_as_can_be_and_have_two_images(num_images: int, num_parts: int, sizes: list[int]) -> None:
    assert part_sizes(num_images, num_parts) == sizes


def test_clipping_bounds_the_norm_of_the_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    free = gradient_of_first_step(make_small_engine(), monkeypatch)
    clipped = gradient_of_first_step(make_small_engine(optim__clip_grad_norm=0.1), monkeypatch)

    assert free.norm() > 0.2
    assert clipped.norm().item() == pytest.approx(0.1, rel=1e-3)
    assert nn.functional.cosine_similarity(free, clipped, dim=0).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype:UserWarning")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"aug__mixup_alpha": 0.5, "ema_decay": 0.9, "optim__clip_grad_norm": 1.0, "grad_accumulation": 2},
        {"optim__name": "adamw", "data__img_size": 16, "progressive": [8, 16]},
    ],
    ids=["plain", "everything", "progressive"],
)
def test_no_step_waits_for_the_gpu(settings: dict[str, Any]) -> None:
    engine = make_small_engine(**settings, device="cuda", amp=True)
    engine.model.train()
    batches = list(engine.feed.train_batches(1))
    loss_sum = torch.zeros((), dtype=torch.float64, device="cuda")

    torch.cuda.set_sync_debug_mode("error")
    try:
        for step, batch in enumerate(batches):
            loss_sum += take_step(engine, batch, epoch=1, step=step)
    finally:
        torch.cuda.set_sync_debug_mode("default")

    assert torch.isfinite(loss_sum)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore:TensorFloat32 tensor cores:UserWarning"
)  # torch's own
def test_steps_replayed_as_cuda_graphs_learn_what_compiled_ones_do() -> None:
    losses = []
    for is_replayed in (False, True):
        engine = make_small_engine(device="cuda", compile=True, cuda_graphs=is_replayed)
        engine.model.train()
        batches = engine.feed.train_batches(1)
        losses.append([take_step(engine, batch, epoch=1, step=step).item() for step, batch in enumerate(batches)])

    assert losses[1] == pytest.approx(losses[0], rel=1e-3)


def test_cuda_graphs_need_a_cuda_device() -> None:
    with pytest.raises(SpecError, match="cuda_graphs=true needs a CUDA device, and this one is cpu"):
        make_engine(
            make_spec(compile=True, cuda_graphs=True), None, team=Team(), device=torch.device("cpu"), teachers={}
        )
