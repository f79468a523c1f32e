"""Which images a network takes that does not take those of a spec."""

import torch

from expdb.catalog.models import architecture_of, is_own_model, resolve_model
from expdb.domain.spec import RunSpec
from expdb.errors import ExpdbError, SpecError
from expdb.train.model.build import build_model
from expdb.train.model.first_pass import pass_forward

_STEP = 32  # px
_LARGEST = 256


def advise_size(spec: RunSpec, error: SpecError) -> SpecError:
    """Return the error of a network that failed: the nearest side of images that it takes, or what else is wrong.

    Networks of the catalog fail for their images' size, where their arguments are those that its size implies.
    """
    known = architecture_of(spec.model.arch)
    if known is None or is_own_model(spec.model.arch):
        return error
    side = spec.data.img_size
    sides = sorted({*range(_STEP, _LARGEST + 1, _STEP), known.img_size} - {side}, key=lambda other: abs(other - side))
    fitting = next((other for other in sides if _takes(spec, other)), None)
    if fitting is None:
        return error
    return SpecError(
        f"model {spec.model.name} does not take images of data.img_size={side}: use {fitting} (it was made for "
        f"{known.img_size}), or another model"
    )


def _takes(spec: RunSpec, side: int) -> bool:
    implied = resolve_model(spec.model.name, img_size=spec.data.img_size).kwargs
    own = {key: value for key, value in spec.model.kwargs.items() if key not in implied or implied[key] != value}
    resolved = resolve_model(spec.model.name, img_size=side)
    model = spec.model.model_copy(update={"kwargs": {**resolved.kwargs, **own}, "stem": resolved.stem})
    other = spec.model_copy(update={"data": spec.data.model_copy(update={"img_size": side}), "model": model})
    meta = torch.device("meta")
    try:
        with meta, torch.no_grad():
            pass_forward(build_model(other, meta).eval(), other, meta)
    except ExpdbError:
        return False
    return True
