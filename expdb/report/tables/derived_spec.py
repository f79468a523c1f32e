"""The spec of an empty cell of a pivot: its row's spec, with what the cell's column stands for put in."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from expdb.catalog.compose_spec import DERIVED, compose_spec, settings_of
from expdb.catalog.promoted import planned_run, promoted
from expdb.domain.codec import with_code
from expdb.domain.run import Run
from expdb.domain.spec import FOLDER_PREFIX, RunSpec, flatten, spec_fields
from expdb.domain.value_text import format_value
from expdb.errors import SpecError
from expdb.report.columns import column
from expdb.report.tables.plan import Plan
from expdb.report.tables.table_row import Across

# CellColumns that name a part of a spec: a cell takes over all settings of that part, as an optimizer's learning rate
# belongs to the optimizer.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "dataset": ("data.",),
    "model": ("model.",),
    "model_label": ("model.",),
    "arch": ("model.",),
    "model_aug": ("model.", "aug."),
    "aug": ("aug.",),
    "aug_label": ("aug.",),
    "policy": ("aug.",),
    "optimizer": ("optim.",),
    "optimizer_batch": ("optim.", "batch_size"),
    "schedule": ("schedule.",),
}
# The setting that takes a column's value as it stands, where no run has that value.
_NAMES = {
    "dataset": "data.dataset",
    "model": "model.name",
    "aug": "aug.preset",
    "optimizer": "optim.name",
    "schedule": "schedule.name",
}


def derive_spec(plan: Plan, *, base: Run, values: Across, example: Run | None) -> RunSpec:
    """Return the spec of a row's cell that has no run.

    Args:
        plan: of a table with a pivot; its keys of rows and columns say what the cell must agree on.
        base: a run of the row that was trained here.
        values: of the pivot's keys, in the cell.
        example: a run of that column that was trained here; None where there is none.

    Raises:
        SpecError: a key is not decided by settings, or the settings do not go together; the message says why.
        NotFoundError: a value is no name of the catalog.
    """
    spec = base.spec
    assert spec is not None  # noqa: S101 - the caller has looked
    wanted = dict(zip((key.key for key in plan.across), values, strict=True))
    rows = [known.key for known in plan.row_keys]
    if "dataset" in wanted:
        _refuse_sources(spec)
    settings = settings_of(spec)
    own_size = {key: settings[key] for key in ("data.img_size",) if key in settings}
    for key, value in wanted.items():
        if key in _PARTS:
            kept = {name: setting for name, setting in settings.items() if not name.startswith(_PARTS[key])}
            settings = kept | _part(key, value, example)
    single = _settings_by_column()
    settings |= own_size  # images were resized for this row's sake
    settings |= {single[key]: flatten(spec)[single[key]] for key in rows if key in single}
    for key, value in wanted.items():
        if key in single and key not in _PARTS:
            settings[single[key]] = value if example is None else flatten(_spec_of(example))[single[key]]
        elif key not in _PARTS:
            raise SpecError(f"no setting decides {key}")
    settings.pop("seed", None)
    made = compose_spec(settings)
    if made.model.arch == spec.model.arch:  # a cell of the same row is of the same code
        made = with_code(made, spec.model.code)
    decided = {key: column(key).value(base.fields) for key in rows if key in _PARTS or key in single}
    _check_agreement(planned_run(made), decided | wanted)
    return made


def _part(key: str, value: Any, example: Run | None) -> dict[str, Any]:
    """Return the settings of a part of the spec, from a run that has them, or by the name that stands for them."""
    if example is not None:
        return {name: item for name, item in settings_of(_spec_of(example)).items() if name.startswith(_PARTS[key])}
    if key not in _NAMES or str(value).startswith(FOLDER_PREFIX):
        raise SpecError(f"no run trained here tells the settings of {key} {value}")
    return {_NAMES[key]: value}


def _refuse_sources(spec: RunSpec) -> None:
    """Refuse a spec that builds on another run: that one was trained on the old dataset."""
    for key, run_id in (("model.init_from", spec.model.init_from), ("distill.teacher", spec.distill.teacher)):
        if run_id is not None:
            raise SpecError(f"{key}={run_id} belongs to another dataset")


def _check_agreement(made: Run, expected: Mapping[str, Any]) -> None:
    for key, value in expected.items():
        known = column(key)
        found = known.value(made.fields)
        if found != value:
            told = [format_value(one, known.format, known.decimals) for one in (found, value)]
            raise SpecError(f"its {key} would be {told[0]}, not {told[1]}")


def _spec_of(run: Run) -> RunSpec:
    assert run.spec is not None  # noqa: S101 - examples were trained here
    return run.spec


@cache
def _settings_by_column() -> Mapping[str, str]:
    """Return the columns that show one setting, which has the name of the column (`lr`: `optim.lr`)."""
    shown = promoted(RunSpec())
    keys = [key for key in spec_fields() if key not in DERIVED and key != "seed"]
    return {key.rpartition(".")[2]: key for key in keys if key.rpartition(".")[2] in shown}
