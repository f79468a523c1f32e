"""Maps over images."""

import numpy as np
import pytest

from expdb.errors import DataError
from expdb.report.figures.map_gallery import gallery_of, kinds_kept, map_sets, overlaid, with_patches


def make_arrays(positions=(3, 5, 9), *, predicted=(0, 1, 2), **maps):
    number = len(positions)
    known = {
        "positions": np.array(positions),
        "kind": np.array(["random", "random", "mistake"][:number]),
        "true": np.array(positions) % 10,
        "predicted": np.array(predicted[:number]),
        "probability": np.full(number, 0.5, np.float32),
    }
    return known | (maps or {"maps": np.arange(number * 4, dtype=np.float16).reshape(number, 2, 2)})


def test_maps_are_found_by_their_shape():
    arrays = make_arrays(maps=np.zeros((3, 4, 4), np.float16), layers=np.zeros((3, 6, 2, 8, 8), np.float16))

    assert map_sets(arrays) == {"maps": (), "layers": (6, 2)}


def test_damaged_arrays_are_refused_in_a_line():
    arrays = make_arrays()

    with pytest.raises(DataError, match="no true"):
        map_sets({name: array for name, array in arrays.items() if name != "true"})
    with pytest.raises(DataError, match="not as many"):
        map_sets(arrays | {"true": np.zeros(2)})


def test_the_same_images_stand_beside_each_other():
    found = gallery_of([make_arrays(), make_arrays((5, 3, 7))], kind="random", maps="maps", place=(), most=9)

    assert [one.position for one in found] == [3, 5]
    assert [[answer.predicted for answer in one.answers] for one in found] == [[0, 1], [1, 0]]


def test_an_image_that_only_one_run_keeps_has_a_gap():
    found = gallery_of([make_arrays(), make_arrays((5, 3, 7))], kind="mistake", maps="maps", place=(), most=9)

    assert [(one.position, [answer is None for answer in one.answers]) for one in found] == [
        (9, [False, True]),
        (7, [True, False]),
    ]


def test_one_layer_or_the_mean_over_all_is_shown():
    layers = np.zeros((3, 2, 2, 2), np.float16)
    layers[:, 1, 0, 0] = 1
    runs = [make_arrays(layers=layers)]

    [first], [second], [mean] = (
        gallery_of(runs, kind="mistake", maps="layers", place=(place,), most=1) for place in (0, 1, None)
    )

    assert not first.answers[0].map.any()
    assert second.answers[0].map.tolist() == mean.answers[0].map.tolist() == [[1, 0], [0, 0]]


def test_the_random_sample_is_named_before_what_is_picked():
    assert kinds_kept([None, make_arrays()]) == ["random", "mistake"]


def test_an_overlay_of_nothing_is_the_image_and_of_all_the_map():
    image = np.full((4, 4), 200, np.uint8)
    values = np.array([[0.0, 1.0], [0.0, 1.0]])

    assert (overlaid(image, values, share=0, side=16) == 200).all()
    whole = overlaid(image, values, share=1, side=16).sum(axis=-1)
    assert whole[:, 0].max() < 10 < 600 < whole[:, -1].min()


def test_patches_are_told_apart_by_lines():
    drawn = with_patches(np.zeros((32, 32, 3), np.uint8), rows=8, columns=8, side=64)

    lines = np.flatnonzero((drawn[:, 4] == 255).all(axis=-1))
    assert lines.tolist() == [8, 16, 24, 32, 40, 48, 56]
