"""What a spec says of a run, by the names of the run's fields: recorded with it, or shown before it is trained."""

from datetime import UTC, datetime
from typing import Any

from expdb.catalog.datasets import dataset_label
from expdb.domain.codec import digest, group_digest, spec_to_json
from expdb.domain.known import RunFields
from expdb.domain.run import Run, field_names
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import FOLDER_PREFIX, RunSpec


def promoted(spec: RunSpec) -> dict[str, Any]:
    """Return the fields of a run that its spec decides: every setting, the spec whole, and what names it."""
    return {
        "spec_json": spec_to_json(spec),
        "digest": digest(spec),
        "group_digest": group_digest(spec),
        **{name: setting.of(spec) for name, setting in settings_by_name().items()},
        "dataset": dataset_label(spec.data.dataset),  # of a folder its name, not where it lies
        "background": spec.data.background if spec.data.dataset.startswith(FOLDER_PREFIX) else None,
    }


def planned_run(spec: RunSpec) -> Run:
    """Return a run of this spec that nobody has queued yet: id 0, nothing measured."""
    never = datetime.fromtimestamp(0, UTC)
    return Run(
        RunFields(
            {
                **dict.fromkeys(field_names()),
                "id": 0,
                "status": "queued",
                "kind": "measured",
                "tags": (),
                "created_at": never,
                "epochs_done": 0,
                "packages": {},
                "quote": {},
                "settings": {},
                "metrics": {},
                "unparsed": (),
                "extends_another": False,
                **promoted(spec),
            }
        )
    )
