import pytest
import torch
from torchvision.transforms import v2

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.domain.spec import AugSpec
from expdb.train.augment.pipeline import AugmentPipeline, enlarge, erase, jitter_colors, pad_and_crop

MEAN = (0.4914, 0.4822, 0.4465)
OFF = AugSpec(crop="none", crop_padding=0, hflip_prob=0.0)


def preset(name: str) -> AugSpec:
    return AugSpec(preset=name, **AUGMENTATIONS[name].settings)


KNOBS = {
    "crop": AugSpec(crop="pad", hflip_prob=0.0),
    "resized": AugSpec(crop="resized", crop_padding=0, hflip_prob=0.0),
    "flip": OFF.model_copy(update={"hflip_prob": 0.5}),
    "jitter": OFF.model_copy(update={"color_jitter": 0.4}),
    "erasing": OFF.model_copy(update={"random_erasing_prob": 0.5}),
    "cutout": OFF.model_copy(update={"cutout_size": 6}),
} | {name: preset(name) for name in AUGMENTATIONS if name != "none"}


def noise(num_images: int, channels: int = 3, size: int = 16) -> torch.Tensor:
    random = torch.Generator().manual_seed(5)
    return torch.randint(256, (num_images, channels, size, size), dtype=torch.uint8, generator=random)


def augmented(aug: AugSpec, images: torch.Tensor, *, seed: int = 0) -> torch.Tensor:
    augmentation = AugmentPipeline(aug, img_size=images.shape[-1], mean=MEAN[: images.shape[1]])
    return augmentation.apply(images, augmentation.draw(len(images), torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("name", KNOBS)
@pytest.mark.parametrize("channels", [1, 3])
def test_two_equal_images_of_a_batch_get_different_augmentations(name: str, channels: int) -> None:
    images = noise(1, channels).repeat(64, 1, 1, 1)

    changed = augmented(KNOBS[name], images)

    assert changed.shape == images.shape
    assert changed.dtype == torch.uint8
    assert len(changed.unique(dim=0)) >= 2
    assert not torch.equal(changed[:32], changed[32:])


@pytest.mark.parametrize("name", KNOBS)
def test_the_same_seed_gives_the_same_images(name: str) -> None:
    images = noise(40)

    assert torch.equal(augmented(KNOBS[name], images, seed=3), augmented(KNOBS[name], images, seed=3))
    assert not torch.equal(augmented(KNOBS[name], images, seed=3), augmented(KNOBS[name], images, seed=4))


@pytest.mark.parametrize("name", KNOBS)
def test_what_becomes_of_an_image_does_not_depend_on_its_batch(name: str) -> None:
    images = noise(40)
    augmentation = AugmentPipeline(KNOBS[name], img_size=16, mean=MEAN)
    draws = augmentation.draw(40, torch.Generator().manual_seed(0))
    some = torch.tensor([7, 31, 2])

    assert torch.equal(augmentation.apply(images[some], draws.of(some)), augmentation.apply(images, draws)[some])


def test_preset_none_changes_nothing() -> None:
    images = noise(8)

    assert torch.equal(augmented(preset("none"), images), images)


def test_crop_is_a_window_of_the_padded_image() -> None:
    images = noise(9)
    corner = torch.randint(9, (9, 2), generator=torch.Generator().manual_seed(0))

    cropped = pad_and_crop(images, corner, padding=4)

    for image, (top, left), result in zip(images, corner.tolist(), cropped, strict=True):
        expected = v2.functional.crop(v2.functional.pad(image, 4), top, left, 16, 16)
        assert torch.equal(result, expected)


def test_enlarged_box_equals_torchvisions_resized_crop() -> None:
    images = noise(4)
    boxes = torch.tensor([[0, 0, 16, 16], [3, 5, 8, 9], [0, 7, 5, 4], [11, 0, 5, 16]])

    enlarged = enlarge(images, boxes)

    assert torch.equal(enlarged[0], images[0])
    for image, box, result in zip(images, boxes.tolist(), enlarged, strict=True):
        expected = v2.functional.resized_crop(image, *box, [16, 16], antialias=False)
        assert (result.int() - expected.int()).abs().max() <= 1


def test_jitter_equals_torchvisions_operations() -> None:
    images = noise(3)
    factors = torch.tensor([[0.7, 1.0, 1.0], [1.0, 1.3, 1.0], [1.0, 1.0, 0.6]])

    changed = jitter_colors(images, factors)

    operations = (v2.functional.adjust_brightness, v2.functional.adjust_contrast, v2.functional.adjust_saturation)
    for number, (operation, factor) in enumerate(zip(operations, factors.diag().tolist(), strict=True)):
        expected = operation(images[number], factor)
        assert (changed[number].int() - expected.int()).abs().max() <= 1


def test_erasing_fills_the_rectangle_and_nothing_else() -> None:
    images, fill = noise(2), torch.tensor([1, 2, 3], dtype=torch.uint8)[:, None, None]

    erased = erase(images, torch.tensor([[2, 3, 4, 5], [0, 0, 0, 9]]), fill=fill)

    assert torch.equal(erased[0, :, 2:6, 3:8], fill.expand(3, 4, 5))
    assert torch.equal(erased[0, :, :2], images[0, :, :2])
    assert torch.equal(erased[1], images[1])


def test_share_of_erased_images_is_the_probability() -> None:
    images = torch.zeros(2000, 1, 16, 16, dtype=torch.uint8)

    erased = augmented(OFF.model_copy(update={"random_erasing_prob": 0.25}), images)

    assert erased.flatten(1).any(1).float().mean().item() == pytest.approx(0.25, abs=0.04)


def test_erased_rectangle_that_reaches_over_the_border_is_clipped() -> None:
    images, fill = noise(1), torch.tensor([1, 2, 3], dtype=torch.uint8)[:, None, None]

    erased = erase(images, torch.tensor([[-3, 12, 8, 8]]), fill=fill)

    assert torch.equal(erased[0, :, :5, 12:], fill.expand(3, 5, 4))
    assert torch.equal(erased[0, :, 5:], images[0, :, 5:])
    assert torch.equal(erased[0, :, :, :12], images[0, :, :, :12])


def test_cutout_blanks_a_square_with_the_mean() -> None:
    images = torch.zeros(500, 3, 16, 16, dtype=torch.uint8)

    changed = augmented(OFF.model_copy(update={"cutout_size": 6}), images)

    blank = changed[:, 0] > 0
    assert changed.amax((0, 2, 3)).tolist() == [125, 123, 114]
    assert blank.sum((1, 2)).max() == 36
    assert blank.sum((1, 2)).min() == 9  # around a corner a quarter is left


def test_settings_that_are_off_draw_nothing() -> None:
    with_cutout = AugmentPipeline(KNOBS["crop"].model_copy(update={"cutout_size": 4}), img_size=16, mean=MEAN)
    without = AugmentPipeline(KNOBS["crop"], img_size=16, mean=MEAN)

    draws = [one.draw(50, torch.Generator().manual_seed(0)).corner for one in (with_cutout, without)]

    assert draws[0] is not None
    assert draws[1] is not None
    assert torch.equal(draws[0], draws[1])


@pytest.mark.parametrize("size", [16, 40])
def test_least_share_of_a_resized_crop_is_kept(size: int) -> None:
    aug = AugSpec(crop="resized", crop_padding=0, crop_min_scale=0.9)

    box = AugmentPipeline(aug, img_size=size, mean=MEAN).draw(300, torch.Generator().manual_seed(0)).box

    assert box is not None
    assert (box[:, 2] * box[:, 3]).min() > 0.8 * size**2
