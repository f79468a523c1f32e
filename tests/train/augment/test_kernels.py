import pytest
import torch
from torchvision.transforms.v2 import functional

from expdb.train.augment.kernels import choose, equalize, sharpen, solarize
from expdb.train.augment.same_draw import change_groups


def noise(num_colours: int, size: tuple[int, int] = (9, 13)) -> torch.Tensor:
    random = torch.Generator().manual_seed(num_colours)
    return torch.randint(num_colours, (16, 3, *size), dtype=torch.uint8, generator=random)


@pytest.mark.parametrize("size", [(9, 13), (40, 70), (1, 1)])
@pytest.mark.parametrize("num_colours", [1, 2, 3, 60, 256])
def test_equalize_equals_torchvision(num_colours: int, size: tuple[int, int]) -> None:
    images = noise(num_colours, size)

    assert torch.equal(equalize(images), functional.equalize(images))


@pytest.mark.parametrize("size", [(9, 13), (2, 9), (3, 3)])
@pytest.mark.parametrize("factor", [0.0, 0.1, 1.0, 1.3, 1.99])
def test_sharpen_equals_torchvision(factor: float, size: tuple[int, int]) -> None:
    images = noise(256, size)

    assert torch.equal(sharpen(images, factor), functional.adjust_sharpness(images, factor))


@pytest.mark.parametrize("threshold", [0.0, 84.5, 85.00000001, 255.0])
def test_solarize_equals_torchvision(threshold: float) -> None:
    images = noise(256)

    assert torch.equal(solarize(images, threshold), functional.solarize(images, threshold))


def test_choose_takes_the_first_where_the_mask_is_true() -> None:
    first, second = noise(256), noise(255)
    mask = torch.rand(16, 1, 9, 13) < 0.5

    assert torch.equal(choose(mask, first, second), torch.where(mask, first, second))


def test_groups_come_back_in_the_order_of_the_images() -> None:
    images = torch.arange(2000, dtype=torch.int32).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 32, 32)
    numbers = torch.randint(5, (2000,), generator=torch.Generator().manual_seed(0))

    changed = change_groups(images, numbers, lambda some, number: some + number)

    assert torch.equal(changed, images + numbers.to(torch.uint8).view(-1, 1, 1, 1))
