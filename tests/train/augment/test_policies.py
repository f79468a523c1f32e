from typing import Any

import pytest
import torch
from torchvision.transforms import v2

from expdb.domain.spec import AugSpec
from expdb.train.augment.operations import IDENTITY, Action, Operations
from expdb.train.augment.policies import AugMix, AutoAugment, UniformPolicy, make_policy

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


def pictures(channels: int = 3, size: int = 32) -> torch.Tensor:
    """Noise, a photograph-like slope, few colours, a dark image, and one colour only."""
    slope = torch.linspace(20, 200, size * size).view(1, 1, size, size).expand(1, channels, size, size)
    few = noise(1, channels, size) // 100 * 100
    flat = torch.full((1, channels, size, size), 77)
    parts = [noise(2, channels, size), slope, few, noise(1, channels, size) // 9, flat]
    return torch.cat([part.to(torch.uint8) for part in parts])


def policy_of(name: str, size: int = 32) -> AutoAugment | UniformPolicy:
    policy = make_policy(SPECS[name], img_size=size, mean=(0.5, 0.5, 0.5))
    assert isinstance(policy, AutoAugment | UniformPolicy)
    return policy


def stock_action(stock: Any, image: torch.Tensor, action: Action) -> torch.Tensor:
    changed: torch.Tensor = stock._apply_image_or_video_transform(
        image, action.operation, action.magnitude, interpolation=stock.interpolation, fill=stock._fill
    )
    return changed


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


@pytest.mark.parametrize(("channels", "size"), [(3, 32), (1, 28), (3, 17)])
@pytest.mark.parametrize(
    "stock", [v2.AutoAugment(), v2.RandAugment(), v2.TrivialAugmentWide(), v2.AugMix()], ids=lambda s: type(s).__name__
)
def test_every_operation_at_every_magnitude_equals_torchvision_image_by_image(
    stock: Any, channels: int, size: int
) -> None:
    operations, images = Operations(stock, img_size=size), pictures(channels, size)
    num_bins = {"AutoAugment": 10, "AugMix": 10}.get(type(stock).__name__, 31)
    for name in operations.names:
        for level in range(num_bins):
            operations.signed_numbers(name, num_bins=num_bins, magnitude_bin=level)

    for action in operations.actions:
        changed = operations.apply_action(images, action)

        expected = torch.stack([stock_action(stock, image, action) for image in images])
        assert torch.equal(changed, expected), action


@pytest.mark.parametrize("name", SPECS)
def test_grouped_images_equal_torchvision_image_by_image(name: str) -> None:
    policy, stock = policy_of(name), STOCK[name]
    images = noise(600)
    drawn = policy.draw(len(images), torch.Generator().manual_seed(0))

    changed = policy.apply(images, drawn)

    for image, numbers, result in zip(images, drawn.tolist(), changed, strict=True):
        expected = image
        for number in numbers:
            expected = stock_action(stock, expected, policy.operations.actions[number])
        assert torch.equal(expected, result)


@pytest.mark.parametrize("name", SPECS)
def test_actions_are_those_that_torchvision_draws(name: str) -> None:
    policy, stock = policy_of(name), STOCK[name]
    torch.manual_seed(0)

    recorded = record_actions(stock, noise(1, size=32)[0], 1500)

    drawn_there = {action for actions in recorded for action in actions}
    drawn_here = {
        policy.operations.actions[number]
        for number in policy.draw(20_000, torch.Generator().manual_seed(0)).flatten().tolist()
    }
    assert drawn_there <= drawn_here


def test_operations_are_as_frequent_as_in_torchvision() -> None:
    policy, stock = policy_of("autoaugment-cifar10"), STOCK["autoaugment-cifar10"]
    torch.manual_seed(0)
    recorded = record_actions(stock, noise(1)[0], 4000)

    drawn = policy.draw(40_000, torch.Generator().manual_seed(0)).flatten()

    actions = policy.operations.actions
    for operation in ("Equalize", "TranslateY", "Color", "Invert", "Posterize"):
        there = sum(action.operation == operation for done in recorded for action in done) / 4000
        numbers = torch.tensor([n for n, action in enumerate(actions) if action.operation == operation])
        here = torch.isin(drawn, numbers).sum().item() / 40_000
        assert here == pytest.approx(there, abs=0.03), operation


@pytest.mark.parametrize("name", [*SPECS, "augmix"])
@pytest.mark.parametrize("channels", [1, 3])
def test_equal_images_get_different_draws(name: str, channels: int) -> None:
    policy = AugMix(img_size=32) if name == "augmix" else policy_of(name)
    images = noise(1, channels).expand(64, -1, -1, -1)

    changed = policy.apply(images, policy.draw(64, torch.Generator().manual_seed(0)))

    assert changed.shape == images.shape
    assert changed.dtype == torch.uint8
    assert len(changed.unique(dim=0)) > 8


def test_images_given_are_left_as_they_were() -> None:
    policy = policy_of("trivialaugment")
    images = noise(50)
    before = images.clone()

    policy.apply(images, policy.draw(50, torch.Generator().manual_seed(0)))

    assert torch.equal(images, before)


class ReplayedAugMix(v2.AugMix):
    """torchvision's AugMix with its random draws given."""

    def __init__(self, actions: list[Action], weights: torch.Tensor) -> None:
        super().__init__(chain_depth=AugMix.DEPTH)
        self._left = list(actions)
        own = weights[None, :1]
        self._shares = [torch.cat([own, torch.ones(1, 1)], 1), weights[None, 1:]]

    def _sample_dirichlet(self, params: torch.Tensor) -> torch.Tensor:
        return self._shares.pop(0)

    def _get_random_item(self, space: Any) -> Any:
        action = self._left.pop(0)
        values = None if action == IDENTITY else torch.full((10,), action.magnitude, dtype=torch.float64)
        return action.operation, (lambda *_: values, False)


def test_augmix_equals_torchvision_image_by_image_for_the_same_draws() -> None:
    policy, images = AugMix(img_size=32), noise(200)
    drawn = policy.draw(len(images), torch.Generator().manual_seed(0))

    changed = policy.apply(images, drawn)

    for image, row, result in zip(images, drawn, changed, strict=True):
        actions = [policy.operations.actions[int(number)] for number in row[:9].tolist()]
        assert torch.equal(ReplayedAugMix(actions, row[9:].float())(image), result)


def test_augmix_draws_weights_depths_and_actions_as_torchvision_does() -> None:
    policy, stock = AugMix(img_size=32), v2.AugMix()
    torch.manual_seed(0)
    recorded = record_actions(stock, noise(1)[0], 600)

    drawn = policy.draw(20_000, torch.Generator().manual_seed(0))

    actions, weights = drawn[:, :9].long(), drawn[:, 9:]
    assert torch.allclose(weights.sum(1), torch.ones(20_000, dtype=torch.float64))
    assert weights[:, 0].mean().item() == pytest.approx(0.5, abs=0.01)
    assert weights[:, 0].std().item() == pytest.approx(12**-0.5, abs=0.01)
    assert weights[:, 1:].mean(0).tolist() == pytest.approx([1 / 6] * 3, abs=0.01)
    drawn_there = {action for done in recorded for action in done}
    assert drawn_there <= {policy.operations.actions[number] for number in actions.flatten().tolist()}
    assert (actions != 0).sum(1).double().mean().item() == pytest.approx(6.0, abs=0.1)
