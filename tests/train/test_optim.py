import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from expdb.catalog.optimizers import OPTIMIZERS
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.optim import lr_at, make_optimizer
from tests.factories import make_spec

CPU = torch.device("cpu")


def lrs(spec: RunSpec, steps_per_epoch: int = 10) -> list[float]:
    steps = range(spec.epochs * steps_per_epoch)
    return [lr_at(step, spec=spec, steps_per_epoch=steps_per_epoch) for step in steps]


def test_cosine_warms_up_linearly_and_falls_to_min_lr() -> None:
    spec = make_spec(
        epochs=10, optim__lr=0.4, schedule__warmup_epochs=2, schedule__warmup_lr=0.1, schedule__min_lr=0.01
    )

    lr = lrs(spec)

    assert lr[0] == pytest.approx(0.1)
    assert lr[10] == pytest.approx(0.25)
    assert lr[20] == pytest.approx(0.4)
    assert lr[60] == pytest.approx((0.4 + 0.01) / 2)
    assert lr[99] == pytest.approx(0.01, abs=1e-3)
    assert all(later < earlier for earlier, later in pairwise(lr[20:]))


def test_half_an_epoch_of_warm_up_is_half_of_its_steps() -> None:
    lr = lrs(make_spec(epochs=2, optim__lr=1.0, schedule__warmup_epochs=0.5))

    assert lr[:6] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_step_drops_every_decay_epochs() -> None:
    spec = make_spec(epochs=6, optim__lr=1.0, schedule__name="step", schedule__decay_epochs=2, schedule__decay_rate=0.2)

    lr = lrs(spec)

    assert lr[19] == 1.0
    assert lr[20] == pytest.approx(0.2)
    assert lr[59] == pytest.approx(0.04)


def test_step_without_its_settings_is_refused() -> None:
    spec = make_spec(schedule__name="step")
    spec = spec.model_copy(update={"schedule": spec.schedule.model_copy(update={"decay_rate": None})})

    with pytest.raises(SpecError, match=r"schedule\.decay_rate"):
        lr_at(0, spec=spec, steps_per_epoch=10)


def test_constant_stays() -> None:
    assert set(lrs(make_spec(schedule__name="constant", optim__lr=0.3))) == {0.3}


def test_last_step_of_cosine_is_not_yet_zero() -> None:
    lr = lrs(make_spec(epochs=1, optim__lr=1.0))

    assert lr[-1] == pytest.approx((1 + math.cos(math.pi * 0.9)) / 2)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_is_on_all_parameters(name: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    spec = make_spec(optim__name=name, optim__weight_decay=0.03)

    optimizer = make_optimizer(spec, model, device=CPU)

    (group,) = optimizer.param_groups
    assert len(group["params"]) == 4
    assert group["weight_decay"] == 0.03
    assert group["lr"] == spec.optim.lr


@pytest.mark.parametrize("nesterov", [True, False])
def test_sgd_takes_momentum_and_nesterov_from_the_spec(nesterov: bool) -> None:
    spec = make_spec(optim__momentum=0.8, optim__nesterov=nesterov)

    (group,) = make_optimizer(spec, nn.Linear(2, 2), device=CPU).param_groups

    assert (group["momentum"], group["nesterov"]) == (0.8, nesterov)


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(SpecError, match=r"optim\.name=sgd"):
        make_optimizer(make_spec(optim__momentum=0.0), nn.Linear(2, 2), device=CPU)
