import pytest

from expdb.report.written.document import read_document


def read(text, suffix="csv"):
    return read_document(text, name=f"a.{suffix}")


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("Model,Top-1\na,1\n", "csv"),
        ("\ufeffModel,Top-1\r\na,1\r\n", "csv"),
        ("Model;Top-1\na;1\n", "csv"),
        ("sep=;\nModel;Top-1\na;1\n", "csv"),
        ("Model\tTop-1\na\t1\n", "csv"),
        ("Model\tTop-1\na\t1", "tsv"),
        ('"Model","Top-1"\n\n"a"," 1 "\n\n', "csv"),
        ("Model,Top-1\na,1,,\n", "csv"),
    ],
)
def test_dialects_are_read_alike(text, suffix):
    [table] = read(text, suffix).tables

    assert (table.headings, [[cell.text for cell in row.cells] for row in table.rows]) == (
        ("Model", "Top-1"),
        [["a", "1"]],
    )


@pytest.mark.parametrize(
    ("text", "headings"),
    [("Model,a;b\nx,1\n", ("Model", "a;b")), ("Model\nx\n", ("Model",)), ('"a;b"\n"x"\n', ("a;b",))],
)
def test_semicolon_separates_only_where_nothing_else_does(text, headings):
    assert read(text).tables[0].headings == headings


@pytest.mark.parametrize(("head", "first"), [("", 1), ("sep=,\n", 2), ("\n\n", 3)])
def test_lines_are_those_of_the_file(head, first):
    [table] = read(f'{head}Model,Note\na,"one\ntwo"\nb,x\n').tables

    assert (table.first_line, [row.line for row in table.rows]) == (first, [first + 1, first + 3])
    assert table.rows[0].cells[1].text == "one two"


def test_short_row_is_filled_up_and_a_row_of_one_name_is_a_section():
    [table] = read("Model,Top-1,Top-5\na,1\nCIFAR-100,,\nb,2,3\n").tables

    assert [(row.section, [cell.text for cell in row.cells]) for row in table.rows] == [
        (None, ["a", "1", ""]),
        ("CIFAR-100", ["b", "2", "3"]),
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Model,Top-1\na,1,2\n", 2, "a row of 3 cells below 2 headings"),
        ("Model,Top-1\na,1\nb,82,1\n", 3, "a row of 3 cells below 2 headings"),
        ("a,b\n" + "x" * 200_000 + ",1\n", 1, "a cell that is no CSV"),
        ("a," * 3000 + "b\n1\n", 1, "a table of more than 2,000 columns"),
    ],
)
def test_what_is_not_read_is_named_with_its_line(text, line, reason):
    [(found, said)] = read(text).unread

    assert (read(text).tables, found, said[: len(reason)]) == ((), line, reason)


def test_empty_file_holds_no_table():
    assert (read("").tables, read("\n\n").unread) == ((), ())
