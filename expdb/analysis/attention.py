"""Where attention looks, how far it reaches, and how far the whole network sees.

Sources of formulas: `maps/attention_maps.py`, `maps/receptive_field.py`.
"""

from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from expdb.analysis.estimates import mean_of
from expdb.analysis.maps.attention_maps import (
    attention_distances,
    even_distance,
    gradient_attention,
    over_places,
    rollout,
)
from expdb.analysis.maps.attention_weights import (
    AttentionLayer,
    answers_from_class_token,
    attention_modules,
    attention_read,
    grid_of,
    last_alike,
    unreadable_attention,
    why_unusable,
)
from expdb.analysis.maps.chosen_images import choose_images, drawn_order, for_images, small_maps
from expdb.analysis.maps.feature_maps import last_features
from expdb.analysis.maps.map_sanity import SHARES, map_sanity
from expdb.analysis.maps.receptive_field import field_side, squared_gradient
from expdb.analysis.network import Network
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import AttentionSettings
from expdb.domain.analyses.result import Chart, Estimate, Line, Listing
from expdb.domain.spec import RunSpec

_TRIED = 2  # images that tell whether attention can be laid over the image


def num_forward_attention(settings: AttentionSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through networks, at most: those of maps and fields go back through them too."""
    compared = min(settings.compared, num_images)
    maps = num_images + 3 * min(settings.shown, num_images) + compared * (2 + settings.random_networks * len(SHARES))
    return maps + 2 * min(settings.distance_images, num_images)


def analyse_attention(subject: Subject, settings: AttentionSettings) -> Found:
    """Measure attention where it lies over the image, and the receptive field of any network that ends in a map."""
    network = subject.network
    reason = _why_no_attention(network)
    places = drawn_order(len(network.images), seed=settings.seed)[: settings.distance_images].sort().values
    parts = [] if reason else [_distances(network, places), _maps(subject, settings)]
    try:
        parts.append(_field(network, places, seed=settings.seed))
    except NotApplicableError as error:
        if reason:
            raise NotApplicableError(f"{reason}; and {error}") from error
        parts.append(Found(notes=(f"no receptive field: {error}",)))
    if reason:
        parts.append(Found(notes=(f"no attention maps: {reason}",)))
    return Found(
        values={key: one for part in parts for key, one in part.values.items()},
        charts=tuple(chart for part in parts for chart in part.charts),
        listings=tuple(listing for part in parts for listing in part.listings),
        arrays={name: array for part in parts for name, array in part.arrays.items()},
        notes=tuple(note for part in parts for note in part.notes),
    )


def _why_no_attention(network: Network) -> str | None:
    """Return why attention of a network cannot be laid over the image, in a clause; None where it can."""
    model = network.model
    if not attention_modules(model) and not unreadable_attention(model):
        return f"{network.spec.model.name} has no attention"
    inputs = network.prepared(network.images[:_TRIED].float() / 255)
    with torch.no_grad(), attention_read(model) as layers:
        model(inputs)
        if not layers and not unreadable_attention(model):
            return "its attention passes its weights nowhere"
        return why_unusable(layers, num_images=len(inputs), model=model)


def _distances(network: Network, places: torch.Tensor) -> Found:
    """How far each head reaches, layer by layer."""
    model, side = network.model, network.spec.data.img_size
    grids: list[int] = []

    def of_batch(inputs: torch.Tensor, _some: slice) -> torch.Tensor:
        with torch.no_grad(), attention_read(model) as layers:
            model(inputs)
        found = []
        grids.clear()
        for layer in layers:
            grid = grid_of(layer, model=model)
            grids.append(grid.side)
            found.append(attention_distances(layer.weights, grid, pixels=side / grid.side).cpu())
        most = max(one.shape[1] for one in found)
        padded = [nn.functional.pad(one, (0, most - one.shape[1]), value=torch.nan) for one in found]
        return torch.stack(padded, 1)

    of_images = for_images(network, places, of_batch)  # (N, layers, heads), NaN where a layer has fewer heads
    heads = of_images.mean(0)
    numbers = tuple(range(1, len(heads) + 1))
    lines = [
        Line(label=label, x=numbers, y=tuple(values))
        for label, values in (
            ("nearest head", heads.nan_to_num(torch.inf).min(1).values.tolist()),
            ("mean of heads", heads.nanmean(1).tolist()),
            ("farthest head", heads.nan_to_num(-torch.inf).max(1).values.tolist()),
        )
    ]
    even = [even_distance(grid, pixels=side / grid) for grid in grids]
    lines.append(Line(label="if it weighed all places alike", x=numbers, y=tuple(even), kind="baseline"))
    chart = Chart(
        key="attention_distance",
        title="How far attention reaches",
        x_label="layer",
        y_label="mean distance (px of the input)",
        lines=tuple(lines),
    )
    value = mean_of(of_images.nanmean(2).mean(1))
    return Found(
        values={"attention_distance": value},
        charts=(chart,),
        arrays={"distances": heads.numpy().astype(np.float32)},
        notes=(
            "attention between places alone counts; a token of a hybrid has seen more than its own place before",
            "a distance near that of equal weights means that a head hardly chooses, not that it looks for what is far",
        ),
    )


def _maps(subject: Subject, settings: AttentionSettings) -> Found:
    """Gradient attention, rollout and the heads of the last layer, of chosen images."""
    network = subject.network
    model = network.model
    chosen = choose_images(network, shown=settings.shown, seed=settings.seed)
    kinds: dict[str, list[torch.Tensor]] = {"maps": [], "rollout": [], "heads": []}
    used: list[tuple[int, int, int]] = []

    def of_batch(inputs: torch.Tensor, some: slice) -> torch.Tensor:
        made, layers = _read_maps(model, inputs, chosen.predicted[some])
        for name, maps in made.items():
            kinds[name].append(maps.cpu())
        used[:] = [layers]
        return torch.zeros(len(inputs))

    for_images(network, chosen.places, of_batch)
    compared = drawn_order(len(network.images), seed=settings.seed)[: settings.compared].sort().values
    answers = for_images(network, compared, lambda inputs, _: _no_grad(model, inputs).argmax(1))
    sanity = map_sanity(
        partial(_class_maps, network, compared, answers),
        model,
        subject.spec,
        networks=settings.random_networks,
        seed=settings.seed,
    )
    alike, total, side = used[0]
    layers = f"all {total} layers" if alike == total else f"the last {alike} of {total} layers, whose tokens are alike"
    return Found(
        charts=(sanity.chart("attention_sanity", "Gradient attention with layers of random weights"),),
        listings=(_sanity_listing(sanity.whole),),
        arrays={**chosen.arrays(network), **{name: small_maps(torch.cat(maps)) for name, maps in kinds.items()}},
        notes=(
            f"maps over {side} by {side} places, from {layers}, for the class that the network answers",
            "attention says what is mixed, not what decides: rollout says nothing of a class, and no map is a cause",
        ),
    )


def _sanity_listing(whole: Estimate) -> Listing:
    return Listing(
        key="attention_sanity_of_all",
        title="Rank correlation of its maps with those of random weights (near 0: they depend on what was learnt)",
        headings=("mean", "low", "high", "images"),
        rows=((whole.value, whole.low, whole.high, whole.n),),
    )


def _no_grad(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        logits: torch.Tensor = model(inputs)
    return logits


def _class_maps(network: Network, places: torch.Tensor, answers: torch.Tensor, model: nn.Module) -> torch.Tensor:
    return for_images(network, places, lambda inputs, some: _read_maps(model, inputs, answers[some])[0]["maps"])


def _read_maps(
    model: nn.Module, inputs: torch.Tensor, classes: torch.Tensor
) -> tuple[dict[str, torch.Tensor], tuple[int, int, int]]:
    """Return maps of images by kind, and how many layers of how many they are made of, and how many places a side."""
    with torch.enable_grad(), attention_read(model) as layers:
        # The weights are frozen: gradients start at the image.
        logits = model(inputs.detach().clone().requires_grad_())
        logits.gather(1, classes.to(logits.device)[:, None]).sum().backward()
    used = last_alike(layers)
    grid = grid_of(used[-1], model=model)
    weights = [layer.weights.detach() for layer in used]
    lay = partial(over_places, grid=grid, from_class_token=answers_from_class_token(model, grid))
    maps = {
        "maps": lay(gradient_attention(weights, [_gradient(layer) for layer in used])),
        "rollout": lay(rollout(weights)),
        "heads": lay(weights[-1]),
    }
    return maps, (len(used), len(layers), grid.side)


def _gradient(layer: AttentionLayer) -> torch.Tensor:
    found = layer.weights.grad
    return torch.zeros_like(layer.weights) if found is None else found


def _field(network: Network, places: torch.Tensor, *, seed: int) -> Found:
    """The effective receptive field, beside that of a network whose features each see all pixels alike."""
    model, side = network.model, network.spec.data.img_size
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        grid = last_features(model, network.prepared(network.images[:1].float() / 255)).shape[-1]
    energies = for_images(network, places, lambda inputs, _: squared_gradient(model, inputs, generator=generator))
    sides = field_side(energies, grid=grid)
    seen = ~sides.isnan()
    if not seen.any():
        raise NotApplicableError("no pixel reaches the middle of its last map: its units are dead")
    shares = energies[seen] / energies[seen].sum((1, 2), keepdim=True)
    chart = Chart(
        key="receptive_field",
        title="Effective receptive field of the middle of the last map",
        x_label="px",
        y_label="px",
        kind="map",
        grid=_shown(shares.mean(0)),
        extent=(0, side, 0, side),
    )
    notes = [f"receptive field: of {int(seen.sum())} images, of the middle of a last map of {grid} by {grid} places"]
    if grid == 1:
        notes.append("its last map is of one place, which stands for the whole image")
    return Found(values={"receptive_field": mean_of(sides[seen])}, charts=(chart,), notes=tuple(notes))


_MOST_CELLS = 32  # a side, of a map that is stored


def _shown(energy: torch.Tensor) -> tuple[tuple[float, ...], ...]:
    """Return a map's square root, which shows weak pixels too, its largest value 1, at most so many cells a side."""
    small = energy[None, None]
    if energy.shape[-1] > _MOST_CELLS:
        small = nn.functional.adaptive_avg_pool2d(small, _MOST_CELLS)
    root: npt.NDArray[np.float64] = small[0, 0].sqrt().numpy()
    return tuple(tuple(round(float(value), 3) for value in row) for row in root / root.max())
