"""A spec as canonical JSON, and its digests.

Canonical: keys sorted, no spaces, no NaN. So equal specs have equal text, and a digest names the computation.
"""

import hashlib
import json

from pydantic import ValidationError

from expdb.domain.spec import SPEC_VERSION, RunSpec
from expdb.errors import SpecError

# Version 2 added settings that are off by default: version 1 reads as it is.
_READABLE = (1, 2)


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
        return RunSpec.model_validate({**values, "version": SPEC_VERSION})
    except (ValidationError, RecursionError) as error:
        raise SpecError(mistake) from error


def digest(spec: RunSpec) -> str:
    """Return 16 hex digits that name this computation (equal specs, equal digests).

    Settings at their defaults do not count: so a setting that is added, off by default, leaves all digests as they are.
    """
    return _hash(spec.model_dump(mode="json", exclude_defaults=True, exclude={"version"}))


def group_digest(spec: RunSpec) -> str:
    """Return 16 hex digits shared by the specs that differ only in the seed."""
    return _hash(spec.model_dump(mode="json", exclude_defaults=True, exclude={"version", "seed"}))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _hash(value: object) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()[:16]
