"""Write docs/reference.md from the code, and the picture in docs/architecture.md: `make docs`. Tests compare them."""

import inspect
import json
import re
import runpy
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.optimizers import OPTIMIZERS
from expdb.catalog.recipes import RECIPES
from expdb.catalog.reported import report_tables
from expdb.cli.exit_codes import CODE_MEANINGS
from expdb.cli.import_record import EnteredReportRecord, ReadingRecord, ReadReportRecord, ShownReportRecord
from expdb.cli.main import make_app
from expdb.config import CHECKPOINT_VARIABLE, THREADS_VARIABLE
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES
from expdb.domain.run import ReportedRun
from expdb.domain.spec import RunSpec, flatten, spec_fields
from expdb.domain.table import ColumnChoice, Mark, TableDefinition
from expdb.interop.reported.enter import EnteredTable
from expdb.launch.load.system_load import LOAD_SECONDS, LOAD_VARIABLE
from expdb.report.addresses import PARTS
from expdb.report.check.check_record import (
    EXIT_CODES,
    STATUS_MEANINGS,
    CheckedFileRecord,
    CheckedTableRecord,
    FindingRecord,
)
from expdb.report.check.judge_number import FINDING_STATUSES
from expdb.report.columns import COLUMNS
from expdb.report.tables.definition_files import definition_to_text
from expdb.store.filtering import filter as filter_language

_THREADS = (
    "CPU threads that a run computes with; by default `OMP_NUM_THREADS`, else as many as are worth their while for the "
    "network and find a free processor ([why](decisions/threads.md)). Results depend on it to the bit"
)
_CHECKPOINT_MINUTES = (
    "least time between two checkpoints of a run, in minutes; 0: one after every epoch; by default "
    f"{DEFAULT_CHECKPOINT_MINUTES:g}. A kill loses no more than that, or the epoch under way if that is longer"
)
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {6,}.*)*)", re.MULTILINE)
_AS_PRINTED = """
`expdb table --columns` takes the same in short: `KEY`, with `:delta`, `:interval`, `:p` or `:n`, with a number of
decimals, and with a heading: `'model=Network,top1:2=Acc., test,top1:delta:1'`. A heading goes on up to a comma behind
which a known column stands; one that holds such words stands in quotes: `'top1="Acc., epochs"'`.

No two rows read alike: behind the first text of rows that would, what differs between them stands in brackets
(`ResNet18 (lr 0.1)`), in up to three settings; of single runs that share all settings the seed, else their number. More
settings, and what is no setting (the number of test images, say), a note names.
"""
_IN_A_TEXT = r"""
A text asks for one value by the table's name, the row and the column.

- ROW is a key that the definition gives under `keys`, or the values of its row keys (`rows = ["model", "aug"]`:
  `senet101/autoaugment`), of a table of runs the run's name, else its number. It is never the printed label, which may
  change. A table of groups needs `keys`:

```toml
name = "cifar"
columns = ["model_label", "top1", {{ key = "top1", shows = "delta" }}]
baseline = "model = resnet50"
[keys]
base = "model = resnet50"
ours = "model = senet101 and aug = autoaugment"
```

- COLUMN is a column's key, and where a column is of other epochs or shows something else, that too: `top1`,
  `top1:best`, `top1:delta`, `top1:delta:previous`, `top1:p:paired`; of a pivot with its value: `top1@cifar100`. A mean
  over seeds has parts: `top1` is the mean,
  {parts}.

**LaTeX.** `expdb table cifar --format macros -o cifar.macros.tex` writes the values as definitions. Values print as in
the table, also in headings, captions and mathematics; a table, row or column that is not there is an error
of LaTeX, which stops `latexmk`. Several tables' files go together. In names, `% # {{ }} \ ^` get a backslash in front.

```latex
\input{{cifar.macros}}
We reach \expdb{{cifar}}{{ours}}{{top1}}\,\% ($\pm$ \expdb{{cifar}}{{ours}}{{top1:spread}}).
```

**Markdown and HTML.** `We reach <!-- expdb:value cifar ours top1 -->81.62<!-- / --> %.`, anywhere in a line; names with
spaces in quotes. `expdb check` judges the number at its printed decimals, with its ± if one is printed, and `--update`
writes what the table prints in its place: the whole cell where a spread or number of seeds was printed, else the number
alone. Bold, and a % behind it, stay."""
HEADINGS_EXAMPLE = """\
[quantities.top1]
en = ["acc. (ours)", "Score"]
ko = ["최종 성능"]

[quantities.train_seconds]
in_unit = { h = ["Wall hours"] }

[units.time.min]
ko = ["분 단위"]
de = ["Minuten"]

[datasets.cifar100-lt]
en = ["Long-tailed CIFAR-100", "CIFAR-100-LT"]

[around.other_images]
en = ["fog"]
"""
_HEADINGS = """
`import report` and `check` read a heading word by word. What a word of yours means is said by
`--heading 'acc. (ours)=top1'`, or for many by a file, `--headings FILE.toml`, of the same form as expdb's own
(`expdb/catalog/headings.toml`). Your words stand before expdb's. Case, spaces, hyphens and full stops make no
difference, `{n}` stands for a number. Lists of words stand under the two letters of their language (`en`, `ko`, `de`
and every other one), or `signs`:

```toml
EXAMPLE```

`check` knows besides what scripts of yours log: `metrics.NAME` by its name or heading, with the split said anywhere
(`test/miou` is `test mIoU` and `mIoU (test, %)`), and parameters, `settings.NAME`. Where a heading may mean several, or
says no split and the metric is not of the test split, nothing is compared, and the line that says so has the option to
give: `--heading 'mIoU=metrics.test/miou'`. A metric of no stated split is none of a heading that says one.
"""
_HEADING_SECTIONS = {
    "[quantities.KEY]": (
        "words for a column of expdb, or for `dataset`, `links`, `remark`, `row`; `top1_error` and `top5_error` "
        "are error rates. `with_unit`: words that mean it only where a unit is said; `in_unit`: words that say the "
        "unit too"
    ),
    "[hints.KEY]": (
        "words that do not say which quantity they are of: the column stays one of its own, and KEY is proposed. "
        "`broad`: words that may stand beside the quantity in brackets, as in `연산량 (MACs)`"
    ),
    "[words.KIND]": (
        "KIND is `accuracy`, `error`, `count` (`number of`), `filler` or `remark` (words that say nothing)"
    ),
    "[splits.SPLIT]": "SPLIT is `test`, `val` or `train`",
    "[stages.STAGE]": (
        "of which epochs a result is: `last`, `best`, `mean` (of the last {n}); `seeds`: of how many it is the mean"
    ),
    "[units.DIMENSION.UNIT]": (
        "of headings and cells alike; DIMENSION is `percent`, `count`, `time`, `memory`, `length` or `rate`. "
        "`factor`, of a UNIT that expdb has not: how many ones, seconds or bytes it is; `in_cells`: words for it "
        "behind numbers only"
    ),
    "[settings.NAME]": (
        "how cells name a setting: `cutmix 1 / lr 1e-4`; with `is_switched = true` it is on where its name heads "
        "results"
    ),
    "[datasets.NAME]": "other spellings of a dataset; NAME is what its runs have",
    "[around.KIND]": (
        "what captions, sentences and headings above say. `altered`, and right beside a name `altered_beside`: "
        "another dataset; `other_images`: no plain accuracies; `changes`: small numbers are differences; "
        "`given_away` and `tuning`: whether results are of the dataset of pretraining. Around a dataset's name: "
        "`names_before`, `names_behind` (it is meant), `pretrained_before`, `pretrained_behind`, "
        "`unmeasured_before`, `unmeasured_behind` (it is not), `lists` (another follows), `alters_with` (between "
        "it and what alters it). Around a result: `result_before`, `result_joins` (it is one), `usual_before` (it may "
        "be), `no_rate_before`, "
        "`no_rate_behind` (it is none), `changed_behind` (it is a difference), `result_of` (its images follow), "
        "`results_before`, `results_behind` (of a split), `best` (of the best epochs), `marks_best` and "
        "`no_best_behind` (not so), `sets`, `images` (what these are called), `no_set_behind` (they are none). "
        "Around all of these: `denies`, `denies_behind`. For `check` alone, of all rows: `epochs` (how long they were "
        "trained), `epochs_in_part` and "
        "`ranges` (not that long), `augmented_before`, `augmented_behind` (an augmentation is on), `doubts_settings` "
        "(or not); `seeds_said`, `seeds_in_doubt`, `other_spread` (± is no standard deviation), `medians`"
    ),
    "[cells.KIND]": (
        "what cells say: `blank` (no number), `yes` and `no`, `ditto` (as above), `summaries` (a row of others, no "
        "model), `links` (it leads elsewhere); what stands behind a number of `seeds`, `devices`, `epochs`, "
        "`images`. What headings have: `plain` (no augmentation), `of_time`, `of_count` (what `m` means below "
        "them)"
    ),
    "[models.NOUN]": (
        "what heads the column of models where several may, the surest first: `model`, `network`, `backbone`, "
        "`method`, `name`"
    ),
    "[captions.PART]": "`table`: what a caption begins with; `sentence_end`: what a sentence ends with and no heading",
}
_JSON = """\
With `--json` a command prints one JSON document in UTF-8 and nothing else on stdout; what it has to say to a person is
on stderr. Accuracies are fractions in [0, 1], durations seconds, sizes bytes, times ISO 8601 in UTC; what is not known
is null, and so is what is no number (JSON has no NaN). Each has a [JSON Schema](https://json-schema.org/), made from
the types in the code, with which a test compares what the commands print. It names every key: one that is new is an
addition, and stands in the changelog.
"""
PATH = Path(__file__).parent / "reference.md"
_JSON_SCHEMAS = runpy.run_path(str(PATH.with_name("json_schemas.py")))  # a file beside this one, of no package
PARTS_OF_REFERENCE = Path(__file__).parent / "parts"
ARCHITECTURE = Path(__file__).parent / "architecture.md"
_MADE = re.compile(
    r"(?<=<!-- made from the contracts in pyproject.toml by `make docs` -->\n).*?(?=<!-- end -->)", re.DOTALL
)

Contract = Mapping[str, Any]


def reference() -> str:
    """Return the whole reference as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Reference"
    yield "\nMade from the code by `make docs`; do not edit.\n"
    yield "## Commands\n"
    yield from _commands()
    yield "\n## Exit codes\n"
    yield "Of every command; those of `check` [in more words](#what-check-says).\n"
    yield from _table(["code", "meaning"], [[str(code), about] for code, about in CODE_MEANINGS.items()])
    yield "\n## Settings\n"
    yield "The everyday ones have flags of their own; each can be given as `--set key=value` or in a TOML file."
    yield "Defaults are those of a bare `expdb run`; names of the catalog imply others (`--dry-run` shows).\n"
    defaults = flatten(RunSpec())
    yield from _table(
        ["key", "default", "meaning"],
        # As `--set` takes them, which wants no quotes around a text.
        [[f"`{key}`", f"`{_json(defaults[key])}`".replace('"', ""), about] for key, about in spec_fields().items()],
    )
    yield "\n## Models\n"
    yield "Any timm architecture by its own name, and:\n"
    yield from _table(
        ["name", "architecture", "about"],
        [[f"`{alias.name}`", alias.arch, alias.description] for alias in ALIASES.values()],
    )
    yield "\n## Datasets\n"
    yield from _table(
        ["name", "about", "files under the data folder"],
        [[f"`{entry.name}`", entry.title, entry.where or "bundled"] for entry in DATASETS.values()]
        + [
            [
                "`folder:PATH`",
                "class folders",
                "PATH/train/CLASS/*.jpg, PATH/test/CLASS/*.jpg, and val/ if there is one ([data.md](data.md))",
            ]
        ],
    )
    yield "\n## Augmentations\n"
    yield from _table(
        ["name", "in tables", "what it does", "source"],
        [[f"`{entry.name}`", entry.label, entry.description, entry.source] for entry in AUGMENTATIONS.values()],
    )
    yield "\n## Optimizers\n"
    yield from _table(
        ["name", "lr", "weight decay", "momentum"],
        [
            [f"`{entry.name}`", f"{entry.lr:g}", f"{entry.weight_decay:g}", f"{entry.momentum or '-'}"]
            for entry in OPTIMIZERS.values()
        ],
    )
    yield "\n## Recipes\n"
    yield "`expdb run --recipe NAME`; `expdb recipes NAME` shows the settings.\n"
    yield from _table(
        ["name", "what it is", "source", "accuracy", "how it differs from the source"],
        [
            [f"`{entry.name}`", entry.description, entry.source, entry.expected, entry.differs or "-"]
            for entry in RECIPES.values()
        ],
    )
    yield "\n## Filters\n"
    yield inspect.cleandoc(filter_language.__doc__ or "").replace("The filter language:", "As in", 1) + "\n"
    yield f"Fields: {', '.join(f'`{name}`' for name in filter_language.FIELDS)}."
    yield "\n## Table definitions\n"
    yield "A TOML or YAML file for `expdb tables add`, which says only what is not at its default:\n"
    yield "```toml"
    yield definition_to_text(report_tables()[0], "toml").rstrip()
    yield "```\n"
    yield from _attributes(TableDefinition)
    for part, where in ((ColumnChoice, "columns"), (Mark, "marks")):
        yield f"\nEach of `{where}`{', or just its key' if part is ColumnChoice else ''}:\n"
        yield from _attributes(part)
    yield _AS_PRINTED
    yield "\n## Numbers in a text"
    spread, n, cell = (f"`top1:{part}`" for part in PARTS)
    yield _IN_A_TEXT.format(parts=f"{spread} what stands behind its ±, {n} the number of seeds, {cell} all of it")
    yield "\n## Headings of written tables"
    yield _HEADINGS.replace("EXAMPLE", HEADINGS_EXAMPLE)
    yield from _table(["section", "what it holds"], [[f"`{name}`", about] for name, about in _HEADING_SECTIONS.items()])
    yield from _part("Importing reports", "importing")
    yield from _import_record()
    yield from _part("Files of rows, papers and claims", "files_of_rows")
    yield from _part("Tables for programs", "tables_for_programs")
    yield from _json_outputs()
    yield from _part("Letters of all scripts", "letters")
    yield "\n## What check says\n"
    yield from _check()
    yield "\n## Columns of tables\n"
    yield from _table(
        ["key", "heading", "meaning"],
        [[f"`{column.key}`", column.heading, column.description] for column in COLUMNS.values()],
    )
    yield "\n## Environment variables\n"
    yield from _table(
        ["name", "meaning"],
        [
            ["`EXPDB_URL`", "the database: a path or an SQLAlchemy URL; by default `runs.db` in the working folder"],
            ["`EXPDB_DATA_DIR`", "where datasets are looked for and downloaded to; `~/.cache/expdb/data`"],
            [
                "`EXPDB_ARTIFACT_DIR`",
                "where the runs' files are; by default where the database says (`expdb db artifacts`)",
            ],
            [f"`{CHECKPOINT_VARIABLE}`", _CHECKPOINT_MINUTES],
            [f"`{THREADS_VARIABLE}`", _THREADS],
            [
                f"`{LOAD_VARIABLE}`",
                f"seconds between two readings of a run's load; {LOAD_SECONDS:g} by default, `0`: none",
            ],
            ["`EXPDB_GROUP_READABLE`", "`1` makes new databases and run folders readable by your group"],
            ["`EXPDB_DEBUG`", "`1` shows tracebacks"],
        ],
    )


def _commands() -> Iterator[str]:
    root = typer.main.get_command(make_app())
    for name, command in sorted(getattr(root, "commands", {}).items()):
        if command.hidden:
            continue
        children = getattr(command, "commands", None)
        for path, leaf in (
            [(f"{name} {sub}", c) for sub, c in sorted(children.items())] if children else [(name, command)]
        ):
            arguments = [p for p in leaf.params if p.param_type_name == "argument"]
            options = [p for p in leaf.params if p.param_type_name == "option" and p.name != "help"]
            usage = " ".join(
                [
                    "expdb",
                    path,
                    *("[OPTIONS]" for _ in options[:1]),
                    *(a.metavar or str(a.name).upper() for a in arguments),
                ]
            )
            yield f"### `{usage}`\n"
            yield " ".join((leaf.help or "").split()) + "\n"
            if options:
                yield from _table(
                    ["option", "meaning"],
                    [[", ".join(f"`{o}`" for o in (*p.opts, *p.secondary_opts)), p.help or ""] for p in options],
                )
                yield ""


def _part(title: str, name: str) -> Iterator[str]:
    """Yield a section whose text stands in a file of its own."""
    yield f"\n## {title}\n"
    yield (PARTS_OF_REFERENCE / f"{name}.md").read_text(encoding="utf-8").rstrip()


def _check() -> Iterator[str]:
    """Yield what `expdb check` finds, its exit codes and its JSON."""
    yield from _table(["status", "meaning"], [[status, STATUS_MEANINGS[status]] for status in FINDING_STATUSES])
    yield ""
    yield from _table(["exit code", "meaning"], [[str(code), about] for code, about in EXIT_CODES.items()])
    meanings = _JSON_SCHEMAS["meanings"]
    yield from _keys("`expdb check --json` prints an array of objects, one a file", meanings(CheckedFileRecord))
    yield from _keys("Each of `tables`", meanings(CheckedTableRecord))
    yield from _keys("Each of `findings`", meanings(FindingRecord))


def _import_record() -> Iterator[str]:
    """Yield the JSON of `expdb import report`."""
    meanings = _JSON_SCHEMAS["meanings"]
    always = meanings(ReadReportRecord)
    either = {
        **{
            key: f"{about}; not with `--dry-run`"
            for key, about in meanings(EnteredReportRecord).items()
            if key not in always
        },
        **{
            key: f"{about}; only with `--dry-run`"
            for key, about in meanings(ShownReportRecord).items()
            if key not in always
        },
    }
    yield from _keys("`expdb import report --json` prints an object", either | always)
    yield from _keys("Each of `tables`", meanings(EnteredTable))
    yield from _keys("Each of `rows`; null where the document does not say", meanings(ReportedRun))
    yield from _keys("Each of `readings`", meanings(ReadingRecord))


def _json_outputs() -> Iterator[str]:
    """Yield what every command prints with `--json`, and where its schema is."""
    yield "\n## JSON of commands\n"
    yield _JSON
    yield from _table(
        ["command", "prints", "schema"],
        [
            [f"`expdb {command} --json`", output.text, f"[{file}](schemas/{file})"]
            for command, output in _JSON_SCHEMAS["OUTPUTS"].items()
            if (file := _JSON_SCHEMAS["file_of"](command))
        ],
    )


def _keys(title: str, keys: Mapping[str, str]) -> Iterator[str]:
    yield f"\n{title}:\n"
    yield from _table(["key", "meaning"], [[f"`{key}`", about] for key, about in keys.items()])


def _attributes(model: type[BaseModel]) -> Iterator[str]:
    """Yield a table of a model's fields: their defaults, and what its docstring says of them."""
    _, _, listed = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")
    about = {name: " ".join(text.split()).rstrip(".") for name, text in _ATTRIBUTE.findall(listed)}
    rows = []
    for name, field in model.model_fields.items():
        if name != "version":
            choices = ", ".join(
                f"`{choice}`" for choice in _choices(field.annotation) if f"`{choice}`" not in about[name]
            )
            rows.append([f"`{name}`", _default(field), about[name] + (f"; {choices}" if choices else "")])
    yield from _table(["key", "default", "meaning"], rows)


def _choices(annotation: Any) -> list[str]:
    """Return the texts that a type allows besides others."""
    if get_origin(annotation) is Literal:
        return [choice for choice in get_args(annotation) if isinstance(choice, str)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _default(field: FieldInfo) -> str:
    """Return a default as a definition's file would say it."""
    if field.is_required():
        return "needed"
    default = field.get_default(call_default_factory=True)
    return "-" if default is None else f"`{_json(default)}`"


def _json(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _table(headings: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def architecture(text: str, linter: Mapping[str, Any]) -> str:
    """Return the text of docs/architecture.md with the picture and the rules that import-linter's settings make."""
    made = "\n".join(
        ["", *_picture(linter["contracts"], linter["root_packages"]), "", *_rules(linter["contracts"]), "", ""]
    )
    return _MADE.sub(lambda _: made, text)


def read_linter() -> dict[str, Any]:
    """Return import-linter's settings."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = project["tool"]["importlinter"]
    return settings


def _picture(contracts: Sequence[Contract], roots: Sequence[str]) -> Iterator[str]:
    """Yield a mermaid graph: a box a layer, a frame around a package's layers, arrows to what may be imported."""
    frames: dict[str, list[str]] = defaultdict(list)
    for contract in contracts:
        for package in contract.get("containers", ("",)) if contract["type"] == "layers" else ():
            frames[package].extend(contract["layers"])
    yield "```mermaid"
    yield "flowchart TD"
    for above in roots:  # a package of its own that a framed one must not import
        below = [frame for frame in frames if any(_forbids(contract, frame, above) for contract in contracts)]
        yield from (f"    {_id(above)} --> {_id(frame)}" for frame in below)
    inside = []
    for package, layers in frames.items():
        yield from (f'    subgraph {_id(package)}["inside {package}"]',) if package else ()
        ids = []
        for at, layer in enumerate(layers):
            modules = [f"{package}.{name}".strip(".") for name in re.findall(r"[\w.]+", layer)]
            if len(modules) == 1 and modules[0] in frames:
                ids.append(_id(modules[0]))
                continue
            ids.append(f"{_id(package)}_{at}")
            yield f'    {ids[-1]}["{"<br/>".join(wrap(layer, 60))}"]'
            inside += [f"    {ids[-1]} -.- {_id(module)}" for module in modules if module in frames]
        yield from (f"    {upper} --> {lower}" for upper, lower in pairwise(ids))
        yield from ("    end",) if package else ()
    yield from inside
    yield "```"


def _rules(contracts: Sequence[Contract]) -> Iterator[str]:
    """Yield what the contracts say that are no layers, a line each."""
    for contract in contracts:
        about = f"- **{contract['name'][0].upper()}{contract['name'][1:]}**"
        match contract["type"]:
            case "forbidden":
                how = "import" if contract.get("allow_indirect_imports") else "import, also through others,"
                sources, forbidden = _codes(contract["source_modules"]), _codes(contract["forbidden_modules"])
                yield f"{about}: {sources} must not {how} {forbidden}."
            case "protected":
                allowed, protected = _codes(contract["allowed_importers"]), _codes(contract["protected_modules"])
                yield f"{about}: only {allowed} may import {protected}."
            case "independence":
                yield f"{about}: {_codes(contract['modules'])} do not import each other."
            case "layers":
                ignored = contract.get("exhaustive_ignores", ())
                apart = f" but {_codes(ignored)}, which stand apart" if ignored else ""
                if contract.get("exhaustive"):
                    yield f"{about}: every module of {_codes(contract['containers'])} has its place in it{apart}."
            case kind:
                yield f"{about} ({kind})."


def _forbids(contract: Contract, importer: str, imported: str) -> bool:
    return (
        contract["type"] == "forbidden"
        and importer in contract["source_modules"]
        and imported in contract["forbidden_modules"]
    )


def _id(package: str) -> str:
    return package.replace(".", "_") or "top"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def write_schemas(folder: Path) -> None:
    """Write a file for every command that prints JSON, and delete those of commands that are gone."""
    made = _JSON_SCHEMAS["schemas"]().items()
    texts = {_JSON_SCHEMAS["file_of"](command): _JSON_SCHEMAS["written"](schema) for command, schema in made}
    for left in {path.name for path in folder.glob("*.json")} - texts.keys():
        (folder / left).unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(PATH.parent / "schemas")
    PATH.write_text(reference(), encoding="utf-8")
    ARCHITECTURE.write_text(architecture(ARCHITECTURE.read_text(encoding="utf-8"), read_linter()), encoding="utf-8")
