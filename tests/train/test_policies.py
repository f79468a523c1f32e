from typing import Any

import pytest
import torch
from torchvision.transforms import v2

from expdb.domain.spec import AugSpec
from expdb.train.policies import Action, Policy

SPECS = {
    "autoaugment-cifar10": AugSpec(policy="autoaugment", autoaugment_policy="cifar10"),
    "autoaugment-imagenet": AugSpec(policy="autoaugment", autoaugment_policy="imagenet"),
    "autoaugment-svhn": AugSpec(policy="autoaugment", autoaugment_policy="svhn"),
    "randaugment": AugSpec(policy="randaugment", randaugment_num_ops=2, randaugment_magnitude=9),
    "trivialaugment": AugSpec(policy="trivialaugment"),
}
STOCK: dict[str, Any] = {
    "autoaugment-cifar10": v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10),
    "autoaugment-imagenet": v2.AutoAugment(v2.AutoAugmentPolicy.IMAGENET),
    "autoaugment-svhn": v2.AutoAugment(v2.AutoAugmentPolicy.SVHN),
    "randaugment": v2.RandAugment(num_ops=2, magnitude=9),
    "trivialaugment": v2.TrivialAugmentWide(),
}


def noise(num_images: int, channels: int = 3, size: int = 32) -> torch.Tensor:
    random = torch.Generator().manual_seed(5)
    return torch.randint(256, (num_images, channels, size, size), dtype=torch.uint8, generator=random)


def record_actions(stock: Any, image: torch.Tensor, num_draws: int) -> list[list[Action]]:
    """Let torchvision's own transform draw many times; return the actions of each time."""
    recorded: list[list[Action]] = []
    apply = stock._apply_image_or_video_transform

    def spy(image: Any, operation: str, magnitude: float, **kwargs: Any) -> Any:
        recorded[-1].append(Action(operation, magnitude))
        return apply(image, operation, magnitude, **kwargs)

    stock._apply_image_or_video_transform = spy
    for _ in range(num_draws):
        recorded.append([])
        stock(image)
    del stock._apply_image_or_video_transform
    return recorded


@pytest.mark.parametrize("name", SPECS)
def test_grouped_images_equal_torchvision_image_by_image(name: str) -> None:
    policy, stock = Policy(SPECS[name], img_size=32), STOCK[name]
    images = noise(600)
    drawn = policy.draw(len(images), torch.Generator().manual_seed(0))

    changed = policy.apply(images, drawn)

    for image, numbers, result in zip(images, drawn.tolist(), changed, strict=True):
        expected = image
        for action in (policy.actions[number] for number in numbers):
            expected = stock._apply_image_or_video_transform(
                expected, action.operation, action.magnitude, interpolation=stock.interpolation, fill=stock._fill
            )
        assert torch.equal(expected, result)


@pytest.mark.parametrize("name", SPECS)
def test_actions_are_those_that_torchvision_draws(name: str) -> None:
    policy, stock = Policy(SPECS[name], img_size=32), STOCK[name]
    torch.manual_seed(0)

    recorded = record_actions(stock, noise(1, size=32)[0], 1500)

    drawn_there = {action for actions in recorded for action in actions}
    assert drawn_there <= set(policy.actions)
    drawn_here = {
        policy.actions[number] for number in policy.draw(20_000, torch.Generator().manual_seed(0)).flatten().tolist()
    }
    assert drawn_there <= drawn_here


def test_operations_are_as_frequent_as_in_torchvision() -> None:
    policy, stock = Policy(SPECS["autoaugment-cifar10"], img_size=32), STOCK["autoaugment-cifar10"]
    torch.manual_seed(0)
    recorded = record_actions(stock, noise(1)[0], 4000)

    drawn = policy.draw(40_000, torch.Generator().manual_seed(0)).flatten()

    for operation in ("Equalize", "TranslateY", "Color", "Invert", "Posterize"):
        there = sum(action.operation == operation for actions in recorded for action in actions) / 4000
        numbers = torch.tensor([n for n, action in enumerate(policy.actions) if action.operation == operation])
        here = torch.isin(drawn, numbers).sum().item() / 40_000
        assert here == pytest.approx(there, abs=0.03), operation


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("channels", [1, 3])
def test_equal_images_get_different_draws(name: str, channels: int) -> None:
    policy = Policy(SPECS[name], img_size=32)
    images = noise(1, channels).expand(64, -1, -1, -1)

    changed = policy.apply(images, policy.draw(64, torch.Generator().manual_seed(0)))

    assert changed.shape == images.shape
    assert changed.dtype == torch.uint8
    assert len(changed.unique(dim=0)) > 8


def test_images_given_are_left_as_they_were() -> None:
    policy = Policy(SPECS["trivialaugment"], img_size=32)
    images = noise(50)
    before = images.clone()

    policy.apply(images, policy.draw(50, torch.Generator().manual_seed(0)))

    assert torch.equal(images, before)
