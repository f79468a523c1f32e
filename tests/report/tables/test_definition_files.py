"""Definitions as TOML and YAML: written, read back, and what is said of files that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.catalog.reported import report_tables
from expdb.domain.table import ColumnChoice, Mark, TableDefinition
from expdb.errors import SpecError
from expdb.report.tables.definition_files import definition_to_text, definitions_from_text, read_definitions

FORMS = ("toml", "yaml")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# TableRow ends and other controls that YAML and TOML fold or refuse are not what a definition is made of.
printable = texts.map(lambda text: "".join(char for char in text if char.isprintable()))
keys = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}(\.[A-Za-z0-9^/%]{1,6})?", fullmatch=True)
values = st.one_of(
    st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), printable
)
choices = st.builds(
    ColumnChoice,
    key=keys,
    heading=st.none() | printable,
    format=st.sampled_from([None, "percent", "millions_cut", "tick"]),
    decimals=st.none() | st.integers(0, 12),
    unit=st.none() | printable,
    under=st.none() | printable,
    at=st.sampled_from(["last", "best", "mean-5"]),
    shows=st.sampled_from(["value", "n"]),
    spread=st.sampled_from(["std", "interval", "none"]),
    best=st.sampled_from(["auto", "max", "min", "none"]),
)
definitions = st.builds(
    TableDefinition,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    title=printable,
    specs=st.lists(st.dictionaries(keys, values, max_size=3), max_size=2).map(tuple),
    rows=st.sampled_from(["groups", ("model",), ("model", "aug")]),
    columns=st.lists(choices, min_size=1, max_size=3).map(tuple),
    section=st.none() | keys,
    sort=st.lists(keys, max_size=2).map(tuple),
    baseline=printable,
    keys=st.dictionaries(st.sampled_from(["ours", "se net", "50%", "한글", "a\\b{c}#_^~"]), printable, max_size=2),
    targets=st.dictionaries(keys, printable, max_size=2),
    marks=st.lists(
        st.builds(Mark, where=printable, mark=st.sampled_from("†‡*"), note=printable),
        max_size=2,
        unique_by=lambda mark: mark.mark,
    ).map(tuple),
    emphasis=st.sampled_from(["best", "second", "none"]),
    clear_only=st.booleans(),
    missing=printable,
    transpose=st.booleans(),
)


@pytest.mark.parametrize("form", FORMS)
@given(definition=definitions)
def test_what_is_written_is_read_back(form, definition):
    text = definition_to_text(definition, form)

    assert definitions_from_text(text, form) == [definition]


@pytest.mark.parametrize("form", FORMS)
def test_the_reports_tables_are_read_back(form):
    for definition in report_tables():
        assert definitions_from_text(definition_to_text(definition, form), form) == [definition]


def test_defaults_are_not_written():
    assert definition_to_text(TableDefinition(name="t", columns=(ColumnChoice(key="top1"),)), "toml") == (
        'version = 2\nname = "t"\ncolumns = [\n    { key = "top1" },\n]\n'
    )


def test_a_definition_without_keys_is_dumped_as_before_there_were_any():
    definition = TableDefinition(name="t", columns=(ColumnChoice(key="top1"),))

    assert "keys" not in definition.model_dump()
    assert "keys" not in definition.model_dump_json()
    assert definition.model_copy(update={"keys": {"a": "id = 1"}}).model_dump()["keys"] == {"a": "id = 1"}


@pytest.mark.parametrize("key", ["", " a", "a ", "a  b", "a\tb", 'a"b', "a'b", "a\u2028b", "a\x1bb", "a" * 101])
def test_a_key_that_no_text_could_name_is_refused(key):
    with pytest.raises(ValueError, match="keys"):
        TableDefinition(name="t", columns=(ColumnChoice(key="top1"),), keys={key: "id = 1"})


def test_a_null_goes_into_yaml_only():
    definition = TableDefinition(name="t", columns=(ColumnChoice(key="top1"),), specs=({"optim.momentum": None},))

    assert definitions_from_text(definition_to_text(definition, "yaml"), "yaml") == [definition]
    with pytest.raises(SpecError, match="holds a null, which TOML does not know: use YAML"):
        definition_to_text(definition, "toml")


def test_a_file_holds_one_definition_or_several(tmp_path):
    one = tmp_path / "one.toml"
    one.write_text('name = "a"\ncolumns = ["model", "top1"]\n[[specs]]\nmodel.name = "resnet18"\n', encoding="utf-8")
    several = tmp_path / "several.YML"
    several.write_text("tables:\n- {name: a, columns: [top1]}\n- {name: b, columns: [{key: top5}]}\n", encoding="utf-8")

    assert read_definitions(one)[0].specs == ({"model.name": "resnet18"},)
    assert [definition.name for definition in read_definitions(several)] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.txt", b"", "is neither .toml nor .yaml"),
        ("none.toml", None, "cannot read .*No such file"),
        ("t.toml", b"name = 1\n# \xff\xfe", r"it is no UTF-8 text \(line 2, byte 0xff\)"),
        ("t.toml", b"name = " + b"[" * 5000, "nested more than 100 deep"),
        ("t.toml", b"name = t\n", "is no TOML: .*line 1"),
        ("t.yaml", b"name: t\ncolumns: [", "t.yaml, line 2: no YAML"),
        ("t.yaml", b"- 1\n- 2\n", "it needs at least name and columns"),
        ("t.yaml", b"", "it needs at least name and columns"),
        ("t.yaml", b"tables: 5", "it needs at least name and columns"),
        ("t.yaml", b"tables: [5]", r"t\.yaml: keys and values are expected \(got 5\)"),
        ("t.yaml", b"name: t\ncolumns: [{key: top1, decimals: x}]", r"columns\.0\.decimals: .* \(got 'x'\)"),
        ("t.toml", b'name = "t"', r"t\.toml: columns is missing$"),
        ("t.toml", b'name = "t"\ncolumns = ["top1"]\nrows = "runs"\nacross = ["aug"]', r"needs rows = \[KEYS\]"),
    ],
)
def test_a_file_that_is_no_definition_is_named_with_the_place(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SpecError, match=words) as caught:
        read_definitions(path)

    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_byte_order_mark_is_no_part_of_a_definition(tmp_path, form):
    (written,) = report_tables()[:1]
    path = tmp_path / f"t.{form}"
    path.write_text(definition_to_text(written, form), encoding="utf-8-sig")

    assert read_definitions(path) == [written]
