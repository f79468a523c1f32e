from decimal import Decimal

import pytest

from expdb.errors import SpecError
from expdb.report.check.same_words import same_words, spellings
from expdb.report.written.formats.markdown_tables import read_tables
from expdb.report.written.marks import find_regions, split_lines
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.rewrite import with_tables
from expdb.report.written.written_table import with_columns_as_rows

TABLE = "| Model | Top-1 |\n| --- | --- |\n| ResNet50 | 79.05 |\n"


def rendered(_region):
    return "| A |\n| --- |\n| 1 |\n"


def test_table_has_its_lines_headings_and_cells():
    [table] = read_tables(f"# 제목\n\ntext\n\n{TABLE}\nmore\n")

    assert (table.first_line, table.last_line, table.headings) == (5, 7, ("Model", "Top-1"))
    assert [(cell.text, cell.line) for row in table.rows for cell in row.cells] == [("ResNet50", 7), ("79.05", 7)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("**82.85 ± 0.12 (3)**", "82.85 ± 0.12 (3)"),
        ("<u>82.85</u><sup>a, b</sup>", "82.85"),
        ("`82.85`", "82.85"),
        ("[82.85](runs.md)", "82.85"),
        (r"a \| b &amp; \*c\*", "a | b & *c*"),
        ("1<br>2", "1 2"),
        ("55.55 ± 0.58 (3)[^1]", "55.55 ± 0.58 (3)"),
        ("SENet-mini [^se] [^2]", "SENet-mini"),
        ("82.85 [1]", "82.85"),
        ("ResNet50_tutorial", "ResNet50_tutorial"),
    ],
)
def test_cell_is_what_a_reader_sees(cell, text):
    notes = "[^1]: https://a.org\n[^se]: A note.\n> [^2]: <https://b.org>\n\n[1]: https://c.org\n"
    [table] = read_tables(f"{notes}\n| A | B |\n|---|---|\n| {cell} | x |\n")

    assert table.rows[0].cells[0].text == text


@pytest.mark.parametrize("text", [f"```\n{TABLE}```\n", "    " + TABLE.replace("\n", "\n    "), "| a | b |\n", ""])
def test_table_in_code_is_none(text):
    assert read_tables(text) == []


def test_row_with_words_in_its_first_cell_only_is_a_section():
    [table] = read_tables("| A | B |\n|---|---|\n| **CIFAR-10** | |\n| x | 1 |\n| **CIFAR-100** | |\n| x | 2 |\n")

    assert [(row.section, row.cells[1].text) for row in table.rows] == [("CIFAR-10", "1"), ("CIFAR-100", "2")]


def test_transposed_table_keeps_the_lines_of_its_cells():
    [table] = read_tables("| | a | b |\n|---|---|---|\n| Top-1 | 1 | 2 |\n| Top-5 | 3 | 4 |\n")
    turned = with_columns_as_rows(table)

    assert turned.headings == ("", "Top-1", "Top-5")
    assert [[(cell.text, cell.line) for cell in row.cells] for row in turned.rows] == [
        [("a", 1), ("1", 3), ("3", 4)],
        [("b", 1), ("2", 3), ("4", 4)],
    ]


@pytest.mark.parametrize(
    "end", ["<!-- /expdb:table -->", "<!-- /expdb:table t -->", "<!--expdb:end-->", "<!-- expdb:table t -->"]
)
def test_region_ends_at_its_end_mark(end):
    [region] = find_regions(f"a\n<!-- expdb:table t -->\n\n{TABLE}\nA note.\n{end}\nb\n")

    assert (region.name, region.line, region.first, region.last, region.is_closed) == ("t", 2, 3, 9, True)


def test_region_without_an_end_is_the_table_that_follows():
    text = (
        f"<!-- expdb:table t -->\n\n{TABLE}\nprose\n\n<!-- expdb:table t -->\n{TABLE}\n<!-- expdb:table u -->\n{TABLE}"
    )

    assert [(region.name, region.first, region.last) for region in find_regions(text)] == [
        ("t", 2, 6),
        ("t", 10, 13),
        ("u", 15, 18),
    ]


def test_marks_in_code_are_text():
    text = "```\n<!-- expdb:table t -->\n```\nsee `<!-- expdb:table t -->` and `` ` <!-- expdb:end --> ``\n"

    assert find_regions(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "> <!-- expdb:table t -->",
        "Table 1: <!-- expdb:table t -->",
        "<!-- expdb:table t --> see `x`",
        "<!-- expdb:table -->",
        "<!-- expdb:table a b -->",
        "> <!-- /expdb:table -->",
    ],
)
def test_mark_without_a_name_or_a_line_of_its_own_is_refused_with_its_line(line):
    with pytest.raises(SpecError, match=r"^line 3: .* is no mark: write <!-- expdb:table NAME -->"):
        find_regions(f"a\n\n{line}\n> | A |\n> | --- |\n> | 1 |\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n<!-- /expdb:table -->\n", "line 2: an end mark, but no"),
        (f"<!-- expdb:table t -->\n{TABLE}<!-- /expdb:table u -->\n", "line 5: this ends table 'u', but table 't'"),
        ("<!-- expdb:table t -->\nprose\n", "line 1: neither a table nor"),
    ],
)
def test_marks_that_do_not_fit_are_refused_with_their_line(text, message):
    with pytest.raises(SpecError, match=message):
        find_regions(text)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n  \ntrailing \u2028 space  "])
def test_update_changes_nothing_but_the_table(newline, tail):
    before = "\ufeff# A\x0c\n\n<!-- expdb:table t -->\n\n".replace("\n", newline)
    after = f"\n\n<!-- /expdb:table -->{tail}".replace("\n", newline)
    old = TABLE.replace("\n", newline)

    assert with_tables(before + old + after, rendered) == before + rendered(None).replace("\n", newline) + after


def test_update_of_an_open_region_keeps_a_missing_final_newline():
    assert with_tables(f"<!-- expdb:table t -->\n{TABLE}".rstrip("\n"), rendered) == (
        "<!-- expdb:table t -->\n" + rendered(None).rstrip("\n")
    )


def test_update_fills_an_empty_region_and_keeps_the_indent():
    text = "- item\n  <!-- expdb:table t -->\n  <!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == (
        "- item\n  <!-- expdb:table t -->\n  | A |\n  | --- |\n  | 1 |\n  <!-- /expdb:table -->\n"
    )


NOTED = "| A |\n| --- |\n\n- Mean of two.\n- <sup>a</sup> One.\n"


@pytest.mark.parametrize("notes", ["", "\n- An old note.\n- <sup>a</sup> Two.\n"])
def test_update_replaces_the_notes_inside_marks(notes):
    text = f"<!-- expdb:table t -->\n{TABLE}{notes}<!-- /expdb:table -->\n"

    assert with_tables(text, lambda _: NOTED) == f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n"


@pytest.mark.parametrize("below", ["\n\nA remark.\n\n* mine\n", "\n\n- an old note\n\nA remark.\n"])
def test_update_keeps_the_text_around_a_table_inside_marks(below):
    text = f"<!-- expdb:table t -->\nTable 1: a caption.\n\n{TABLE.rstrip()}{below}<!-- /expdb:table -->\n"
    kept = below.replace("\n\n- an old note", "")

    new = with_tables(text, lambda _: NOTED)

    assert new == f"<!-- expdb:table t -->\nTable 1: a caption.\n\n{NOTED.rstrip()}{kept}<!-- /expdb:table -->\n"
    assert with_tables(new, lambda _: NOTED) == new


def test_update_keeps_a_line_right_below_a_table_and_parts_it_from_that():
    text = f"<!-- expdb:table t -->\n{TABLE}A remark.\n<!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == (
        f"<!-- expdb:table t -->\n{rendered(None)}\nA remark.\n<!-- /expdb:table -->\n"
    )


def test_update_mends_a_table_that_has_lost_its_line_of_dashes():
    text = "<!-- expdb:table t -->\n| A |\n| 1 |\n\n- A note.\n<!-- /expdb:table -->\n"

    assert with_tables(text, rendered) == f"<!-- expdb:table t -->\n{rendered(None)}<!-- /expdb:table -->\n"


@pytest.mark.parametrize(
    ("inside", "message"), [("A\nremark.\n", "text and no table is"), (f"{TABLE}\n{TABLE}", "2 tables are")]
)
def test_update_refuses_to_replace_what_is_not_one_table(inside, message):
    text = f"<!-- expdb:table t -->\n\n{inside}<!-- /expdb:table -->\n"

    with pytest.raises(SpecError, match=f"^line 3: {message} between the marks of table 't' and would be replaced: "):
        with_tables(text, rendered)


@pytest.mark.parametrize(
    "pasted", ["", "\n- Mean of two.\n", "\n- Mean of two seeds.\n- Left out.\n", "\n- <sup>a</sup> Two.\n"]
)
def test_notes_below_an_open_region_come_once_and_close_it(pasted):
    once = with_tables(f"<!-- expdb:table t -->\n{TABLE}{pasted}\nprose\n", lambda _: NOTED)

    assert once == f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n\nprose\n"
    assert with_tables(once, lambda _: NOTED) == once


def test_list_of_ones_own_below_an_open_region_stays():
    text = f"<!-- expdb:table t -->\n{TABLE}\n- my own\n- list\n"

    assert with_tables(text, lambda _: NOTED) == (
        f"<!-- expdb:table t -->\n{NOTED}<!-- /expdb:table -->\n\n- my own\n- list\n"
    )


def test_lines_are_those_that_markdown_counts():
    assert split_lines("a\r\nb\rc\n\nd\u2028e\x0cf") == ["a\r\n", "b\r", "c\n", "\n", "d\u2028e\x0cf"]


@pytest.mark.parametrize(
    ("text", "form", "units", "value", "step"),
    [
        ("82.85", "percent", (), "82.85", "0.01"),
        ("82.85 %", "percent", (), "82.85", "0.01"),
        ("-0.5", "percent", (), "-0.5", "0.1"),
        ("\N{MINUS SIGN}0.50", "percent", (), "-0.5", "0.01"),
        ("82.9†", "percent", (), "82.9", "0.1"),
        ("23M", "millions", (), "23", "1"),
        ("467K", "millions", (), "0.467", "0.001"),
        ("23.7", "millions", ("M",), "23.7", "0.1"),
        ("23,705,252", "millions", (), "23.705252", "0.000001"),
        ("1.30", "gigas", ("G",), "1.3", "0.01"),
        ("1298M", "gigas", (), "1.298", "0.001"),
        ("1,298", "gigas", ("M",), "1.298", "0.001"),
        ("1,298", "integer", (), "1298", "1"),
        ("1e-4", "number", (), "0.0001", "0.0001"),
        ("1h 7m 26s", "duration", (), "4046", "1"),
        ("1h7m", "duration", (), "4020", "60"),
        ("1:07:26", "duration", (), "4046", "1"),
        ("67 min", "duration", (), "4020", "60"),
        ("1.1", "duration", ("h",), "3960", "360"),
        ("2시간 3분", "duration", (), "7380", "60"),
    ],
)
def test_number_is_read_in_the_unit_of_its_column(text, form, units, value, step):
    read = read_cell(text, form, units)

    assert read is not None
    assert (read.main.value, read.main.step) == (Decimal(value), Decimal(step))


@pytest.mark.parametrize("text", ["82.85 ± 0.12 (3)", "82.85±0.12 (n = 3)", "82.85 +/- 0.12 (n=3)"])
def test_mean_has_its_spread_and_number_of_seeds(text):
    read = read_cell(text, "percent")

    assert read is not None
    assert read.std is not None
    assert (read.main.value, read.std.value, read.n) == (Decimal("82.85"), Decimal("0.12"), 3)


def test_spread_of_a_duration_and_an_interval_are_read():
    time, accuracy = read_cell("1h 7m 26s ± 1m 2s (3)", "duration"), read_cell("80.0 [79.1, 80.9]", "percent")

    assert time is not None
    assert time.std is not None
    assert time.std.value == 62
    assert accuracy is not None
    assert accuracy.low is not None
    assert (accuracy.low.value, accuracy.n) == (Decimal("79.1"), None)


@pytest.mark.parametrize(
    ("text", "form"), [("about 80", "percent"), ("80.1/95.2", "percent"), ("4046", "duration"), ("DDP - 2", "integer")]
)
def test_other_text_is_no_number(text, form):
    assert read_cell(text, form) is None


@pytest.mark.parametrize("text", ["", "–", "-", "n/a", " N/A "])
def test_blank_cells_say_that_there_is_no_number(text):
    assert is_blank(text)


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Top-1 Acc", "top1"), ("Acc@1 (%)", "top1"), ("Accuracy", "top1"), ("TOP-5", "top5"),
        ("#Params (M)", "num_params"), ("Train Time", "train_seconds"), ("MACs", "macs"), ("Epoch", "epochs"),
        ("Optimizer/ batch_size", "optimizer_batch"), ("GPU-개수", "gpus"), ("augmentation techniques", "aug_label"),
        ("Method", "model_aug"), ("LR", "lr"),
    ],
)  # fmt: skip
def test_headings_of_reports_are_understood(heading, key):
    assert read_heading(heading, default_vocabulary()).key == key


def test_heading_that_is_no_column_means_none():
    assert [read_heading(text, default_vocabulary()).keys for text in ("Conf", "frequency")] == [(), ()]


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        ("ResNet-50 + AutoAugment", "resnet50+Auto Augment", True),
        ("weight-decay 1e-4", "weight_decay 1e-4", True),
        ("SENet50 [7, 8]", "SENet50", True),
        ("SENet50 (ours)", "SENet50", True),
        ("SENet50 (Hu et al., 2018)", "SENet50", True),
        ("SENet50 (CVPR 2018)", "SENet50", True),
        ("SENet50 (small)", "SENet50", False),
        ("ResNet\u201050", "ResNet-50", True),
        ("lr 1e\u20114", "lr 1e-4", True),
        ("lr 1e-4", "lr 1e4", False),
        ("lr 0.5", "lr 05", False),
        ("SENet50", "SENet101", False),
    ],
)
def test_words_are_compared_without_the_ways_to_write_them(a, b, is_same):
    assert (same_words(a) == same_words(b)) == is_same


@pytest.mark.parametrize(
    ("label", "other", "is_same"),
    [
        ("SENet50", "SE-ResNet-50", True),
        ("SENet50 + AutoAugment", "seresnet50 + AutoAugment", True),
        ("CBAM-ResNet50", "ResNet50", False),
        ("SENet50", "SENet101", False),
        ("a model of one's own", "SENet50", False),
    ],
)
def test_model_is_known_by_all_names_of_the_catalog(label, other, is_same):
    assert (same_words(other) in map(same_words, spellings(label))) == is_same
