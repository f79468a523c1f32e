import torch

from expdb.train.augment.boxes import draw_boxes, draw_crops, draw_squares


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_boxes_lie_inside_the_image_and_have_the_area_asked_for() -> None:
    boxes, is_found = draw_boxes(5000, height=40, width=60, scale=(0.1, 0.3), ratio=(0.5, 2.0), random=random())

    top, left, height, width = boxes[is_found].unbind(1)
    assert is_found.float().mean() > 0.99
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height <= 40).all()
    assert (left + width <= 60).all()
    share = height * width / 2400
    assert share.min() > 0.08
    assert share.max() < 0.33


def test_every_place_is_drawn() -> None:
    boxes, _ = draw_boxes(5000, height=8, width=8, scale=(0.25, 0.25), ratio=(1.0, 1.0001), random=random())

    assert boxes[:, 0].unique().tolist() == [0, 1, 2, 3, 4]
    assert boxes[:, 1].unique().tolist() == [0, 1, 2, 3, 4]


def test_crop_of_a_very_long_image_is_a_central_one() -> None:
    crops = draw_crops(200, height=10, width=1000, min_scale=0.08, random=random())

    top, left, height, width = crops.unbind(1)
    assert ((left + width <= 1000) & (top + height <= 10)).all()
    assert [0, 493, 10, 13] in crops.tolist()


def test_crops_have_at_least_the_least_share_of_the_area() -> None:
    crops = draw_crops(3000, height=32, width=32, min_scale=0.5, random=random())

    share = crops[:, 2] * crops[:, 3] / 1024
    assert 0.45 < share.min() < 0.55
    assert share.max() == 1


def test_centres_of_squares_are_all_pixels_of_the_image() -> None:
    squares = draw_squares(2000, size=4, height=8, width=6, random=random())

    assert (squares[:, 0] + 2).unique().tolist() == list(range(8))
    assert (squares[:, 1] + 2).unique().tolist() == list(range(6))
    assert (squares[:, 2:] == 4).all()
