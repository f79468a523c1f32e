"""A run that the user's own script trains, as it is recorded at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TrackedStart:
    """What a script says of its run before it begins.

    Attributes:
        dataset, model: as the script calls them.
        settings: all its parameters by name, as JSON has them.
        columns: those of them that are settings of ours too (`lr`, `epochs`, ...), by field of a run.
        digest, group_digest: name the parameters that tell runs apart, with the seed and without.
        seed: None where it has none.
    """

    dataset: str
    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    digest: str
    group_digest: str
    seed: int | None = None
    name: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None
