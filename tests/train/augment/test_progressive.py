import pytest
import torch

from expdb.catalog.datasets import DATASETS
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.augment.progressive import resize, side_at, sides_of
from expdb.train.input.splits import stored_side
from tests.factories import make_spec
from tests.train.runs import make_small_engine, run_epoch


def growing(*, epochs: int, start: int = 20, end: int = 32) -> RunSpec:
    return make_spec(epochs=epochs, data__img_size=end, progressive=[start, end])


def test_images_grow_by_four_pixels_and_have_their_end_size_in_the_last_quarter() -> None:
    spec = growing(epochs=12)

    assert [side_at(epoch, spec) for epoch in range(1, 13)] == [20] * 3 + [24] * 3 + [28] * 3 + [32] * 3
    assert sides_of(spec) == [20, 24, 28, 32]


@pytest.mark.parametrize("epochs", [2, 3, 5, 7, 30, 101])
@pytest.mark.parametrize(("start", "end"), [(20, 32), (9, 16), (16, 18)])
def test_images_never_shrink_and_end_at_the_end_size(epochs: int, start: int, end: int) -> None:
    spec = growing(epochs=epochs, start=start, end=end)
    sides = [side_at(epoch, spec) for epoch in range(1, epochs + 1)]

    assert sides == sorted(sides)
    assert sides[0] == start
    assert sides[-1] == end
    assert sides.count(end) >= epochs / 4
    assert all((side - start) % 4 == 0 or side == end for side in sides)


def test_the_model_sees_the_sizes_of_its_epochs() -> None:
    engine = make_small_engine(epochs=4, data__img_size=16, progressive=[8, 16])
    seen = []
    engine.model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[-1]))

    for epoch in range(1, 5):
        run_epoch(engine, epoch)

    assert seen == [side_at(epoch, engine.spec) for epoch in (1, 2, 3, 4) for _ in range(3)]
    assert (seen[0], seen[-1]) == (8, 16)


@pytest.mark.parametrize("model", ["vit_mini", "vit_tiny"])
def test_a_model_of_one_size_is_refused(model: str) -> None:
    with pytest.raises(SpecError, match="progressive=8,16"):
        make_small_engine(model__name=model, data__img_size=16, progressive=[8, 16])


def test_a_model_that_turns_out_to_be_of_one_size_is_refused() -> None:
    fixed = {"model__name": "vit_tiny_patch16_224", "data__img_size": 224, "data__limit": 2, "batch_size": 2}

    with pytest.raises(SpecError, match="does not take images of 200 px"):
        make_small_engine(**fixed, progressive=[200, 224])


def test_a_scaled_image_is_smoothed() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(8).expand(1, 1, 16, 16)

    small = resize(stripes, 8)

    assert small.shape == (1, 1, 8, 8)
    assert small.std() < 0.1
    assert resize(stripes, 16) is stripes


@pytest.mark.parametrize(("native", "img_size", "side"), [(32, 32, 32), (32, 64, 64), (32, 224, 32), (300, 224, 224)])
def test_small_images_stay_small_in_memory(native: int, img_size: int, side: int) -> None:
    assert stored_side(native, img_size) == side


def test_small_images_are_enlarged_on_the_device_and_augmented_as_they_are() -> None:
    assert DATASETS["digits"].img_size == 16
    engine = make_small_engine(data__img_size=80, data__limit=8, batch_size=4)
    seen = []
    engine.model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[-1]))
    (batch, *_) = engine.feed.train_batches(1)

    trained = run_epoch(engine)

    assert batch.images.shape[-1] == engine.stored_side == 8
    assert seen == [80, 80]
    assert 0 < trained.loss < 10
