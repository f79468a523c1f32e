"""Which parts of an image speak for a class, by the gradients of a convolutional layer.

Source: Selvaraju et al. 2017, "Grad-CAM", section 3: the map is ReLU(sum over k of alpha_k A_k), where alpha_k is the
mean over places of the gradient of the class's logit over channel k.
"""

from functools import partial

import torch
from torch import nn

from expdb.analysis.maps.attention_weights import attention_modules, unreadable_attention
from expdb.analysis.maps.chosen_images import choose_images, drawn_order, for_images, small_maps
from expdb.analysis.maps.feature_maps import as_map, convolutional_maps, in_order_of_use, kept_output
from expdb.analysis.maps.map_sanity import SHARES, map_sanity
from expdb.analysis.network import Network
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import MapSettings
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError

_TRIED = 4  # images that tell whether a layer's gradient is any
_MOST_NAMES = 8


def num_forward_gradcam(settings: MapSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through networks; those of maps go back through them too."""
    compared = min(settings.compared, num_images)
    return num_images + 3 * min(settings.shown, num_images) + compared * (2 + settings.random_networks * len(SHARES))


def gradcam_maps(model: nn.Module, inputs: torch.Tensor, classes: torch.Tensor, *, layer: str) -> torch.Tensor:
    """Return the maps of these classes, (B, h, w), of images (B, C, H, W) as the network takes them.

    Raises:
        SpecError: the layer's output is no map.
    """
    with torch.enable_grad(), kept_output(model.get_submodule(layer)) as kept:
        logits = model(inputs)
        chosen = logits.gather(1, classes.to(logits.device)[:, None]).sum()
        if not kept or not chosen.requires_grad:
            raise SpecError(f"layer={layer}: the answer does not depend on it")
        (gradient,) = torch.autograd.grad(chosen, kept[-1])
    features, slopes = (as_map(one.detach(), model=model) for one in (kept[-1], gradient))
    if features is None or slopes is None or features.shape[-1] == 1:
        raise SpecError(f"layer={layer} gives {tuple(kept[-1].shape[1:])} of an image, which is no map")
    return (slopes.mean((2, 3), keepdim=True) * features).sum(1).relu()


def fitting_layer(model: nn.Module, inputs: torch.Tensor) -> str:
    """Return the layer that is looked at where none is named: the deepest with 7 by 7 places, else the finest.

    Layers on which no answer depends (what LocalViT does to places in its last block) are passed by.

    Raises:
        NotApplicableError: there is no convolution that looks beyond its own patch, or none with a map.
    """
    name = type(model).__name__
    for seen in in_order_of_use(convolutional_maps(model, inputs)):
        with torch.enable_grad(), kept_output(model.get_submodule(seen.name)) as kept:
            answer = model(inputs).sum()
            if answer.requires_grad and torch.autograd.grad(answer, kept[-1])[0].any():
                return seen.name
    if attention_modules(model) or unreadable_attention(model):
        raise NotApplicableError(
            f"{name} has no convolution but that which makes its patches: its maps are those of expdb analyze attention"
        )
    raise NotApplicableError(f"{name} has no convolutional layer with a map of 2 by 2 places or more: nothing to show")


def analyse_gradcam(subject: Subject, settings: MapSettings) -> Found:
    """Make the maps of chosen images, for the class that the network answers, and compare them with random weights'."""
    network = subject.network
    model = network.model
    tried = network.prepared(network.images[:_TRIED].float() / 255)
    layer = settings.layer or fitting_layer(model, tried)
    if layer not in dict(model.named_modules()):
        raise SpecError(f"layer={layer}: {type(model).__name__} has no such module; it has {_names(model, tried)}")
    chosen = choose_images(network, shown=settings.shown, seed=settings.seed)
    maps = for_images(
        network, chosen.places, lambda inputs, some: gradcam_maps(model, inputs, chosen.predicted[some], layer=layer)
    )
    compared = drawn_order(len(network.images), seed=settings.seed)[: settings.compared].sort().values
    answers = for_images(network, compared, lambda inputs, _: model(inputs).argmax(1))
    sanity = map_sanity(
        partial(_maps_of, network, compared, answers, layer),
        model,
        subject.spec,
        networks=settings.random_networks,
        seed=settings.seed,
    )
    side = maps.shape[-1]
    notes = [
        f"maps of {layer}, {side} by {side} places, for the class that the network answers",
        "a map says where the class is read from, not what is seen there, and not that another place would not do",
    ]
    if sanity.num_left_out:
        notes.append(f"{sanity.num_left_out} of {len(compared)} compared images have no map with random weights")
    return Found(
        values={"map_sanity": sanity.whole} if sanity.whole.n else {},
        charts=(sanity.chart("gradcam_sanity", "Grad-CAM with layers of random weights"),),
        arrays={**chosen.arrays(network), "maps": small_maps(maps)},
        notes=tuple(notes),
    )


def _maps_of(
    network: Network, places: torch.Tensor, answers: torch.Tensor, layer: str, model: nn.Module
) -> torch.Tensor:
    return for_images(network, places, lambda inputs, some: gradcam_maps(model, inputs, answers[some], layer=layer))


def _names(model: nn.Module, inputs: torch.Tensor) -> str:
    """Name layers that would do, the first choices first."""
    names = [f"{seen.name} ({seen.side} by {seen.side})" for seen in in_order_of_use(convolutional_maps(model, inputs))]
    return ", ".join(names[:_MOST_NAMES]) or "no convolutional maps"
