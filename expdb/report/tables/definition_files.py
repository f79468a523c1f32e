"""Table definitions as TOML and YAML files."""

from pathlib import Path
from typing import Literal

from expdb.data.documents import parse_toml, parse_yaml, read_text
from expdb.domain.table import TableDefinition
from expdb.domain.validation import checked
from expdb.errors import SpecError

FileFormat = Literal["toml", "yaml"]
_SUFFIXES: dict[str, FileFormat] = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml"}


def read_definitions(path: Path) -> list[TableDefinition]:
    """Read the definitions of a file: one, or several under `tables`.

    Raises:
        SpecError: the file cannot be read, or is no definition; names the place.
    """
    form = _SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise SpecError(f"{str(path)!r} is neither .toml nor .yaml: a table's definition is one of these")
    return definitions_from_text(read_text(path), form, name=str(path))


def definitions_from_text(text: str, form: FileFormat, *, name: str = "the definition") -> list[TableDefinition]:
    """Read definitions from text; `name` is what an error calls it. Raises SpecError."""
    values = (parse_toml if form == "toml" else parse_yaml)(text, name=name)
    entries = values.get("tables", [values]) if isinstance(values, dict) else None
    others = [key for key in values if key != "tables"] if isinstance(values, dict) and "tables" in values else []
    if others:
        raise SpecError(f"{name}: unknown key {others[0]!r} beside tables: what a table says stands in its own entry")
    if not isinstance(entries, list) or not entries:
        raise SpecError(f"{name} is no table definition: it needs at least name and columns")
    return [checked(TableDefinition, entry, place=name) for entry in entries]


def definition_to_text(definition: TableDefinition, form: FileFormat) -> str:
    """Return a definition as a file that `read_definitions` reads back; what is at its default is left out.

    Raises:
        SpecError: a setting that is null, in TOML.
    """
    values = {"version": definition.version, **definition.model_dump(mode="json", exclude_defaults=True)}
    if form == "yaml":
        import yaml

        return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120)
    import tomli_w

    try:
        return tomli_w.dumps(values)
    except TypeError as error:  # TOML has no null, which a setting may be
        raise SpecError(f"table {definition.name!r} holds a null, which TOML does not know: use YAML") from error
