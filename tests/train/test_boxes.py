import torch

from expdb.train.boxes import draw_boxes, draw_crops


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
    crops = draw_crops(200, height=10, width=1000, random=random())

    top, left, height, width = crops.unbind(1)
    assert ((left + width <= 1000) & (top + height <= 10)).all()
    assert [0, 493, 10, 13] in crops.tolist()
