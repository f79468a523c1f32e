from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.checkpoint import write_weights
from expdb.train.engine import Engine
from expdb.train.loss import distillation_loss
from tests.factories import make_spec
from tests.train.runs import SMALL, make_small_engine, run_epoch


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunSpec, Path]:
    """Spec and weights of a trained run."""
    engine = make_small_engine(epochs=4, optim__lr=0.05)
    for epoch in range(1, 5):
        run_epoch(engine, epoch)
    path = tmp_path_factory.mktemp("teacher") / "weights.safetensors"
    write_weights(engine.model, path)
    return engine.spec, path


def divergence(engine: Engine, teacher: Engine) -> float:
    (batch, *_) = engine.feed.eval_batches("test", batch_size=360)
    inputs = engine.normalise(batch.images)
    with torch.no_grad():
        own, theirs = engine.model.eval()(inputs), teacher.model.eval()(inputs)
    return distillation_loss(own, theirs, temperature=1.0).item()


def test_learning_from_a_teacher_brings_predictions_closer_to_its(source: tuple[RunSpec, Path]) -> None:
    settings: dict[str, Any] = {"epochs": 6, "seed": 1, "optim__lr": 0.05, "data__limit": 320}
    teacher = make_small_engine(model__init_from=3, teachers={3: source})
    alone = make_small_engine(**settings)
    taught = make_small_engine(**settings, distill__teacher=3, distill__weight=1.0, teachers={3: source})
    before = divergence(taught, teacher)

    for epoch in range(1, 7):
        run_epoch(alone, epoch)
        run_epoch(taught, epoch)

    assert divergence(taught, teacher) < before / 2
    assert divergence(taught, teacher) < divergence(alone, teacher)


def test_the_loss_is_that_of_the_paper() -> None:
    own, theirs = torch.randn(4, 5), torch.randn(4, 5)

    loss = distillation_loss(own, theirs, temperature=3.0)

    soft = functional.softmax(theirs / 3, 1)
    expected = 9 * (soft * (soft.log() - functional.softmax(own / 3, 1).log())).sum(1).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert distillation_loss(own, own, temperature=3.0).item() == pytest.approx(0, abs=1e-6)


def test_a_teacher_is_never_changed(source: tuple[RunSpec, Path]) -> None:
    engine = make_small_engine(distill__teacher=3, teachers={3: source})
    assert engine.teacher is not None
    before = {name: tensor.clone() for name, tensor in engine.teacher.state_dict().items()}

    run_epoch(engine)

    assert not engine.teacher.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in engine.teacher.state_dict().items())


def test_a_run_starts_from_the_weights_of_another(source: tuple[RunSpec, Path]) -> None:
    first, second = (make_small_engine(model__init_from=3, teachers={3: source}, seed=seed) for seed in (0, 1))

    for one, two in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("settings", [{"data__img_size": 16}, {"data__normalize": "half"}])
def test_a_teacher_of_other_images_is_refused(source: tuple[RunSpec, Path], settings: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"distill\.teacher=3 was trained with data\."):
        make_small_engine(**settings, distill__teacher=3, teachers={3: source})


def test_weights_of_another_network_are_refused(source: tuple[RunSpec, Path]) -> None:
    with pytest.raises(SpecError, match=r"model\.init_from=3: that run's network is another one"):
        make_small_engine(model__name="vit_mini", model__init_from=3, teachers={3: source})


def test_weights_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    broken = tmp_path / "weights.safetensors"
    broken.write_bytes(b"no weights")

    with pytest.raises(DataError, match=r"model\.init_from=3: its weights .* cannot be read"):
        make_small_engine(model__init_from=3, teachers={3: (make_spec(**SMALL), broken)})
