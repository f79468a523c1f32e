"""The JSON Schema of everything that commands print with `--json`, from the types that the code makes it of.

`docs/build.py` writes them to docs/schemas, and the tests hold what the commands print against them. A command that
gets `--json` needs an entry in OUTPUTS.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import typing_extensions
from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from expdb.cli.backup_view import BackupRecord
from expdb.cli.commands.analyze import AnalysedRunRecord, AnalysisRecord
from expdb.cli.commands.catalog import AugmentationRecord, DatasetRecord, ModelRecord
from expdb.cli.commands.db import WaitingRecord
from expdb.cli.commands.fill import FillRecord
from expdb.cli.commands.ls import BULKY
from expdb.cli.commands.papers_and_claims import JudgedClaimRecord
from expdb.cli.commands.recipes import RecipeRecord
from expdb.cli.commands.rm import ChosenRecord, PurgedRecord
from expdb.cli.commands.tables import RevisionRecord
from expdb.cli.import_record import (
    ENTERED_TABLE_KEYS,
    REPORTED_ROW_KEYS,
    ClaimsRecord,
    EnteredReportRecord,
    PapersRecord,
    ShownReportRecord,
)
from expdb.cli.training_view import ShownRunRecord
from expdb.domain.claim import Claim, Paper
from expdb.domain.fields import run_fields
from expdb.domain.run import (
    ENVIRONMENT_FIELDS,
    Attempt,
    Environment,
    Epoch,
    Machine,
    ProcessIdentity,
    ReportedChange,
    Results,
    Run,
    RunPart,
    field_names,
)
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import RunSpec
from expdb.domain.table import TableDefinition
from expdb.launch.sync import SyncedAttempt
from expdb.report.attempt_rows import AttemptRow
from expdb.report.check.check_record import CheckedFileRecord
from expdb.report.compare.recorded_differences import Difference
from expdb.report.predictions.class_table import ClassesRecord
from expdb.store.garbage import GarbageRecord
from expdb.store.merging.outcome import MergeOutcome

SCHEMAS = Path(__file__).parent / "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {6,}.*)*)", re.MULTILINE)

_TOLD = {"EnteredTable": ENTERED_TABLE_KEYS, "ReportedRun": REPORTED_ROW_KEYS}  # in other words than to programmers

Schema = dict[str, Any]


class SampleRecord(TypedDict):
    """What is measured, also of one run."""

    value: Annotated[float | None, "the mean, or the value of one run"]
    std: Annotated[float | None, "sample standard deviation; null of one"]
    n: Annotated[int | None, "number of values behind it"]
    low: Annotated[float | None, "lower end of the 95 % interval, where one was asked for"]
    high: Annotated[float | None, "upper end"]
    runs: Annotated[list[int], "ids of the runs behind it"]


class NumbersRecord(TypedDict):
    """What `db merge --json` tells of numbers."""

    numbers: Annotated[dict[str, int], "the id of a run here, by the one it had there"]


def _known_types() -> Mapping[str, Any]:
    """Return the types of the fields of a run by name, as its views declare them."""
    views = (RunPart, Run, Machine, Results)
    declared = {name: vars(view)[name].__orig_class__.__args__[0] for view in views for name in view.names()}
    settings = {
        name: Union[str if setting.kind in (tuple, dict) else setting.kind, NoneType]  # noqa: UP007 - a value
        for name, setting in settings_by_name().items()
    }
    environment = get_type_hints(Environment)
    return settings | declared | {name: environment[name] for name in ENVIRONMENT_FIELDS}


def _run_record(name: str, *, omit: tuple[str, ...] = (), **more: Any) -> Any:
    """Return the type of a run as JSON (`expdb.report.run_data.run_record`), with more keys."""
    types, about = _known_types(), run_fields()
    fields: dict[str, Any] = {
        key: Annotated[types[key], about[key].description] if key in about else types[key]
        for key in field_names()
        if key not in ("spec_json", *ENVIRONMENT_FIELDS)
    }
    fields |= {"environment": Environment, "spec": RunSpec | None, **more}
    made = TypedDict(name, {key: kind for key, kind in fields.items() if key not in omit})  # type: ignore[misc]
    made.__doc__ = "A run: accuracies are fractions, times UTC, durations seconds; null where not known."
    return made


def _attempt_record() -> Any:
    """Return the type of an attempt as `expdb.report.attempt_rows.attempt_records` makes it."""
    fields = {name: kind for name, kind in get_type_hints(Attempt).items() if name != "process"}
    told = {name: kind for name, kind in get_type_hints(AttemptRow).items() if name != "attempt"}
    fields |= get_type_hints(ProcessIdentity) | told | {"superseded_epochs": list[Epoch]}
    return TypedDict("AttemptRecord", fields)  # type: ignore[misc]


def _claim_record() -> Any:
    fields = get_type_hints(Claim) | get_type_hints(JudgedClaimRecord, include_extras=True)
    return TypedDict("ClaimRecord", fields)  # type: ignore[misc]


def _merge_record() -> Any:
    fields = get_type_hints(MergeOutcome) | get_type_hints(NumbersRecord, include_extras=True)
    return TypedDict("MergeRecord", fields)  # type: ignore[misc]


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a command prints with `--json`.

    Attributes:
        type: of all of it.
        text: what it is, in a line.
    """

    type: Any
    text: str

    @property
    def schema(self) -> Schema:
        """Return its JSON Schema."""
        made = TypeAdapter(_readable(self.type)).json_schema(mode="serialization", schema_generator=_Generator)
        _add_meanings(made, self.type)
        _close(made)
        return {"$schema": _DIALECT, "description": self.text, **made}


def _outputs() -> dict[str, Output]:
    run = _run_record("ListedRun", omit=BULKY)
    shown = _run_record(
        "ShownRun",
        is_contended=Annotated[bool | None, "whether other work held the processors while it trained"],
        changes=NotRequired[Annotated[list[ReportedChange], "what its document said otherwise before"]],
        epoch_rows=Annotated[list[Epoch], "its epochs that count"],
        attempts=Annotated[list[_attempt_record()], "its starts and resumes"],  # type: ignore[misc]
    )
    return {
        "analyze": Output(
            type=list[AnalysedRunRecord] | list[AnalysisRecord] | AnalysisRecord,
            text="what an analysis found, one object a run; without runs the analysis, without a name all of them",
        ),
        "augs": Output(type=list[AugmentationRecord], text="augmentation presets"),
        "check": Output(type=list[CheckedFileRecord], text="what was found, one object a file"),
        "claims": Output(type=list[_claim_record()], text="claims, each with what the runs say of it now"),
        "datasets": Output(type=list[DatasetRecord], text="datasets"),
        "db backup": Output(type=BackupRecord, text="what was copied"),
        "db gc": Output(type=GarbageRecord, text="what the runs' files take, and what no run has"),
        "db merge": Output(type=_merge_record(), text="what was brought in"),
        "db sync": Output(
            type=list[SyncedAttempt] | WaitingRecord, text="what was recorded; with `--dry-run` how many wait"
        ),
        "diff": Output(type=list[Difference], text="what two runs do not share; null where one does not know it"),
        "fill": Output(type=FillRecord, text="what would be trained (`--dry-run`)"),
        "evaluate": Output(
            type=ShownRunRecord | list[ShownRunRecord],
            text="what would be evaluated (`--dry-run`); of several runs an array",
        ),
        "import claims": Output(type=ClaimsRecord, text="the claims of the file"),
        "import papers": Output(type=PapersRecord, text="the papers of the file"),
        "import report": Output(
            type=EnteredReportRecord | ShownReportRecord, text="what became of the rows; with `--dry-run` the rows"
        ),
        "ls": Output(type=list[run], text="runs; what is long is left out, `show --json` has it"),
        "models": Output(type=list[ModelRecord], text="aliases and architectures"),
        "papers": Output(type=list[Paper], text="papers"),
        "recipes": Output(type=list[RecipeRecord], text="recipes"),
        "restore": Output(type=ChosenRecord, text="which runs were brought back"),
        "rm": Output(type=ChosenRecord | PurgedRecord, text="which runs were removed; with `--purge` what went"),
        "run": Output(
            type=ShownRunRecord | list[ShownRunRecord],
            text="what would be trained (`--dry-run`); of several seeds an array",
        ),
        "show": Output(
            type=Union[shown, ClassesRecord],  # noqa: UP007 - a value
            text="everything about a run; with `--per-class` or `--confusion` what its predictions say of its classes",
        ),
        "table": Output(type=list[dict[str, Any]], text="a table, one object a row ([its keys](#tables-for-programs))"),
        "tables": Output(type=list[TableDefinition], text="saved definitions"),
        "tables history": Output(type=list[RevisionRecord], text="revisions of a definition"),
    }


def _table_schema() -> Schema:
    """Return the schema of a table's rows, whose keys are those of its columns."""
    sample = Output(type=SampleRecord, text="").schema
    del sample["$schema"], sample["description"]
    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "is_reported": {"type": "boolean", "description": "whether it was copied from a document"},
                "marks": {
                    "type": "object",
                    "additionalProperties": texts,
                    "description": "the footnotes of its cells by column key",
                },
                "section": {"type": ["string", "null"], "description": "its heading, of a table that has sections"},
            },
            "required": ["is_reported", "marks"],
            "additionalProperties": {
                "anyOf": [{"type": ["string", "number", "boolean", "null", "array"]}, {"$ref": "#/$defs/SampleRecord"}]
            },
        },
        "$defs": {"SampleRecord": sample},
    }


class _Generator(GenerateJsonSchema):
    """Requires every field that has no key of its own for being left out: a default is printed too."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001
        if field["type"] == "typed-dict-field":
            return bool(field.get("required", total))
        return "serialization_exclude_if" not in field


def _close(part: Any) -> None:
    """Refuse, everywhere in a schema, keys of objects that it does not name.

    Left out are titles, which say what names do, and patterns, of what is entered: not every reader knows theirs.
    """
    if isinstance(part, list):
        for inner in part:
            _close(inner)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        if isinstance(part.get("description"), str):
            part["description"] = part["description"].partition("\n\nAttributes:")[0]
        if isinstance(part.get("pattern"), str):
            del part["pattern"]
        if any(key in part for key in ("type", "$ref", "anyOf")):
            part.pop("default", None)
        for values in part.pop("patternProperties", {}).values():
            part["additionalProperties"] = values
        if "properties" in part:
            part["additionalProperties"] = False
        for inner in part.values():
            _close(inner)


def _readable(kind: Any) -> Any:
    """Return a type as pydantic reads it, what stands beside a key being its description."""
    origin, args = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        made = typing_extensions.TypedDict(kind.__name__, {key: _readable(hint) for key, hint in hints.items()})
        made.__doc__ = kind.__doc__
        return made
    if origin is Annotated:
        inner, *beside = args
        texts = [Field(description=one) if isinstance(one, str) else one for one in beside]
        return Annotated[(_readable(inner), *texts)]
    if origin in (Union, UnionType):
        return Union[tuple(map(_readable, args))]  # noqa: UP007 - a value
    if origin is None or origin is Literal:
        return kind
    return origin[tuple(map(_readable, args)) if len(args) > 1 else _readable(args[0])]


def meanings(kind: Any) -> dict[str, str]:
    """Return what the keys of a record mean, as far as it says so, beside each or in its docstring."""
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True).items()
        beside = {key: get_args(hint) for key, hint in hints if get_origin(hint) is Annotated}
        return {key: str(text) for key, (_, text) in beside.items()}
    if kind.__name__ in _TOLD:
        return dict(_TOLD[kind.__name__])
    _, _, listed = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    return {
        key: " ".join(text.split()).rstrip(".") for keys, text in _ATTRIBUTE.findall(listed) for key in keys.split(", ")
    }


def _add_meanings(schema: Schema, kind: Any) -> None:
    """Describe the keys of dataclasses by their docstrings."""
    parts = {**schema.get("$defs", {}), str(schema.get("title")): schema}
    for name, made in _named_types(kind):
        for key, text in meanings(made).items():
            if key in parts.get(name, {}).get("properties", {}):
                parts[name]["properties"][key].setdefault("description", text)


def _named_types(kind: Any) -> Iterator[tuple[str, type]]:
    """Yield the dataclasses that a type is made of, by name."""
    if is_dataclass(kind):
        yield kind.__name__, kind
    if is_dataclass(kind) or is_typeddict(kind):
        for inner in get_type_hints(kind, include_extras=True).values():
            yield from _named_types(inner)
    for inner in get_args(kind):
        yield from _named_types(inner)


def schemas() -> dict[str, Schema]:
    """Return the schemas by command."""
    found = {command: output.schema for command, output in OUTPUTS.items()}
    found["table"] |= _table_schema()
    return found


def file_of(command: str) -> str:
    """Return the name of a command's file in docs/schemas."""
    return f"{command.replace(' ', '-')}.json"


def written(schema: Schema) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


OUTPUTS = _outputs()
