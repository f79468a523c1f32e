from collections.abc import Mapping
from typing import Any

import pytest
import torch

from expdb.domain.spec import ScheduleSpec
from expdb.errors import SpecError
from expdb.train.evaluate import evaluate
from tests.train.optimizers import one_of_each_class
from tests.train.runs import finish, make_small_engine, run_epoch, through_a_file


def assert_same_weights(one: Mapping[str, torch.Tensor], two: Mapping[str, torch.Tensor]) -> None:
    assert one.keys() == two.keys()
    assert [name for name in one if not torch.equal(one[name], two[name])] == []


def assert_resumes(**settings: Any) -> None:
    whole = make_small_engine(epochs=3, **settings)
    run_epoch(whole, 1)
    state = through_a_file(whole.state_dict())
    expected = [run_epoch(whole, epoch) for epoch in (2, 3)]

    resumed = make_small_engine(epochs=3, **settings)
    resumed.load_state_dict(state)
    epochs = [run_epoch(resumed, epoch) for epoch in (2, 3)]

    assert [(epoch.loss, epoch.lr) for epoch in epochs] == [(epoch.loss, epoch.lr) for epoch in expected]
    assert_same_weights(resumed.model.state_dict(), whole.model.state_dict())
    assert_same_weights(resumed.evaluated_model.state_dict(), whole.evaluated_model.state_dict())


@pytest.mark.parametrize("name", one_of_each_class())
def test_a_state_continues_to_the_bit_with_every_optimizer(name: str) -> None:
    assert_resumes(optim__name=name)


@pytest.mark.parametrize("name", ["plateau", "onecycle", "wsd", "multistep"])
def test_a_state_continues_to_the_bit_with_schedules(name: str) -> None:
    assert name in str(ScheduleSpec.model_fields["name"].annotation)
    patience = {"schedule__patience": 1} if name == "plateau" else {}
    assert_resumes(schedule__name=name, **patience)


def test_a_state_continues_to_the_bit_with_everything_on() -> None:
    assert_resumes(
        ema_decay=0.9,
        grad_accumulation=3,
        optim__clip_grad_norm=0.5,
        aug__preset="autoaugment",
        aug__mixup_alpha=0.4,
        aug__cutmix_alpha=1.0,
        model__drop_path=0.1,
        progressive=[8, 16],
        data__img_size=16,
        loss="bce",
        bce_threshold=0.2,
    )


def test_the_average_is_what_is_evaluated() -> None:
    engine = make_small_engine(ema_decay=0.9)
    trained = run_epoch(engine)

    averaged = finish(evaluate(engine, "test", epoch=1, trained=trained))
    engine.model.load_state_dict(engine.evaluated_model.state_dict())
    plain = make_small_engine()
    plain.model.load_state_dict(engine.model.state_dict())

    assert engine.evaluated_model is not engine.model
    assert averaged.loss == finish(evaluate(plain, "test", epoch=1, trained=trained)).loss


def test_weights_start_from_the_seed() -> None:
    one, same, other = (make_small_engine(seed=seed) for seed in (0, 0, 1))

    assert_same_weights(one.model.state_dict(), same.model.state_dict())
    assert not torch.equal(one.model.get_parameter("conv1.weight"), other.model.get_parameter("conv1.weight"))


def test_sync_bn_needs_gpus() -> None:
    with pytest.raises(SpecError, match="sync_bn: torch shares batch norm between GPUs only"):
        make_small_engine(sync_bn=True, gpus=2)


def test_one_device_has_no_batch_norm_to_share() -> None:
    with pytest.raises(SpecError, match="sync_bn=True has no effect here"):
        make_small_engine(sync_bn=True)
