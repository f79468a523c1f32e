import json
import os
from pathlib import Path

import pytest

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.check_record import CheckedFileRecord, CheckedTableRecord, FindingRecord
from expdb.report.check.judge_number import FINDING_STATUSES
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

CLEAN = "| Dataset | Model | Top-1 Acc |\n| --- | --- | --- |\n| cifar100 | SENet50 | 80.00 |\n"
WRONG = CLEAN.replace("80.00", "80.10")
STALE = "| Model | Dataset | Top-1 |\n| --- | --- | --- |\n| ResNet-mini | digits | 50.00 |\n"
MARKED = "Text.\n\n<!-- expdb:table mine -->\n| Model |\n| --- |\n<!-- /expdb:table -->\n\nThe end"


@pytest.fixture
def report(cli, tmp_path):
    """A folder with a database, and a function that writes a report into it."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        for run in reported_runs():
            store.add_reported(run)
        add_seeds(store, [0.5, 0.6])
        columns = (ColumnChoice(key="model_label"), ColumnChoice(key="top1"))
        for definition in (
            *report_tables(),
            TableDefinition(name="mine", where="kind = measured", columns=columns, notes=False, emphasis="none"),
        ):
            store.saved_tables.save(definition)

    def write(text: str, name: str = "report.md") -> str:
        (tmp_path / name).write_bytes(text.encode())
        return name

    return write


def test_clean_report_is_one_line_a_table_and_exit_code_0(cli, report):
    result = cli("check", report(f"# 보고서\n\n{CLEAN}\n| A | B |\n|---|---|\n| 1 | x |\n"))

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "report.md:3 table report-1 (by its headings): 1 number: 1 as reported",
        "report.md:7 table passed over: no column is a result of runs (A, B)",
        "report.md:7 column 'A' passed over: metric of its own: “A” is not understood",
        "1 number: 1 as reported in “An Initial Study of Deep Lear…”",
    ]


def test_contradicted_number_is_told_with_line_and_run_and_exit_code_1(cli, report):
    result = cli("check", report(WRONG))

    assert result.code == 1
    assert (
        "  report.md:3 Top-1 Acc of SENet50: 80.10 printed, run 2 says 80.00: contradicted" in result.out.splitlines()
    )
    assert result.out.splitlines()[-1] == "1 number: 1 contradicted"


def test_stale_number_is_shown_but_does_not_fail(cli, report):
    result = cli("check", report(STALE))

    assert result.code == 0
    assert "50.00 printed, runs 11, 12 say 55.00; it was true until run 12: stale" in result.out


def test_numbers_that_are_right_are_listed_if_asked_for(cli, report):
    file = report(CLEAN)
    line = "  report.md:3 Top-1 Acc of SENet50: 80.00 printed: as reported in "

    assert "report.md:3" not in cli("check", file).out.replace("report.md:1 ", "")
    assert any(one.startswith(line) for one in cli("check", file, "--all").out.splitlines())


def test_several_files_are_checked_together(cli, report):
    result = cli("check", report(CLEAN, "a.md"), report(WRONG, "b.md"), report("no table", "c.md"))

    assert result.code == 1
    assert "c.md: nothing was checked: it has no tables" in result.out.splitlines()
    assert result.out.splitlines()[-1] == "2 numbers: 1 as reported in “An Initial Study of Deep Lear…”, 1 contradicted"


def test_json_has_the_keys_that_the_reference_lists_and_every_finding(cli, report):
    result = cli("check", report(WRONG + "\n| A | B |\n|---|---|\n| 1 | x |\n"), "--json")

    [file] = json.loads(result.out)
    [table, other] = file["tables"]
    assert result.code == 1
    assert set(file) == CheckedFileRecord.__required_keys__
    assert list(table) == list(other) == list(CheckedTableRecord.__annotations__)
    assert (file["file"], file["document"], file["updated"]) == ("report.md", file["document"], False)
    assert (file["is_judged"], file["is_contradicted"]) == (True, True)
    assert file["numbers"] == {status: int(status == "contradicted") for status in FINDING_STATUSES}
    assert other["passed_over"] == [
        {"line": 5, "what": "table", "reason": "no column is a result of runs (A, B)"},
        {"line": 5, "what": "column 'A'", "reason": "metric of its own: “A” is not understood"},
    ]
    assert table["findings"] == [
        {
            "line": 3,
            "column": "Top-1 Acc",
            "part": "value",
            "row": "SENet50",
            "printed": "80.10",
            "recorded": "80.00",
            "status": "contradicted",
            "runs": [2],
            "document": "An Initial Study of Deep Learning Architecture for Image Recognition",
            "reason": None,
        }
    ]
    assert list(table["findings"][0]) == list(FindingRecord.__annotations__)


@pytest.mark.parametrize("record", [CheckedFileRecord, CheckedTableRecord, FindingRecord])
def test_reference_describes_every_key_of_the_json_and_every_status_and_exit_code(record):
    text = (Path(__file__).parents[3] / "docs" / "reference.md").read_text(encoding="utf-8")
    part = text.partition("## What check says")[2].partition("\n## ")[0]

    assert [key for key in record.__required_keys__ if f"| `{key}` |" not in part] == []
    assert [status for status in FINDING_STATUSES if f"| {status} |" not in part] == []
    assert all(f"| {code} |" in part for code in (0, 1, 2, 3))


@pytest.mark.parametrize(
    "text",
    [
        "no table",
        "| A | B |\n|---|---|\n| 1 | x |\n",
        "| Model | Top-1 |\n|---|---|\n| Nobody | 80.00 |\n",  # no run fits its row
        "```\n| Dataset | Model | Top-1 Acc |\n|-|-|-|\n| cifar100 | SENet50 | 80.00 |\n```\n",
        "| Model | FPS |\n|---|---|\n| SENet50 | 80.00 |\n",  # no result that runs have
    ],
)
def test_file_in_which_nothing_was_checked_is_exit_code_3_and_said(cli, report, text):
    file = report(text)

    result = cli("check", file)

    assert result.code == 3
    assert any(line.startswith("report.md: nothing was checked") for line in result.out.splitlines())
    assert cli("check", file, "--allow-empty").code == 0
    assert json.loads(cli("check", file, "--json").out)[0]["is_judged"] is False


def test_contradiction_in_one_file_wins_over_nothing_checked_in_another(cli, report):
    assert cli("check", report("no table", "a.md"), report(WRONG, "b.md")).code == 1
    assert cli("check", "a.md", report(CLEAN, "c.md")).code == 3
    assert cli("check", "a.md", "c.md", "--allow-empty").code == 0


def test_numbers_that_are_unknown_for_one_reason_are_one_line(cli, report):
    text = "| Model | FPS | Top-1 Acc |\n|-|-|-|\n| SENet50 | 8 | 80.00 |\n| ResNet50 | 9 | 79.05 |\n"

    lines = cli("check", report(text)).out.splitlines()

    [line] = [line for line in lines if line.startswith("  report.md:3,4 FPS: 2 numbers, metric of its own")]
    assert line.endswith("say --heading 'FPS=images_per_second' if it is: unknown")


def test_column_that_is_compared_with_nothing_is_listed_with_its_reason(cli, report):
    text = "| Model | Remark | Top-1 Acc |\n|-|-|-|\n| SENet50 | fine | 80.00 |\n| ResNet50 | odd | 79.05 |\n"

    lines = cli("check", report(text)).out.splitlines()

    assert any(line.startswith("  report.md:1 column 'Remark' passed over: ") for line in lines)


def test_document_of_several_files_is_refused(cli, report):
    result = cli("check", report(CLEAN, "a.md"), report(CLEAN, "b.md"), "--document", "mine")

    assert (result.code, result.out) == (2, "")
    assert result.err == "error: --document 'mine' names one report: give one FILE, not 2\n"


def test_update_rewrites_marked_tables_only(cli, report, tmp_path):
    file = report(MARKED + "\n\n" + WRONG)

    result = cli("check", file, "--update")
    written = (tmp_path / file).read_bytes().decode()

    assert result.code == 1  # the table without marks is as wrong as before
    assert result.out.startswith("report.md: tables rewritten\n")
    assert written == (
        "Text.\n\n<!-- expdb:table mine -->\n| Model | Top-1 (last, %) |\n| --- | --- |\n"
        f"| ResNet-mini | 55.00 ± 7.07 (2) |\n<!-- /expdb:table -->\n\nThe end\n\n{WRONG}"
    )
    assert cli("check", file, "--update").out.startswith("report.md: its marked tables are as they should be\n")
    assert (tmp_path / file).read_bytes().decode() == written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read 'report.md': No such file or directory"),
        (b"\xff\xfe", "cannot read 'report.md': it is no UTF-8 text (line 1, byte 0xff)"),
        (b"<!-- expdb:table min -->\n| A |\n|-|\n", "report.md: line 1: unknown table 'min': did you mean mine?"),
        (b"<!-- /expdb:table -->\n", "report.md: line 1: an end mark, but no"),
        (
            b"> <!-- expdb:table mine -->\n> | A |\n> |-|\n",
            "report.md: line 1: '> <!-- expdb:table mine -->' is no mark",
        ),
    ],
)
def test_report_that_cannot_be_checked_is_one_line_and_exit_code_2(cli, report, tmp_path, content, message):
    if content is not None:
        (tmp_path / "report.md").write_bytes(content)

    result = cli("check", "report.md")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {message}")
    assert result.err.count("\n") == 1


def test_one_bad_mark_leaves_all_files_as_they_were(cli, report, tmp_path):
    good, bad = report(MARKED, "good.md"), report("<!-- /expdb:table -->\n", "bad.md")

    assert cli("check", "--update", bad, good).code == 2
    assert cli("check", "--update", good, bad).code == 2
    assert (tmp_path / good).read_bytes().decode() == MARKED


def test_update_without_marks_does_not_say_that_all_is_well(cli, report):
    result = cli("check", report(WRONG), "--update")

    assert result.code == 1
    assert result.out.startswith("report.md: no marked table was rewritten\n")


def test_marks_without_a_table_are_told_and_exit_code_1(cli, report):
    result = cli("check", report("<!-- expdb:table mine -->\n\n| Model | Top-1 |\n<!-- /expdb:table -->\n"))

    assert result.code == 1
    assert result.out.splitlines()[0] == "report.md:1 table mine: between these marks no table is read"


def test_row_that_a_marked_table_does_not_print_is_exit_code_1(cli, report):
    result = cli("check", report(MARKED))

    assert result.code == 1
    assert "  report.md:4 row ResNet-mini of table mine is not printed" in result.out.splitlines()


def test_update_tells_which_notes_it_takes_out(cli, report):
    text = MARKED.replace("<!-- /", "\n- Mean of two.\n<!-- /")

    result = cli("check", report(text), "--update")

    assert result.code == 0
    assert result.out.splitlines()[:2] == [
        "report.md: tables rewritten",
        "  report.md:7 note taken out: - Mean of two.",
    ]


def test_a_file_of_values_alone_is_checked_and_rewritten(cli, report, tmp_path):
    definition = "name = 'ours'\nwhere = 'kind = measured'\ncolumns = ['model', 'top1']\n[keys]\nbest = 'seed = 0'\n"
    assert cli("tables", "add", report(definition, "t.toml")).code == 0
    text = "We reach <!-- expdb:value ours best top1 -->{}<!-- / --> %.\n"

    for printed, code, word in (("55.00", 0, "confirmed"), ("55.0 ± 7.1", 0, "confirmed"), ("56.0", 1, "contradicted")):
        checked = cli("check", report(text.format(printed)))
        assert (checked.code, word in checked.out) == (code, True), checked.out
        assert "report.md:1 values of table ours: " in checked.out

    updated = cli("check", "report.md", "--update")
    assert (updated.code, updated.err) == (0, "")
    assert "report.md: values rewritten" in updated.out
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == text.format("55.00")

    refused = cli("check", report(text.format("55.00").replace("best", "theirs")), "--update")
    assert refused.code == 2
    assert "report.md: line 1: unknown row of table 'ours' 'theirs'" in refused.err


def test_values_of_a_page_are_checked_and_rewritten(cli, report, tmp_path):
    definition = "name = 'ours'\nwhere = 'kind = measured'\ncolumns = ['model', 'top1']\n[keys]\nbest = 'seed = 0'\n"
    assert cli("tables", "add", report(definition, "t.toml")).code == 0
    text = "<h1>Ours</h1>\n<p>We reach <!-- expdb:value ours best top1 --><b>{}</b><!-- / --> %.</p>\n"

    for printed, code, word in (("55.00", 0, "confirmed"), ("56.0", 1, "contradicted")):
        checked = cli("check", report(text.format(printed), "page.html"))
        assert (checked.code, word in checked.out) == (code, True), checked.out
        assert "page.html:2 values of table ours: " in checked.out

    updated = cli("check", "page.html", "--update")
    assert (updated.code, updated.err) == (0, "")
    assert "page.html: values rewritten" in updated.out
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == text.format("55.00")


def test_update_of_a_page_without_marked_values_is_bad_input(cli, report, tmp_path):
    page = "<h1>CIFAR-100</h1><table><tr><th>Model<th>Top-1<tr><td>SENet50<td>80.10</table>"

    refused = cli("check", report(page, "page.html"), "--update")

    assert (refused.code, "--update rewrites marked tables" in refused.err) == (2, True)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("printed", "code", "status"),
    [("80.00", 0, "as reported in “An Initial Study of Deep Lear…”"), ("80.10", 1, "contradicted")],
)
def test_thesis_is_checked(cli, report, printed, code, status):
    rows = f"Model & Top-1 Acc \\\\ \\midrule\n SENet50 & {printed} \\\\"
    tabular = f"\\begin{{tabular}}{{lc}}\n{rows}\n\\end{{tabular}}"
    thesis = f"\\section{{CIFAR-100}}\n\\begin{{table}}\\caption{{Ours}}\n{tabular}\n\\end{{table}}\n"

    result = cli("check", report(thesis, "thesis.tex"))

    assert (result.code, result.err) == (code, "")
    assert result.out.splitlines()[-1] == f"1 number: 1 {status}"


@pytest.mark.parametrize("command", [("check",), ("import", "report", "--dry-run")])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# C10{0}\n\n| Model | Top-1 | Foo{0} |\n|---|---|---|\n| a{0} | 95.1 | 3 | 4{0} |\n| b | 1{0} |\n"),
        ("a.html", "<h1>C10{0}&#27;[5m</h1><table><tr><th>Model<th>Top-1<th>B{0}<tr><td>a&#27;[2J<td>95<td>3</table>"),
        ("a.tex", "\\section{{C10}}\\begin{{tabular}}{{lc}} Model & Top-1 \\\\\\hline a{0}\\char27&9\\end{{tabular}}"),
        ("a\n\x1b[31m[red].md", "# C10\n\n| Model | Top-1 |\n|---|---|\n| a | 95 |\n"),
    ],
)  # fmt: skip
def test_nothing_of_a_report_drives_the_terminal(cli, report, command, name, text):
    text = text.replace("C10", "CIFAR-10")
    result = cli(*command, report(text.format("\x1b[31m[red]x[/red]\x9b1m\u202e\x07"), name))

    assert result.code in (0, 3)
    assert result.err == ""
    said = result.out
    assert [char for char in said if not char.isprintable() and char != "\n"] == []
    assert "[red]" in said


@pytest.mark.parametrize("command", [("check",), ("import", "report", "--dry-run")])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("folder", "Is a directory"),
        ("pipe", "it is no file but a pipe or a device"),
        ("loop", "Too many levels of symbolic links"),
        ("bytes", "it is no UTF-8 text"),
        ("large", "at most 20,000,000 are read"),
        ("missing", "No such file or directory"),
    ],
)
def test_what_is_no_text_is_one_line_of_bad_input(cli, report, tmp_path, command, kind, said):
    path = tmp_path / "report.md"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to("report.md")
    elif kind == "bytes":
        path.write_bytes(b"# \xff\xfe")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(20_000_001)

    result = cli(*command, "report.md")

    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert said in result.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "|" + "a|" * 3000 + "\n|" + "-|" * 3000 + "\n|" + "1|" * 3000),
        ("a.md", "| Model | Top-1 |\n|---|---|\n| " + "a" * 100_000 + " | 95 |\n"),
        ("a.html", "<table><tr>" + "<td>1" * 3000 + "</table>"),
        ("a.html", "<!DOCTYPE x [<!ENTITY a '&b;&b;'>]>" + "<table><tr><td>&a;" * 2000),
        ("a.tex", "\\begin{tabular}{l}" * 2000),
        ("a.tex", "\\begin{tabular}{l}" + "{" * 5000 + "a & b" + "}" * 5000 + "\\end{tabular}"),
        ("a.tex", "\\newcommand{\\a}{\\a\\a}\\begin{tabular}{l} Model \\\\ \\a \\end{tabular}"),
        ("a.tex", "\\iffalse " * 5000),
    ],
)
def test_far_too_large_or_nested_tables_are_one_line_of_bad_input(cli, report, name, text):
    result = cli("import", "report", "--dry-run", report(text, name))

    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert len(result.err) < 3000
    assert cli("check", name).code == 3


IMPORTED = (
    "# CIFAR-10\n\n| Model | Top-1 | FPS |\n|-|-|-|\n| ViT-Q | 95.1 ± 0.2 | 812 |\n| ViT-R | 96.0 ± 0.1 | 640 |\n"
)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("812", "813", "FPS of ViT-Q: 813 printed, its import says 812: contradicted"),
        ("96.0 ± 0.1", "96.0", "Top-1 (std) of ViT-R: no ± printed, its import says 0.1: contradicted"),
        ("95.1", "95.7", "Top-1 of ViT-Q: 95.7 printed, its import says 95.1: contradicted"),
    ],
)
def test_report_that_was_altered_after_its_import_is_exit_code_1(cli, report, old, new, told):
    file = report(IMPORTED, "vit.md")
    assert cli("import", "report", file).code == 0

    clean = cli("check", file)
    altered = cli("check", report(IMPORTED.replace(old, new), "vit.md"))

    assert (clean.code, clean.out.splitlines()[-1]) == (0, "6 numbers: 6 same as its import")
    assert altered.code == 1
    assert any(line.endswith(told) for line in altered.out.splitlines())


def test_report_is_known_by_its_declared_document_under_another_name(cli, report):
    assert cli("import", "report", report(IMPORTED, "vit.md"), "--document", "thesis").code == 0

    assert cli("check", report(IMPORTED, "other.md"), "--document", "thesis").out.endswith("6 same as its import\n")
    assert "as reported" in cli("check", "other.md").out


def test_thesis_is_checked_and_not_updated(cli, report):
    rows = r"ResNet-mini & digits & {} \\"
    text = r"\begin{{tabular}}{{llr}} Model & Dataset & Top-1 (\%) \\ {} \end{{tabular}}" + "\n"

    assert cli("check", report(text.format(rows.format("55.00")), "thesis.tex")).code == 0
    assert cli("check", report(text.format(rows.format("56.00")), "wrong.tex")).code == 1
    refused = cli("check", "thesis.tex", "--update")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "--update rewrites marked tables, which LaTeX has not" in refused.err


def test_heading_that_the_user_explains_is_compared(cli, report):
    file = report("| Model | Score of mine |\n|-|-|\n| ResNet-mini | 56.00 |\n")

    assert cli("check", file).code == 3
    assert cli("check", file, "--heading", "Score of mine=top1", "--dataset", "digits").code == 1


@pytest.mark.parametrize("update", [(), ("--update",)], ids=["", "update"])
def test_bad_marks_of_all_files_are_told_and_the_other_files_checked(cli, report, tmp_path, update):
    good = report(CLEAN, "good.md")
    bad = report("<!-- expdb:table nobody -->\n| A |\n|-|\n\n<!-- expdb:value mine x y -->1<!-- / -->\n", "bad.md")
    page = report("<!-- expdb:tabel mine -->", "page.html")
    marked = report(MARKED, "marked.md")

    result = cli("check", bad, good, page, marked, *update)

    assert result.code == 2
    starts = ("error: bad.md: line 1: unknown table 'nobody'", "error: bad.md: line 5: ", "error: page.html: line 1: ")
    assert len(result.err.splitlines()) == len(starts)
    assert all(map(str.startswith, result.err.splitlines(), starts))
    assert "good.md:1 table report-1 (by its headings): 1 number: 1 as reported" in result.out
    assert "marked.md:4 row ResNet-mini of table mine is not printed" in result.out
    assert (tmp_path / marked).read_bytes().decode() == MARKED


CHAPTER = (
    "\\section{CIFAR-100}\n\\begin{tabular}{lc}\nModel & Top-1 Acc \\\\ \\midrule\n SENet50 & 80.00\n\\end{tabular}\n"
)


@pytest.mark.parametrize(
    ("name", "taken_in"),
    [
        ("chapter1.tex", "\\input{chapter1}"),
        ("chapter1.tex", "\\include{chapter1}"),
        ("chapter1.tex", "\\input{./chapter1.tex}"),
        ("chapters/one.tex", "\\input{chapters/one}"),
        ("v1.2.tex", "\\input{v1.2}"),
        ("chapters/one.tex", "\\subfile{chapters/one}"),
    ],
)
def test_a_file_that_takes_in_a_given_one_is_no_table_that_nobody_reads(cli, report, tmp_path, name, taken_in):
    (tmp_path / "chapters").mkdir()
    main = report(f"\\documentclass{{report}}\n\\begin{{document}}\n{taken_in}\n\\end{{document}}\n", "main.tex")
    report(CHAPTER, name)

    together, alone = cli("check", main, name), cli("check", main)

    assert (together.code, "passed over" in together.out) == (0, False)
    assert f"main.tex: has no tables; what it takes in is given too: {name}" in together.out.splitlines()
    assert (alone.code, "main.tex:3 file passed over: \\" in alone.out) == (3, True)
    assert "give that one too" in alone.out
    assert cli("import", "report", main).code == 2
    entered = cli("import", "report", main, name)
    assert (entered.code, entered.err, "skipped" in entered.out) == (0, "", False)


def test_a_chapter_takes_in_a_file_by_its_place_under_the_main_one_and_no_other_of_its_name(cli, report, tmp_path):
    for folder in ("chapters", "other"):
        (tmp_path / folder).mkdir()
    outer = report(CHAPTER + "\\input{chapters/two}\n", "chapters/one.tex")

    assert "file passed over" not in cli("check", outer, report(CHAPTER, "chapters/two.tex")).out
    assert (
        "one.tex:6 file passed over: \\input of chapters/two: " in cli("check", outer, report(CHAPTER, "two.tex")).out
    )


@pytest.fixture
def macros(cli, report, tmp_path):
    """A file of macros of a saved table of three seeds, as expdb writes it."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_seeds(store, [0.7, 0.71, 0.72], model__name="senet_mini")
    definition = (
        "name = 'ours'\nwhere = 'kind = measured and model = senet_mini'\n"
        "columns = ['model', 'top1', 'num_params']\n[keys]\n'se net' = 'seed = 0'\n"
    )
    assert cli("tables", "add", report(definition, "t.toml")).code == 0
    assert cli("table", "ours", "--format", "macros", "-o", "ours.macros.tex").code == 0
    return "ours.macros.tex"


def test_file_of_macros_is_checked_against_its_table(cli, report, tmp_path, macros):
    good = cli("check", macros)
    text = (tmp_path / macros).read_text(encoding="utf-8")
    report(text.replace("71.00", "71.50"), "wrong.macros.tex")
    wrong = cli("check", "wrong.macros.tex")

    assert (good.code, "out of date" in good.out, "values of table ours: " in good.out) == (0, False, True)
    assert wrong.code == 1
    assert "top1 of se net: 71.50 printed" in wrong.out
    assert "out of date: write it anew: expdb table ours --format macros -o wrong.macros.tex" in wrong.out


def test_file_of_macros_that_was_true_before_the_last_run_is_stale_and_told(cli, tmp_path, macros):
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        add_finished(store, top1=0.9, model__name="senet_mini", seed=3)

    result = cli("check", macros)

    assert (result.code, "stale" in result.out, "out of date: write it anew" in result.out) == (0, True, True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{se net}", "{their net}", "the table has no such row or column now"),
        ("{top1}", "{top5}", "the table has no such row or column now"),
        ("{num_params}", "{macs}", "(1 values of the table are not in it)"),
    ],
)
def test_file_of_macros_with_other_rows_or_columns_is_out_of_date(cli, report, tmp_path, macros, old, new, told):
    text = (tmp_path / macros).read_text(encoding="utf-8")

    result = cli("check", report(text.replace(old, new), "other.macros.tex"))

    assert (result.code, told in result.out, "out of date" in result.out) == (1, True, True)


def test_thesis_that_takes_in_macros_says_so_and_is_fine_with_them(cli, report, macros):
    main = report("\\input{ours.macros}\nWe reach \\expdb{ours}{se net}{top1}.\n", "main.tex")

    assert "main.tex:1 file passed over: \\input of ours.macros (numbers of a saved table): give that one too" in (
        cli("check", main).out.splitlines()
    )
    assert cli("check", main, macros).code == 0


def test_file_of_macros_of_no_saved_table_is_bad_input(cli, report, tmp_path, macros):
    text = (tmp_path / macros).read_text(encoding="utf-8").replace("{ours}", "{ourz}")

    result = cli("check", report(text, "other.macros.tex"))

    assert (result.code, "unknown table 'ourz': did you mean ours?" in result.err) == (2, True)


@pytest.mark.parametrize("name", ["", "  "])
def test_empty_name_of_a_dataset_is_refused(cli, report, name):
    path = report("| Model | Top-1 |\n|---|---|\n| ResNet18 | 80.1 |\n")

    result = cli("check", path, "--dataset", name)

    assert (result.code, "names no dataset" in result.err) == (2, True)
