"""Shape against texture: what is planted comes out, and what cannot be measured is said."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from expdb.analysis.shape import analyse_shape, num_forward_shape
from expdb.catalog.analyses import ANALYSES
from expdb.catalog.analysis_settings import ShapeSettings
from expdb.errors import DataError, SpecError
from tests.analysis.planted_cues import band_templates, images_of, matching, planted_network, subject_of

FEW = ShapeSettings(cutoffs=(0.4,), grids=(1, 4), blurs=(1.0,), contrasts=(0.5,))
LOW, HIGH = band_templates(0, 0.3, seed=1), band_templates(0.5, 0.9, seed=2)


@pytest.mark.parametrize(("read", "preference"), [(LOW, 1.0), (HIGH, 0.0)], ids=["low", "high"])
def test_a_network_that_reads_one_band_prefers_it_in_hybrid_images(read: torch.Tensor, preference: float):
    network = planted_network(matching(read), *images_of(LOW, HIGH))

    found = analyse_shape(subject_of(network), FEW)

    assert network.clean_hits().all()
    assert found.values["low_frequency_preference"].value == preference
    assert found.values["low_frequency_preference"].n == 60


def test_a_network_that_reads_amplitudes_picks_the_amplitude():
    images, labels = images_of(LOW, HIGH)
    known = torch.fft.fft2(images[:10]).abs().flatten(1)

    def by_amplitude(pixels: torch.Tensor) -> torch.Tensor:
        return -torch.cdist(torch.fft.fft2(pixels).abs().flatten(1), known)

    found = analyse_shape(subject_of(planted_network(by_amplitude, images, labels)), FEW)

    assert found.values["phase_preference"].value == 0


@pytest.mark.parametrize(("read", "blur_kept"), [(LOW, 1.0), (HIGH, 0.1)], ids=["low", "high"])
def test_what_is_kept_follows_what_the_network_reads(read: torch.Tensor, blur_kept: float):
    strongest = matching(read)(images_of(LOW, HIGH)[0]).amax(1).min()

    def unless_weak(pixels: torch.Tensor) -> torch.Tensor:
        return matching(read)(pixels) + 0.4 * strongest * torch.eye(10)[0]  # the first class, where nothing is seen

    network = planted_network(unless_weak, *images_of(LOW, HIGH))

    found = analyse_shape(subject_of(network), FEW)

    assert found.values["contrast_kept"].value == 1  # half the pattern is still seen
    assert found.values["blur_kept"].value == pytest.approx(blur_kept)
    assert found.values["shuffle_kept"].value < 0.5
    shuffle = next(chart for chart in found.charts if chart.key == "shuffle").lines[0]
    assert (shuffle.x[0], shuffle.y[0]) == (1, 1)  # one patch is the image


def test_every_metric_but_the_one_of_further_images_is_measured_and_the_cost_is_as_said():
    network = planted_network(matching(LOW), *images_of(LOW, HIGH, num_images=20))

    found = analyse_shape(subject_of(network), ShapeSettings())

    assert {*found.values} == {key for key in _metrics() if key != "shape_bias"}
    expected = num_forward_shape(ShapeSettings(), 20, spec=network.spec)
    assert network.num_forward == expected - 210  # the cue-conflict images are not there
    assert any("cue conflict: not measured" in note for note in found.notes)


def test_the_same_comes_out_twice():
    network = planted_network(matching(LOW), *images_of(LOW, HIGH, num_images=20))

    assert analyse_shape(subject_of(network), FEW) == analyse_shape(subject_of(network), FEW)


def test_where_no_image_is_right_nothing_is_said_to_be_kept():
    images, labels = images_of(LOW, HIGH)
    network = planted_network(matching(LOW.roll(1, 0)), images, labels)

    found = analyse_shape(subject_of(network), FEW)

    assert not [key for key in found.values if key.endswith("_kept")]
    assert any("no image right" in note for note in found.notes)


def test_images_of_one_class_have_no_partner_of_another():
    images, labels = images_of(LOW, HIGH)
    network = planted_network(matching(LOW), images[labels == 3], labels[labels == 3])

    found = analyse_shape(subject_of(network), FEW)

    assert "low_frequency_preference" not in found.values
    assert any("of one class" in note for note in found.notes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"grids": (33,)}, "33 patches a side"), ({"blurs": (0.0,)}, "blurs: 0 "), ({"contrasts": (1.5,)}, "at most 1")],
)
def test_a_strength_that_no_image_can_have_is_refused(settings: dict[str, tuple[float, ...]], message: str):
    network = planted_network(matching(LOW), *images_of(LOW, HIGH, num_images=20))

    with pytest.raises(SpecError, match=message):
        analyse_shape(subject_of(network), ShapeSettings(**settings))


def test_a_folder_of_further_images_that_was_asked_for_must_be_there(tmp_path: Path):
    network = planted_network(matching(LOW), *images_of(LOW, HIGH, num_images=20))

    with pytest.raises(DataError, match="cue_conflict: no folder"):
        analyse_shape(subject_of(network, tmp_path), FEW.model_copy(update={"cue_conflict": "elsewhere"}))


@pytest.mark.parametrize(("reads", "bias"), [("shape", 1.0), ("texture", 0.0)])
def test_the_bias_of_a_network_that_reads_one_cue_is_all_or_nothing(tmp_path: Path, reads: str, bias: float):
    _write_conflicts(tmp_path)
    channel = 0 if reads == "shape" else 1

    def by_channel(pixels: torch.Tensor) -> torch.Tensor:
        levels = torch.linspace(0, 1, 10)
        return -((pixels[:, channel].mean((-2, -1))[:, None] - levels) ** 2)

    images, labels = images_of(LOW, HIGH, num_images=20)
    network = planted_network(lambda pixels: 100 * by_channel(pixels), images, labels)

    found = analyse_shape(subject_of(network, tmp_path), FEW)

    assert (found.values["shape_bias"].value, found.values["shape_bias"].n) == (bias, 2)
    assert found.data_digest != network.data_digest  # the further images count
    assert any("2 images of the 7 categories" in note for note in found.notes)


def test_real_conflicts_beside_people_and_published_networks(real_data: Path):
    images, labels = images_of(LOW, HIGH, num_images=20)
    network = planted_network(matching(LOW), images, labels)

    found = analyse_shape(subject_of(network, real_data), FEW)

    chart = next(chart for chart in found.charts if chart.key == "shape_bias")
    people = next(line for line in chart.lines if line.kind == "baseline")
    assert people.x == ("airplane", "bird", "boat", "car", "cat", "dog", "truck", "all")
    assert all(value is not None and value > 0.8 for value in people.y)
    assert network.num_forward == num_forward_shape(FEW, 20, spec=network.spec)
    assert any("210 images of the 7 categories" in note for note in found.notes)


def _metrics() -> tuple[str, ...]:
    return ANALYSES["shape"].metrics


def _write_conflicts(folder: Path) -> None:
    """Images whose red says the shape's class and whose green the texture's, by their numbers in CIFAR-10."""
    numbers = {"bird": 2, "cat": 3}
    for name in ("bird1-cat1", "cat2-bird1", "cat3-cat2"):
        shape, texture = (word.rstrip("123") for word in name.split("-"))
        pixels = np.zeros((40, 40, 3), dtype=np.uint8)
        pixels[..., 0], pixels[..., 1] = (round(255 * numbers[word] / 9) for word in (shape, texture))
        (folder / "cue-conflict" / shape).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / "cue-conflict" / shape / f"{name}.png")
