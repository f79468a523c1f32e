"""A spec as canonical JSON, and its digests.

Canonical: keys sorted, no spaces, no NaN. So equal specs have equal text, and a digest names the computation.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from expdb.domain.spec import FOLDER_PREFIX, SPEC_VERSION, EvalSpec, RunSpec
from expdb.errors import SpecError

# Versions 2 to 4 added settings that are off by default: but for one, what is older reads as it is.
_READABLE = (1, 2, 3, 4)

# What is read of pictures before the start, which are refused, and where a file of weights lies, changes nothing of
# what is computed.
_NO_COMPUTATION: Mapping[str, Any] = {
    "version": True,
    "data": {"verify", "max_megapixels"},
    "model": {"weights_path"},
}


def spec_to_json(spec: RunSpec) -> str:
    """Return the spec as canonical JSON."""
    return _canonical(spec.model_dump(mode="json"))


def spec_from_json(text: str) -> RunSpec:
    """Read a spec back.

    Raises:
        SpecError: the text is no spec, or was written in a newer form.
    """
    mistake = f"not a run spec: {text[:80]!r}"
    try:
        values = json.loads(text)
        version = values.get("version")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SpecError(mistake) from error
    if version not in _READABLE:
        raise SpecError(f"spec version {version!r} is not known here (this expdb reads {_READABLE}): upgrade expdb")
    try:
        spec = RunSpec.model_validate({**values, "version": SPEC_VERSION})
    except (ValidationError, RecursionError) as error:
        raise SpecError(mistake) from error
    if "eval" in values:
        return spec
    return spec.model_copy(update={"eval": EvalSpec(crop=_crop_before_version_3(spec))})


def digest(spec: RunSpec) -> str:
    """Return 16 hex digits that name this computation (equal specs, equal digests).

    Settings at their defaults do not count: so a setting that is added, off by default, leaves all digests as they are.
    """
    return _hash(_computation(spec))


def group_digest(spec: RunSpec) -> str:
    """Return 16 hex digits shared by the specs that differ only in the seed, or evaluate runs that do."""
    computation = _computation(spec)
    computation.pop("seed", None)
    if spec.model.init_group is not None:
        computation["model"].pop("init_from", None)
    return _hash(computation)


def settings_digest(spec: RunSpec) -> str:
    """Return 16 hex digits shared by the specs that differ only in the seed and in the user's own code."""
    return group_digest(with_code(spec, None))


def with_code(spec: RunSpec, code: str | None) -> RunSpec:
    """Return the spec with another digest of the user's own code; None: not known."""
    return spec.model_copy(update={"model": spec.model.model_copy(update={"code": code})})


def _computation(spec: RunSpec) -> dict[str, Any]:
    """Return the settings that decide what is computed, without those that a spec of before version 3 implied."""
    computation = spec.model_dump(mode="json", exclude_defaults=True, exclude=_NO_COMPUTATION)
    part = {**computation.pop("eval", {}), "crop": spec.eval.crop}
    if part["crop"] == _crop_before_version_3(spec):
        del part["crop"]
    for name in _NO_COMPUTATION:
        if not computation.get(name, True):
            del computation[name]
    return {**computation, "eval": part} if part else computation


def _crop_before_version_3(spec: RunSpec) -> float:
    """Return what evaluation looked at before that was a setting: of named datasets the whole image."""
    return 0.875 if spec.data.dataset.startswith(FOLDER_PREFIX) else 1.0


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _hash(value: object) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()[:16]
