"""What a filter can be told to let in before anything was trained."""

import pytest

from expdb.store.store import Store
from tests.factories import make_spec


@pytest.mark.parametrize(
    ("where", "may"),
    [
        ("", True),
        ("group = g and tag = a", True),
        ("group = other", False),
        ("tag = b", False),
        ("tag != b and name = null", True),
        ("name = foo", False),
        ("id = 1", False),
        ("id in (1, 3)", False),
        ("id > 1", True),
        ("dataset = digits and model = resnet_mini and seed = 3", True),
        ("seed in (0, 1)", False),
        ("lr > 100", False),
        ("kind = reported", False),
        ("status = finished", True),
        ("status = failed", False),
        ("created_at < 2020-01-01", False),
        ("created_at > 2020-01-01", True),
        ("top1 > 99%", True),
        ("not top1 > 99%", True),
        ("top1 = null or num_params = null", True),
        ("top1 > 99% and group = other", False),
        ("top1 > 99% or group = other", True),
        ("not (device = cuda or group = g)", False),
        ("text ~ fills and text ~ mini", True),
        ("nesterov = yes and distill_temperature > 1", True),
        ("nesterov = no", False),
        ("metrics.mIoU = null and not settings.cutmix > 0", True),
        ("metrics.mIoU > 1", False),
    ],
)
def test_a_filter_is_held_against_what_is_known_of_a_run_to_come(store: Store, where: str, may: bool) -> None:
    store.add_run(make_spec(), name="foo", group="other", tags=["b"])
    spec = make_spec(seed=3)

    assert store.may_let_in(where, spec, group="g", tags=["a", "c"], note="fills table t") is may
    assert len(store.runs()) == 1


def test_a_run_without_tags_has_none_of_another(store: Store) -> None:
    store.add_run(make_spec(), tags=["b"])

    assert not store.may_let_in("tag = b", make_spec(seed=3))
    assert store.may_let_in("tag = null", make_spec(seed=3))
