"""What holds of every analysis: run of each entry, on tiny networks as they are built.

An analysis that is added to the registry is run here without a line more.
"""

import math
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from expdb.analysis.subject import Found, Subject
from expdb.catalog.analyses import ANALYSES, MOST_FORWARD, AnalysisEntry, analysis_settings
from expdb.catalog.analysis_settings import AnalysisSettings
from expdb.domain.analyses.result import Chart
from expdb.domain.spec import RunSpec
from expdb.errors import ExpdbError
from expdb.tracking.logged_predictions import predictions_of
from expdb.train.model.teacher import fresh_network
from tests.analysis.planted import subject_of
from tests.factories import make_spec

NUM_IMAGES = 6
SIDE = 16
NETWORKS = ("resnet_mini", "vit_mini")
WRITTEN = [entry for entry in ANALYSES.values() if find_spec(entry.code.partition(":")[0])]
OF_PEOPLE = {"agreement"}  # compares with what people said of images that are not here
AT_MOST = {
    "gradcam",
    "attention",
    "shape",
    "size",
}  # says what it costs where further images are here, and every size is taken
TAKES_TIME = {"size"}  # and tells it, which is another each time


def spec_of(model: str) -> RunSpec:
    return make_spec(data__dataset="cifar10", data__img_size=SIDE, model__name=model)


@pytest.fixture(scope="module")
def subjects() -> dict[str, Subject]:
    """Networks that nobody trained, and smooth images of which they get every second right."""
    coarse = torch.rand(NUM_IMAGES, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear")
    images = (255 * smooth).round().byte()
    specs = {model: spec_of(model) for model in NETWORKS}
    return {
        model: subject_of(lambda spec=spec: fresh_network(spec, torch.device("cpu")), spec, images)
        for model, spec in specs.items()
    }


def function(entry: AnalysisEntry, kind: str) -> Any:
    module, _, name = entry.code.partition(":")
    return getattr(import_module(module), name.replace("analyse", kind, 1))


def given_to(entry: AnalysisEntry, subject: Subject, data_dir: Path) -> Subject:
    """Return the subject with what the analysis says that it needs, and nothing else."""
    network = subject.network
    network.num_forward = 0
    predictions = None
    if entry.needs == "predictions":
        with torch.no_grad():
            logits = network.model(network.prepared(network.pixels))
        predictions = predictions_of(network.labels.numpy(), logits.numpy())
    return Subject(
        spec=subject.spec,
        data_dir=data_dir,
        class_names=tuple("abcdefghij"),
        own_network=network if entry.needs == "network" else None,
        own_predictions=predictions,
    )


def runs_of(
    entry: AnalysisEntry, settings: AnalysisSettings, subjects: dict[str, Subject], data_dir: Path
) -> Iterator[tuple[Subject, Found]]:
    """Run an analysis on all networks, and give those that it applies to; the others are refused in one line."""
    refused = []
    for subject in subjects.values():
        given = given_to(entry, subject, data_dir)
        try:
            yield given, function(entry, "analyse")(given, settings)
        except ExpdbError as error:
            refused.append(str(error))
    assert not any("\n" in message for message in refused)
    assert len(refused) < len(subjects) or entry.name in OF_PEOPLE, refused


def check_chart(chart: Chart) -> None:
    if chart.kind == "map":
        assert chart.grid
        assert chart.extent is not None
        assert len({len(row) for row in chart.grid}) == 1
    else:
        assert chart.lines
    for line in chart.lines:
        assert len(line.x) == len(line.y) > 0
        assert len(line.low) == len(line.high)
        assert len(line.low) in (0, len(line.y))


def check_found(entry: AnalysisEntry, found: Found) -> None:
    assert set(found.values) <= set(entry.metrics)
    for estimate in found.values.values():
        assert math.isfinite(estimate.value)
        if estimate.low is not None and estimate.high is not None:
            assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9
    keys = [part.key for part in (*found.charts, *found.listings)]
    assert len(keys) == len(set(keys))
    for chart in found.charts:
        check_chart(chart)
    for listing in found.listings:
        assert {len(row) for row in listing.rows} <= {len(listing.headings)}
    assert all(note == note.strip() and "\n" not in note and not note.endswith(".") for note in found.notes)


def assert_equal(entry: AnalysisEntry, one: Found, other: Found) -> None:
    assert one.values == other.values
    assert one.notes == other.notes
    if entry.name not in TAKES_TIME:
        assert one.charts == other.charts
        assert one.listings == other.listings
    assert set(one.arrays) == set(other.arrays)
    for name, array in one.arrays.items():
        assert np.array_equal(array, other.arrays[name])


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.name)
def test_an_analysis_keeps_the_contract(entry: AnalysisEntry, subjects: dict[str, Subject], tmp_path: Path) -> None:
    """Its cost is at most what it said, it finds what is valid, the same twice, and it leaves the network as it was."""
    settings = analysis_settings(entry, {} if entry.needs == "architecture" else {"images": NUM_IMAGES})
    before = {name: subject.network.model(subject.network.pixels) for name, subject in subjects.items()}
    first = list(runs_of(entry, settings, subjects, tmp_path))
    for subject, found in first:
        check_found(entry, found)
        if subject.own_network is not None:
            told = function(entry, "num_forward")(settings, NUM_IMAGES, spec=subject.spec)
            saved = told - subject.own_network.num_forward
            assert saved >= 0 if entry.name in AT_MOST else saved == 0
    for subject, found in first[-1:]:
        assert_equal(entry, found, function(entry, "analyse")(subject, settings))
    for name, subject in subjects.items():
        assert torch.equal(subject.network.model(subject.network.pixels), before[name])
        assert not any(one._forward_hooks or one._forward_pre_hooks for one in subject.network.model.modules())


@pytest.mark.parametrize("entry", [one for one in WRITTEN if one.needs == "network"], ids=lambda entry: entry.name)
def test_an_analysis_costs_by_default_no_more_than_is_said(entry: AnalysisEntry) -> None:
    settings = entry.settings()
    num_images = min(settings.images or 10_000, 10_000)
    small = make_spec(data__dataset="cifar10", model__name="vit_mini")
    pictures = small.data.model_copy(update={"dataset": "folder:/pictures", "img_size": 224})

    for spec in (small, small.model_copy(update={"data": pictures})):
        assert 0 < function(entry, "num_forward")(settings, num_images, spec=spec) <= MOST_FORWARD
