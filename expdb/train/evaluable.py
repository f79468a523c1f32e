"""Before a run that trains nothing: whether its weights are of this network, and their classes those of the images."""

import torch

from expdb.catalog.class_names import differing_class, names_of_classes
from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.device import check_graphs, choose_device
from expdb.train.model.build import build_model
from expdb.train.model.pretrained_facts import pretrained_facts
from expdb.train.model.weights_file import fitting_weights


def check_evaluable(spec: RunSpec) -> list[str]:
    """Check that a spec of no epochs can be evaluated here; return what one should know of it.

    Raises:
        SpecError: there is no such device, or the weights are of another network or of other classes.
        DataError: the weights cannot be read.
    """
    check_graphs(spec, choose_device(spec))
    if spec.model.weights is not None:
        meta = torch.device("cpu" if is_own_model(spec.model.arch) else "meta")  # see `describe_model`
        with meta:
            model = build_model(spec, meta)
        fitting_weights(model, spec)
        return [_taken_classes(spec)]
    facts = pretrained_facts(spec)
    if facts is None:
        return []  # the weights of a run, whose classes are known
    _require_classes(spec, facts.num_classes, facts.class_names)
    if facts.channels != spec.data.channels:
        raise SpecError(
            f"the pretrained weights of {spec.model.name} are for images of {facts.channels} channels, "
            f"{spec.data.dataset} has {spec.data.channels}: train a network by expdb run"
        )
    return [] if facts.class_names else [_taken_classes(spec)]


def _require_classes(spec: RunSpec, num_classes: int, class_names: tuple[str, ...]) -> None:
    """Refuse images of other classes than weights were trained for: their outputs would mean something else."""
    if num_classes != spec.data.num_classes:
        raise SpecError(
            f"the pretrained weights of {spec.model.name} are of {num_classes:,} classes, {spec.data.dataset} has "
            f"{spec.data.num_classes}: choose images of their classes, or train a new last layer by "
            "expdb run --set model.pretrained=true"
        )
    here = names_of_classes(spec.data.dataset, spec.data.num_classes)
    label = differing_class(here, class_names) if class_names else None
    if label is not None:
        raise SpecError(
            f"class {label} of {spec.data.dataset} is {here[label]!r}, of the pretrained weights of {spec.model.name} "
            f"{class_names[label]!r}: name the class folders as the weights do"
        )


def _taken_classes(spec: RunSpec) -> str:
    names = names_of_classes(spec.data.dataset, spec.data.num_classes)
    more = ", …" if len(names) > 3 else ""
    return f"the weights do not say which classes they tell apart: taken in this order: {', '.join(names[:3])}{more}"
