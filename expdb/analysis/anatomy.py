"""A network's modules with shapes, parameters and multiply-accumulates, and a ViT's steps with their numbers."""

import math
from collections.abc import Iterator

import numpy as np
import torch

from expdb.analysis.maps.attention_maps import distances
from expdb.analysis.modules.invariances import bias_listings
from expdb.analysis.modules.module_tree import module_tree, tree_rows
from expdb.analysis.modules.vit_steps import is_plain_vit, position_similarity, shape_text, walk_through
from expdb.analysis.random_networks import random_network
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import AnatomySettings
from expdb.domain.analyses.result import Chart, Line, Listing
from expdb.domain.spec import RunSpec
from expdb.train.model.teacher import network_of_run

_CPU = torch.device("cpu")


def num_forward_anatomy(settings: AnatomySettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network: a drawn one, which costs nothing to speak of."""
    return 0


def analyse_anatomy(subject: Subject, settings: AnatomySettings) -> Found:
    """List a network's modules; of a ViT, the way of one image, and how like its positions are."""
    spec = subject.spec
    listings = [_tree_listing(spec, settings.depth)]
    if subject.weights is None:
        model, weights = random_network(spec, seed=settings.seed, device=_CPU), "drawn weights, as before training"
    else:
        model = network_of_run(spec, subject.weights, setting="its weights", device=_CPU)
        weights = "the weights of the run"
    notes = ["MACs: multiply-accumulates of one image, of convolutions, linear layers and products of attention"]
    if is_plain_vit(model):
        shape = (1, spec.data.channels, spec.data.img_size, spec.data.img_size)
        image = torch.randn(shape, generator=torch.Generator().manual_seed(settings.seed))
        listings.extend(walk_through(model, image).listings())
        notes.append(f"steps and positions: with {weights}")
    else:
        notes.append(f"no steps: {spec.model.name} is no plain ViT, whose steps are told here")
    similarity = position_similarity(model)
    arrays = {} if similarity is None else {"position_similarity": similarity.numpy().astype(np.float16)}
    charts = () if similarity is None else tuple(_position_charts(similarity))
    return Found(listings=(*listings, *bias_listings()), charts=charts, arrays=arrays, notes=tuple(notes))


def _tree_listing(spec: RunSpec, depth: int) -> Listing:
    rows = []
    for row in tree_rows(module_tree(spec), depth=depth):
        output = "" if row.node.output is None else shape_text(row.node.output)
        macs = None if row.macs is None else round(row.macs / 1e6, 3)
        kind = row.node.kind if row.depth else ""
        rows.append((row.depth, "· " * row.depth + row.name, kind, output, row.num_params, macs))
    return Listing(
        key="modules",
        title=f"Modules down to depth {depth} (those alike are one line, and added up)",
        headings=("depth", "module", "kind", "output", "parameters", "MACs (M)"),
        rows=tuple(rows),
    )


def _position_charts(similarity: torch.Tensor) -> Iterator[Chart]:
    """How like positions are: of the middle to all, and by their distance."""
    side = math.isqrt(len(similarity))
    middle = (side // 2) * side + side // 2
    yield Chart(
        key="position_similarity",
        title="Cosine similarity of each position to the middle one",
        x_label="column",
        y_label="row",
        kind="map",
        grid=tuple(tuple(row) for row in similarity[middle].reshape(side, side).tolist()),
        extent=(0, side, 0, side),
    )
    away = distances(side, pixels=1).round().long()
    found = [(steps, similarity[away == steps].mean().item()) for steps in range(int(away.max()) + 1)]
    yield Chart(
        key="position_distance",
        title="Likeness of positions by their distance",
        x_label="patches apart",
        y_label="cosine similarity",
        lines=(Line(label="mean", x=tuple(x for x, _ in found), y=tuple(y for _, y in found)),),
    )
