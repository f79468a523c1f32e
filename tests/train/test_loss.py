from typing import Any

import pytest
import torch
from timm.loss.binary_cross_entropy import BinaryCrossEntropy
from torch.nn import functional

from expdb.train.augment.mixing import smooth
from expdb.train.loss import label_loss
from tests.factories import make_spec
from tests.train.runs import make_small_engine, run_epoch

LOGITS = torch.randn(6, 10, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 3, 9, 9, 1, 5])


@pytest.mark.parametrize(
    "settings",
    [{}, {"aug__label_smoothing": 0.1}, {"bce_threshold": 0.2}],
    ids=["plain", "smoothed", "with a threshold"],
)
@pytest.mark.parametrize("share", [None, 0.7], ids=["classes", "mixed"])
def test_binary_cross_entropy_is_timms(settings: dict[str, Any], share: float | None) -> None:
    spec = make_spec(loss="bce", **settings)
    smoothing = spec.aug.label_smoothing
    targets = LABELS
    if share is not None:
        soft = smooth(LABELS, num_classes=10, smoothing=smoothing)
        targets = soft.lerp(soft.flip(0), 1 - share)
    theirs = BinaryCrossEntropy(smoothing=smoothing, target_threshold=spec.bce_threshold)

    loss = label_loss(LOGITS, targets, spec=spec)

    assert loss.item() == pytest.approx(theirs(LOGITS, targets).item(), rel=1e-6)


def test_a_threshold_makes_both_classes_of_a_mixed_image_whole() -> None:
    spec = make_spec(loss="bce", bce_threshold=0.2, aug__mixup_alpha=1.0)
    soft = torch.tensor([[0.3, 0.7, 0.0], [0.9, 0.0, 0.1]])
    logits = torch.randn(2, 3)

    loss = label_loss(logits, soft, spec=spec)

    whole = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert torch.equal(loss, functional.binary_cross_entropy_with_logits(logits, whole))


def test_cross_entropy_is_torchs_to_the_bit() -> None:
    spec = make_spec(aug__label_smoothing=0.1)

    assert torch.equal(
        label_loss(LOGITS, LABELS, spec=spec), functional.cross_entropy(LOGITS, LABELS, label_smoothing=0.1)
    )


@pytest.mark.parametrize("mixed", [{}, {"aug__mixup_alpha": 0.5, "bce_threshold": 0.2}], ids=["plain", "mixed"])
def test_a_batch_in_parts_learns_the_same_by_binary_cross_entropy(mixed: dict[str, Any]) -> None:
    # A model without batch norm: statistics over parts of a batch are others than those over the whole.
    settings: dict[str, Any] = {"model__name": "vit_mini", "optim__momentum": 0.9, "data__limit": 75, "loss": "bce"}
    whole, in_parts = (make_small_engine(**settings, **mixed, grad_accumulation=parts) for parts in (1, 3))

    losses = [run_epoch(engine).loss for engine in (whole, in_parts)]

    assert losses[1] == pytest.approx(losses[0], abs=1e-6)
    for one, two in zip(whole.model.parameters(), in_parts.model.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_a_net_learns_by_binary_cross_entropy() -> None:
    engine = make_small_engine(loss="bce", epochs=5, optim__name="adamw", optim__lr=0.01)

    losses = [run_epoch(engine, epoch).loss for epoch in range(1, 6)]

    assert losses[-1] < losses[0] / 2
