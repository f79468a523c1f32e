import pytest
import torch

from expdb.domain.spec import AugSpec
from expdb.train.augment.mixing import Mixer, smooth


def test_smoothed_targets_sum_to_one() -> None:
    targets = smooth(torch.tensor([2, 0]), num_classes=4, smoothing=0.2)

    assert torch.allclose(targets, torch.tensor([[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]]))


@pytest.mark.parametrize("settings", [{"mixup_alpha": 0.8}, {"cutmix_alpha": 1.0}])
def test_targets_follow_the_share_of_each_image(settings: dict[str, float]) -> None:
    mixer = Mixer(AugSpec(**settings), num_classes=2)
    images = torch.stack([torch.zeros(3, 32, 32), torch.ones(3, 32, 32)])

    for step in range(20):
        mixed, targets = mixer.mix(images, torch.tensor([0, 1]), seed=0, epoch=1, step=step)

        share_of_ones = mixed.mean((1, 2, 3))
        assert torch.allclose(targets[:, 1], share_of_ones, atol=1e-4)
        assert torch.allclose(targets.sum(1), torch.ones(2))


def test_mixing_is_the_same_for_the_same_step_and_differs_between_steps() -> None:
    mixer = Mixer(AugSpec(mixup_alpha=0.8, cutmix_alpha=1.0), num_classes=10)
    images, labels = torch.rand(6, 3, 8, 8), torch.arange(6)

    first, _ = mixer.mix(images, labels, seed=0, epoch=1, step=0)
    again, _ = mixer.mix(images, labels, seed=0, epoch=1, step=0)
    other, _ = mixer.mix(images, labels, seed=0, epoch=1, step=1)

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_mixer_is_off_without_alphas() -> None:
    assert not Mixer(AugSpec(label_smoothing=0.1), num_classes=10).is_on
