"""Settings that a training process refuses are refused before there is one."""

from typing import Any

import pytest
import torch

from expdb.errors import SpecError
from expdb.train.trainable import check_trainable
from tests.factories import make_spec

needs_no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
CPU: dict[str, Any] = {"device": "cpu"}


@needs_no_gpu
def test_several_devices_where_there_is_none_are_asked_for_by_name() -> None:
    with pytest.raises(SpecError, match=r"gpus=4: torch sees no CUDA device here; leave it out, or add --device cpu"):
        check_trainable(make_spec(gpus=4))

    assert check_trainable(make_spec(gpus=4, device="cpu", model__name="vit_mini")) == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"gpus": 2, "sync_bn": True}, "sync_bn: torch shares batch norm between GPUs only"),
        ({"gpus": 8, "batch_size": 8, "data__limit": 5}, "gpus=8: 5 images a step .data.limit=5. are fewer than"),
        (
            {"gpus": 2, "batch_size": 2, "data__img_size": 8, "model__stem": "default"},
            "batch_size=2 over gpus=2: resnet",
        ),
        ({"batch_size": 1, "data__img_size": 8, "model__stem": "default"}, "batch_size=1: resnet18 has batch norm"),
        ({"batch_size": 8, "progressive": [8, 32], "model__name": "vgg16_bn"}, "does not take images of 8 px"),
        ({"model__name": "vit_mini", "model__drop_path": 0.1, "optim__name": "fusedadam"}, "needs the package apex"),
    ],
)
def test_what_a_process_would_refuse_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        check_trainable(make_spec(**{"data__img_size": 32, "model__name": "resnet18", **CPU, **settings}))


@needs_no_gpu
def test_cuda_graphs_need_a_gpu() -> None:
    with pytest.raises(SpecError, match="cuda_graphs=true needs a CUDA device"):
        check_trainable(make_spec(cuda_graphs=True, compile=True))


@pytest.mark.parametrize(
    ("settings", "remarks"),
    [
        ({"gpus": 4}, ["batch norm over 32 of the 128 images of a step"]),
        ({"grad_accumulation": 4}, ["batch norm over 32 of the 128 images of a step"]),
        ({"gpus": 2, "grad_accumulation": 4}, ["batch norm over 16 of the 128 images of a step"]),
        ({"gpus": 4, "model__name": "vit_mini"}, []),
        ({}, []),
        ({"data__limit": 66}, []),  # a small data set is no part of a step
    ],
)
def test_batch_norm_over_a_part_of_a_step_is_told(settings: dict[str, Any], remarks: list[str]) -> None:
    assert check_trainable(make_spec(**CPU, **settings)) == remarks


def test_where_gpus_can_share_batch_norm_it_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)

    assert check_trainable(make_spec(gpus=4)) == [
        "batch norm over 32 of the 128 images of a step: sync_bn=true shares it between the devices"
    ]
    assert check_trainable(make_spec(gpus=4, sync_bn=True)) == []
    with pytest.raises(SpecError, match="gpus=8: this machine has only 4"):
        check_trainable(make_spec(gpus=8))
    with pytest.raises(SpecError, match="sync_bn has no effect: vit_mini has no batch norm"):
        check_trainable(make_spec(gpus=4, sync_bn=True, model__name="vit_mini"))
