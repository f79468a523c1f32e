import pytest
import timm
import torch
from timm.optim import get_optimizer_info, list_optimizers
from torch import nn
from torch.nn import functional

from expdb.catalog.optimizers import LEFT_OUT, OPTIMIZERS
from expdb.errors import SpecError
from expdb.train.optim import make_optimizer
from tests.factories import make_spec
from tests.train.optimizers import WITHOUT_PACKAGES

CPU = torch.device("cpu")


def test_the_catalog_has_all_of_timms_optimizers() -> None:
    assert sorted({*OPTIMIZERS, *LEFT_OUT}) == sorted(list_optimizers())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_catalog_knows_what_each_optimizer_takes(name: str) -> None:
    entry, info = OPTIMIZERS[name], get_optimizer_info(name)

    assert (entry.momentum is not None) == info.has_momentum
    assert entry.has_betas == (info.has_betas and info.num_betas == 2)
    assert not info.second_order
    if isinstance(info.opt_class, str):
        assert entry.package == info.opt_class.partition(".")[0]


@pytest.mark.parametrize("name", WITHOUT_PACKAGES)
def test_weight_decay_is_on_all_parameters(name: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    spec = make_spec(optim__name=name, optim__weight_decay=0.03)

    optimizer = make_optimizer(spec, model, device=CPU)

    (group,) = optimizer.param_groups
    assert len(group["params"]) == 4
    assert group["weight_decay"] == 0.03
    assert group["lr"] == spec.optim.lr


def test_norms_and_biases_can_be_spared() -> None:
    model = timm.create_model("vit_tiny_patch16_224", img_size=32, depth=1)
    spec = make_spec(optim__name="adamw", optim__weight_decay=0.03, optim__decay_norm_and_bias=False)

    spared, decayed = make_optimizer(spec, model, device=CPU).param_groups

    exempt = {"pos_embed", "cls_token"}
    names = {parameter: name for name, parameter in model.named_parameters()}
    assert (spared["weight_decay"], decayed["weight_decay"]) == (0, 0.03)
    assert all(parameter.ndim > 1 for parameter in decayed["params"])
    assert all(parameter.ndim == 1 or names[parameter] in exempt for parameter in spared["params"])


@pytest.mark.parametrize("name", WITHOUT_PACKAGES)
def test_an_optimizer_with_momentum_reads_it_where_schedules_write_it(name: str) -> None:
    (group,) = make_optimizer(make_spec(optim__name=name), nn.Linear(2, 2), device=CPU).param_groups

    # Adan's three betas are no momentum.
    assert OPTIMIZERS[name].has_momentum == ("momentum" in group or len(group.get("betas", ())) == 2)


@pytest.mark.parametrize("name", WITHOUT_PACKAGES)
def test_every_optimizer_steps_every_parameter(name: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.GELU(), nn.Flatten(), nn.Linear(4 * 36, 5))
    optimizer = make_optimizer(make_spec(optim__name=name), model, device=CPU)
    before = [parameter.detach().clone() for parameter in model.parameters()]

    for _ in range(2):
        optimizer.zero_grad()
        functional.cross_entropy(model(torch.randn(4, 1, 8, 8)), torch.tensor([0, 1, 2, 3])).backward()
        optimizer.step()

    after = list(model.parameters())
    assert all(parameter.isfinite().all() for parameter in after)
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_frozen_parameters_are_left_out() -> None:
    model = nn.Linear(2, 2)
    model.bias.requires_grad_(requires_grad=False)

    (group,) = make_optimizer(make_spec(), model, device=CPU).param_groups

    assert len(group["params"]) == 1


def test_betas_are_taken_from_the_spec() -> None:
    spec = make_spec(optim__name="adamw", optim__betas=[0.8, 0.95])

    (group,) = make_optimizer(spec, nn.Linear(2, 2), device=CPU).param_groups

    assert tuple(group["betas"]) == (0.8, 0.95)


@pytest.mark.parametrize("nesterov", [True, False])
def test_sgd_takes_momentum_and_nesterov_from_the_spec(nesterov: bool) -> None:
    spec = make_spec(optim__momentum=0.8, optim__nesterov=nesterov)

    (group,) = make_optimizer(spec, nn.Linear(2, 2), device=CPU).param_groups

    assert (group["momentum"], group["nesterov"]) == (0.8, nesterov)


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(SpecError, match=r"optim\.name=sgd"):
        make_optimizer(make_spec(optim__momentum=0.0), nn.Linear(2, 2), device=CPU)


def test_an_optimizer_of_a_missing_package_names_it() -> None:
    with pytest.raises(SpecError, match=r"optim\.name=fusedlamb needs the package apex"):
        make_optimizer(make_spec(optim__name="fusedlamb"), nn.Linear(2, 2), device=CPU)
