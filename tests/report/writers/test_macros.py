r"""Numbers of tables as LaTeX macros, held against pdflatex."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.domain.spec import RunSpec
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.tables.build import build_table
from expdb.report.writers.macros import latex_name, to_macros
from expdb.store.store import Store
from tests.store.events import FINISHED, epoch, started
from tests.tables import make_cell, make_column, make_table, report_table, sample

HOSTILE = (
    "50% of all",
    "a_b",
    "#1",
    "a\\b",
    "{x}",
    "}{",
    "한글 이름",
    "^^41",
    "~$&",
    "a/b",
    "\\",
    "a]b",
    "top-1 (%)",
    "é",
)


def typeset(folder: Path, body: str, **inputs: str) -> tuple[int, str]:
    r"""Return how pdflatex ends on a text, and what it wrote by \typeout, or said of an error."""
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex is installed")
    for name, text in inputs.items():
        (folder / f"{name}.macros.tex").write_text(text, encoding="utf-8")
    head = "\n".join([r"\documentclass{article}", *(rf"\input{{{name}.macros}}" for name in inputs)])
    document = f"{head}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "t.tex").write_text(document, encoding="utf-8")
    ended = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "t.tex"],
        cwd=folder, capture_output=True, env={**os.environ, "max_print_line": "2000"},
    )  # fmt: skip
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


def shown(log: str) -> list[str]:
    return re.findall(r"^\[(.*)\]$", log, re.MULTILINE)


def ask(table: str, row: str, column: str) -> str:
    return rf"\typeout{{[\expdb{{{latex_name(table)}}}{{{latex_name(row)}}}{{{latex_name(column)}}}]}}"


def test_a_number_prints_as_its_table_prints_it_by_table_row_and_column(tmp_path):
    asked = [
        *("top1@cifar10", "top1@cifar10:spread", "top1@cifar10:n", "num_params", "train_seconds@cifar10"),
        "model_label",
    ]
    body = "\n".join(ask("cifar-baselines", "resnet50", column) for column in asked)
    code, log = typeset(tmp_path, body, t=to_macros(report_table()))

    assert code == 0, log[-2000:]
    assert shown(log) == ["95.31", "0.12", "3", "23.7M", "1h 7m 26s", "ResNet-50"]


def test_the_whole_cell_prints_with_its_spread_and_number_of_seeds():
    assert r"{top1@cifar10:cell}{95.31 \ensuremath{\pm} 0.12 (3)}%" in to_macros(report_table())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("cifar", "resnet50", "top1@cifar10"), "Package expdb Error: no table cifar."),
        (("cifar-baselines", "ResNet-50", "top1@cifar10"), "Error: table cifar-baselines: no row ResNet-50."),
        (("cifar-baselines", "resnet50", "top-1"), "Error: table cifar-baselines, row resnet50: no column top-1."),
        (("cifar-baselines", "vit_b16", "top1@cifar100:n"), "row vit_b16: no column top1@cifar100:n."),
        (("cifar-baselines", "a_b 50%", "top1"), r"table cifar-baselines: no row a_b 50\%."),
    ],
)
def test_an_unknown_table_row_or_column_fails_the_build_and_is_named(tmp_path, asked, said):
    code, log = typeset(tmp_path, "Text " + ask(*asked)[len(r"\typeout{[") : -len("]}")], t=to_macros(report_table()))

    assert code == 1
    assert said in log


def test_every_name_works_in_latex_with_its_signs_escaped(tmp_path):
    columns = [make_column(text, address=text) for text in HOSTILE]
    rows = [[f"{row}.{column}" for column in range(len(HOSTILE))] for row in range(len(HOSTILE))]
    table = make_table(columns, rows, name="a.b_c-d")
    table = replace(table, rows=tuple(replace(row, key=key) for row, key in zip(table.rows, HOSTILE, strict=True)))
    body = "\n".join(ask("a.b_c-d", row, column) for row in HOSTILE for column in HOSTILE)
    code, log = typeset(tmp_path, body, t=to_macros(table))

    assert code == 0, log[-2000:]
    assert shown(log) == [text for row in rows for text in row]


def test_hostile_values_print_as_they_are(tmp_path):
    values = ["50 % & more", "a_b^c~d", "#1 {x} \\today", "$5 -- ''x''", "[1, 2]"]
    table = make_table([make_column("c")], [(value,) for value in values])
    rows = "".join(rf"\item \expdb{{t}}{{row {number}}}{{c}}" for number in range(1, len(values) + 1))
    code, log = typeset(tmp_path, rf"\begin{{itemize}}{rows}\end{{itemize}}", t=to_macros(table))

    assert code == 0, log[-2000:]


def test_a_number_works_in_headings_captions_notes_tables_and_mathematics(tmp_path):
    cell = make_cell(-0.0019, text="-0.19")
    table = make_table([make_column("d", form="percent"), make_column("m", form="percent", is_sample=True)], [
        (cell, sample(0.9898, 0.0058, 1, 2, 3)),
    ])  # fmt: skip
    value, whole = r"\expdb{t}{row 1}{d}", r"\expdb{t}{row 1}{m:cell}"
    body = rf"""\tableofcontents\section{{Less by {value}}}
$\Delta = {value}$, ${whole}$, \footnote{{{whole}}} \MakeUppercase{{{whole}}}
\begin{{table}}\caption{{Of {value} and {whole}}}
\begin{{tabular}}{{lr}}a & {value} \\ {whole} & b\end{{tabular}}\end{{table}}"""
    for _ in range(2):  # the second time from the files of the first
        code, log = typeset(tmp_path, body, t=to_macros(table))
        assert code == 0, log[-2000:]


def test_the_files_of_several_tables_go_together_and_a_newer_one_replaces_an_older_one(tmp_path):
    one, two = (make_table([make_column("c")], [(text,)], name=name) for name, text in (("one", "1"), ("two", "2")))
    newer = to_macros(make_table([make_column("c")], [("3",)], name="one"))
    body = "\n".join(ask(name, "row 1", "c") for name in ("one", "two"))

    code, log = typeset(tmp_path, body, one=to_macros(one), two=to_macros(two), three=newer)

    assert code == 0, log[-2000:]
    assert shown(log) == ["3", "2"]


def test_a_file_may_be_read_inside_a_group_and_leaves_no_space(tmp_path):
    (tmp_path / "u.macros.tex").write_text(to_macros(make_table([make_column("c")], [("1",)])), encoding="utf-8")
    body = r"""{\setbox0\hbox{a\input{u.macros}b}\setbox1\hbox{ab}\typeout{[\the\dimexpr\wd0-\wd1\relax]}}
""" + ask("t", "row 1", "c")
    code, log = typeset(tmp_path, body)

    assert code == 0, log[-2000:]
    assert shown(log) == ["0.0pt", "1"]


def test_another_packages_macro_of_that_name_is_not_overwritten(tmp_path):
    text = to_macros(make_table([make_column("c")], [("1",)]))
    code, log = typeset(tmp_path, "", t=r"\newcommand\expdb{mine}" + "\n" + text)

    assert code == 1
    assert r"Command \expdb already defined" in log


def test_columns_that_would_be_asked_for_alike_are_refused():
    columns = [make_column("top1", "A"), make_column("top1", "B")]

    with pytest.raises(
        SpecError, match=r"two columns of table 't' would be asked for by 'top1' \('A' and 'B'\): leave"
    ):
        to_macros(make_table(columns, [("1", "2")]))


def test_a_column_of_seeds_says_the_same_as_the_part_of_its_mean():
    columns = [make_column("top1", form="percent", is_sample=True), make_column("top1.n", address="top1:n")]
    text = to_macros(make_table(columns, [(sample(0.5, 0.1, 1, 2), 2)]))

    assert text.count("{top1:n}{2}") == 1


def test_a_table_whose_rows_cannot_be_asked_for_is_refused():
    with pytest.raises(SpecError, match="no keys"):
        to_macros(replace(report_table(), key_problem="no keys"))


def test_the_first_lines_say_what_the_values_need_and_how_many_rows_have_no_key():
    table = make_table([make_column("c")], [("✓",), ("한글",)])
    unkeyed = replace(table, rows=(table.rows[0], replace(table.rows[1], key=None)))

    assert r"\usepackage{amssymb}" in to_macros(table)
    assert r"% Has Korean letters: \usepackage{kotex}, or lualatex" in to_macros(table)
    assert "Rows without a key in the table's definition: 1" in to_macros(unkeyed)
    assert "xelatex" not in to_macros(unkeyed)


def test_a_thesis_is_rebuilt_from_the_database(tmp_path):
    shutil.copy(Path(__file__).parents[3] / "runs.db.example", tmp_path / "runs.db")
    thesis = "\n".join(ask("tour", *asked) for asked in (("se", "top1"), ("se", "top1:n"), ("base", "top1")))
    keys = {"base": "model = resnet_mini and group = tour", "se": "model = senet_mini and group = tour"}
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        store.saved_tables.save(TableDefinition.model_validate({**store.table("tour").model_dump(), "keys": keys}))
        before = typeset(tmp_path, thesis, tour=to_macros(build_table(store, store.table("tour"))))
        spec = store.run(min(store.ids(keys["se"]))).spec
        assert spec is not None
        _train(store, spec.model_copy(update={"seed": 9}), top1=0.9)
        after = typeset(tmp_path, thesis, tour=to_macros(build_table(store, store.table("tour"))))

    assert (before[0], shown(before[1])) == (0, ["98.80", "3", "98.98"])
    assert (after[0], shown(after[1])) == (0, ["96.60", "4", "98.98"])


def _train(store: Store, spec: RunSpec, *, top1: float) -> None:
    run_id = store.add_run(spec, group="tour")
    store.start_run(run_id, Environment())
    for event in (started(), epoch(spec.epochs, top1=top1), FINISHED):
        store.record(run_id, event)
