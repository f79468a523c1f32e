import pytest

from expdb.report.written.document import read_document


def read(text):
    return read_document(text, name="thesis.tex")


def tabular(rows, columns="lcc", name="tabular"):
    return f"\\begin{{{name}}}{{{columns}}}\n{rows}\n\\end{{{name}}}\n"


def table(text):
    [found] = read(text).tables
    return found


def texts(text):
    found = table(text)
    return found.headings, [[cell.text for cell in row.cells] for row in found.rows]


BODY = "Model & Top-1 & Top-5 \\\\ \\hline\nResNet50 & 79.05 & 93.94 \\\\"
READ = (("Model", "Top-1", "Top-5"), [["ResNet50", "79.05", "93.94"]])


@pytest.mark.parametrize(
    "text",
    [
        tabular(BODY),
        tabular(BODY.replace(r"\hline", r"\midrule")),
        tabular("\\toprule\n" + BODY + "\\addlinespace[2pt] \\bottomrule"),
        tabular("\\hline\n" + BODY + "\\hline"),
        tabular(BODY, columns="|l|*{2}{c|}"),
        tabular(BODY, columns="[t]{lcc"[1:].replace("t]{", "")),
        tabular(BODY.replace("Top-1", "{Top-1}"), columns="l S[table-format=2.2] S"),
        tabular(BODY, name="tabular*", columns="\\textwidth}{@{\\extracolsep{\\fill}}lcc"),
        tabular(BODY, name="tabularx", columns="\\linewidth}{lXX"),
        tabular(BODY, name="array"),
        tabular("\\caption{Nets}\\label{t} \\\\\n" + BODY, name="longtable"),
        tabular(BODY.replace(r"\hline", "") + " % a & b \\\\"),
        tabular(BODY.replace("ResNet50", "\\rowcolor{gray!10} ResNet50~\\cite{he}\\footnote{x & y}")),
        tabular(BODY.replace("79.05", "\\textbf{79.05}$^{\\dagger}$").replace("93.94", "\\underline{93.94}")),
        tabular(BODY.replace("\\hline", "\\cmidrule(lr){1-3}")),
        tabular(BODY.replace("\\\\ \\hline", "\\\\[1ex] \\hline")),
        "\\resizebox{\\linewidth}{!}{%\n" + tabular(BODY) + "}",
        tabular(BODY).replace("\n", "\r\n"),
    ],
)
def test_habits_of_writing_a_table_are_read_alike(text):
    assert texts(text) == READ


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("$82.1 \\pm 0.2$", "82.1 ± 0.2"),
        ("82.1{\\scriptsize $\\pm$0.2}", "82.1±0.2"),
        ("82.1$_{\\pm 0.2}$", "82.1 ± 0.2"),
        ("$82.1_{0.2}$", "82.1_{0.2}"),
        ("82.1_{0.2}", "82.1_{0.2}"),
        ("$82.1^{+0.2}_{-0.3}$", "82.1^{+0.2}_{−0.3}"),
        ("$\\mathbf{82.1}$", "82.1"),
        ("\\num{82.1(2)}", "82.1 ± 0.2"),
        ("\\num{82.10 \\pm 0.12}", "82.10 ± 0.12"),
        ("\\SI{17}{\\minute}", "17 min"),
        ("\\qty{5.2}{\\giga\\byte}", "5.2 GB"),
        ("\\SI{82.1}{\\percent}", "82.1 %"),
        ("82.1\\,\\%", "82.1 %"),
        ("10\\,000", "10000"),
        ("10{,}000", "10,000"),
        ("3\\,h~5\\,min", "3 h 5 min"),
        ("$-$0.5", "−0.5"),
        ("$3\\times10^{-4}$", "3×10^−4"),
        ("AP$_{50}$", "AP50"),
        ("a\\_b \\& c \\#1 \\$5", "a_b & c #1 $5"),
        ("\\makecell{Top-1 \\\\ (\\%)}", "Top-1 (%)"),
        ("\\begin{tabular}[c]{@{}c@{}}Top-1\\\\ (\\%)\\end{tabular}", "Top-1 (%)"),
        ("\\textcolor{red}{82.1} \\cellcolor{blue}", "82.1"),
        ("\\phantom{0}2.1", "2.1"),
        ("82.1\\textsuperscript{a}", "82.1"),
        ("{\\bf 82.1}", "82.1"),
        ('Schr\\"odinger', "Schrödinger"),
        ("\\checkmark", "✓"),
        ("\\textbf{a} \\emph{b}", "a b"),
        ("\\unknown", "\\unknown"),
        ("\\unknown{82.1}", "82.1"),
        ("\\expdb{t}{r}{c}", "\\expdb{t}{r}{c}"),
        ("--", "–"),
    ],
)
def test_cell_is_what_a_reader_sees(cell, seen):
    _, [[_, text, _]] = texts(tabular(f"A & B & C \\\\ \\hline a & {cell} & c \\\\"))

    assert text == seen


def test_digits_in_brackets_are_an_uncertainty_only_where_siunitx_sets_them():
    text = "{A} & {B} \\\\ \\hline 82.10(12) & 82.10(12) \\\\"

    assert texts(tabular(text, columns="lS"))[1] == [["82.10(12)", "82.10 ± 0.12"]]


def test_macros_of_the_document_are_what_they_stand_for():
    own = "\\newcommand{\\ours}{OurNet}\n\\newcommand\\best[1]{\\textbf{#1}}\n\\def\\cifar{CIFAR-10}\n"

    assert texts(own + tabular("Model & \\cifar & x \\\\ \\hline \\ours{} & \\best{82.1} & 1 \\\\")) == (
        ("Model", "CIFAR-10", "x"),
        [["OurNet", "82.1", "1"]],
    )


def test_link_of_a_cell_keeps_its_target():
    found = table(tabular("A & B & C \\\\ \\hline \\href{https://a.org/x}{model} & \\url{https://b.org} & c \\\\"))

    assert [cell.links for cell in found.rows[0].cells] == [("https://a.org/x",), ("https://b.org",), ()]


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ("\\multirow{2}{*}{Model} & \\multicolumn{2}{c}{CIFAR} \\\\ \\cmidrule(lr){2-3} & A & B \\\\", "\\midrule"),
        ("\\multirow{2}{*}{Model} & \\multicolumn{2}{c|}{CIFAR} \\\\ \\cline{2-3} & A & B \\\\", "\\hline"),
        ("& \\multicolumn{2}{c}{CIFAR} \\\\ \\hline Model & A & B \\\\", "\\hline"),
        ("& \\multicolumn{2}{c}{\\textbf{CIFAR}} \\\\ Model & A & B \\\\", "\\hline"),
    ],
)
def test_heading_over_others_stands_before_each(head, rule):
    assert texts(tabular(f"{head} {rule}\nx & 1 & 2 \\\\\ny & 3 & 4 \\\\")) == (
        ("Model", "CIFAR: A", "CIFAR: B"),
        [["x", "1", "2"], ["y", "3", "4"]],
    )


def test_row_over_all_columns_is_a_section_and_multirow_stands_in_each_row():
    found = table(
        tabular(
            "M & A & B \\\\ \\hline\n\\multicolumn{3}{c}{\\emph{CNN}} \\\\\n\\multirow{2}{*}{x} & 1 & 2 \\\\\n"
            "& 3 & 4 \\\\ \\hline\n\\multicolumn{3}{l}{ViT} \\\\ & 5 & 6 \\\\ \\multirow{-2}{*}{y} & 7 & 8 \\\\"
        )
    )

    assert [(row.section, row.line, [cell.text for cell in row.cells]) for row in found.rows] == [
        ("CNN", 4, ["x", "1", "2"]),
        ("CNN", 4, ["x", "3", "4"]),
        ("ViT", 6, ["y", "5", "6"]),
        ("ViT", 6, ["y", "7", "8"]),
    ]


def test_sections_speak_by_their_hierarchy_and_captions_of_their_table():
    text = (
        "\\documentclass{article}\\title{My \\emph{nets}}\n\\begin{document}\n\\section{CIFAR-10} % \\section{x}\n"
        "\\subsection*{Results}\nWords.\n\\begin{table}[t]\n\\centering\n"
        + tabular(BODY)
        + "\\caption[Short]{Error rates (\\%).\\label{tab:x}}\n\\end{table}\n\\section{ImageNet}\nWe train long:\n\n"
        "With 224 px:\n\\begin{center}\n" + tabular(BODY) + "\\end{center}\n\\end{document}\n" + tabular(BODY)
    )
    first, second = (one.surroundings for one in read(text).tables)

    assert read(text).title == "My nets"
    assert (first.headings, first.caption, first.sentence) == (
        ("My nets", "CIFAR-10", "Results"),
        "Error rates (%).",
        None,
    )
    assert (second.headings, second.caption, second.sentence) == (("My nets", "ImageNet"), None, "With 224 px:")


def test_caption_is_that_of_the_innermost_environment():
    part = "\\begin{subtable}{.5\\linewidth}\\caption{On %s}" + tabular(BODY) + "\\end{subtable}"
    floated = f"\\begin{{table}}{part % 'CIFAR-10'}{part % 'ImageNet'}\\caption{{Error rates}}\\end{{table}}"
    beside = "\\begin{table}" + 2 * ("\\caption{N}" + tabular(BODY)) + "\\end{table}"

    assert [one.surroundings.caption for one in read(floated).tables] == [
        "Error rates: On CIFAR-10",
        "Error rates: On ImageNet",
    ]
    assert [one.surroundings.caption for one in read(beside).tables] == ["N", "N"]


def test_lines_are_those_of_the_source():
    found = table("\n% a\n\n" + tabular(BODY))

    assert (found.first_line, found.last_line) == (4, 7)
    assert [cell.line for cell in found.rows[0].cells] == [6, 6, 6]


@pytest.mark.parametrize(
    "text",
    [
        f"\\begin{{verbatim}}\n{tabular(BODY)}\\end{{verbatim}}",
        f"\\begin{{lstlisting}}\n{tabular(BODY)}\\end{{lstlisting}}",
        "% " + tabular(BODY).replace("\n", "\n% "),
        f"\\iffalse\n{tabular(BODY)}\\fi",
        "\\verb|\\begin{tabular}|",
        "$\\begin{array}{cc} 1 & 2 \\\\ 3 & 4 \\end{array}$",
        f"\\end{{document}}\n{tabular(BODY)}",
    ],
)
def test_what_nobody_reads_is_no_table(text):
    assert (read(text).tables, read(text).unread) == ((), ())


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (tabular("\\input{rows}"), 1, "a tabular: a table with rows from another file (\\input)"),
        ("\\begin{tblr}{ll} a & b \\end{tblr}", 1, "a table of tabularray (tblr)"),
        ("\\begin{tabbing} a \\= b \\end{tabbing}", 1, "a table of tabbing"),
        ("\n\\begin{tabular}{ll} a & b \\\\", 2, "a tabular that does not end"),
        (tabular("a & { b \\\\"), 1, "a tabular: LaTeX that is broken"),
        (tabular(f"a & {tabular('1 & 2')} \\\\"), 1, "a tabular: a tabular with tables in its cells"),
        (tabular("\\multicolumn{\\n}{c}{a} \\\\"), 1, "a tabular: \\multicolumn over"),
        ("\\newcommand{\\a}{\\a}" + tabular("\\a & 1 \\\\"), 1, "a tabular: \\a stands for itself"),
        (tabular(""), 1, "a tabular: a table without cells"),
    ],
)
def test_what_is_not_read_is_named_with_its_line_and_the_reason(text, line, reason):
    [(found, said)] = read(text).unread

    assert (found, said[: len(reason)]) == (line, reason)


@pytest.mark.parametrize(
    "rows",
    [
        r"\iffalse B & 2 \\ \fi C & 3 \\",
        r"\if0 B & 2 \\ \else C & 3 \\ \fi",
        r"\if 0 B & 2 \\ \fi C & 3 \\",
        r"\iftrue C & 3 \\ \else B & 2 \\ \fi",
        r"\iffalse \ifx\a\b x \fi B & 2 \\ \fi C & 3 \\",
        "\\iffalse B & 2 \\\\\n% \\fi\nD & 4 \\\\ \\fi C & 3 \\\\",
        "% \\iffalse\nC & 3 \\\\",
        "\\begin{comment}\nB & 2 \\\\\n\\end{comment}\nC & 3 \\\\",
        r"\ifdraft B & 2 \\ \else C & 3 \\ \fi",
        r"\iffinal C & 3 \\ \fi",
    ],
)
def test_what_is_switched_off_is_not_read(rows):
    switches = "\\newif\\ifdraft\n\\newif\\iffinal \\finaltrue\n"
    [found] = read(f"{switches}\\begin{{tabular}}{{lc}} M & T \\\\ \\hline A & 1 \\\\ {rows} \\end{{tabular}}").tables

    assert [[cell.text for cell in row.cells] for row in found.rows] == [["A", "1"], ["C", "3"]]


def test_table_with_a_condition_that_nobody_can_tell_is_not_read():
    rows = r"\ifx\a\b B & 2 \\ \else C & 3 \\ \fi"
    found = read(rf"\begin{{tabular}}{{lc}} M & T \\ \hline {rows} \end{{tabular}}")

    assert (found.tables, found.unread) == (
        (),
        ((1, r"a tabular: \ifx: which of its parts is printed is not known"),),
    )


def test_number_over_several_columns_is_in_none_of_them_and_said():
    rows = r"A & \multicolumn{2}{c}{23.5} \\ B & 1 & 2 \\ C & \multicolumn{2}{c}{OOM} \\"
    [found] = read(f"\\begin{{tabular}}{{lcc}} M & T & P \\\\ \\hline\n{rows} \\end{{tabular}}").tables

    assert [[cell.text for cell in row.cells] for row in found.rows] == [
        ["A", "", ""],
        ["B", "1", "2"],
        ["C", "OOM", "OOM"],
    ]
    assert found.unread_cells == ((2, "“23.5” stands over 2 columns"),)


def test_columns_that_no_row_parts_are_one():
    rows = r"M & \multicolumn{2}{c}{T} & P \\ \hline A & \multicolumn{2}{c}{23.5} & 3 \\"
    [found] = read(rf"\begin{{tabular}}{{lccc}} {rows} \end{{tabular}}").tables

    assert (found.headings, [cell.text for cell in found.rows[0].cells]) == (("M", "T", "P"), ["A", "23.5", "3"])


PART = r"\begin{tabular}{lc} M & T \\ \hline A & 1 \\ \end{tabular}"


@pytest.mark.parametrize(
    ("text", "captions"),
    [
        (rf"\caption{{Whole}}\subfloat[C10 \label{{a}}]{{{PART}}}\subfloat[x][C100]{{\small {PART}}}", ["C10", "C100"]),
        (rf"\subcaptionbox{{C10\label{{x}}}}[4cm]{{{PART}}} \subcaptionbox*{{C100}}{{{PART}}}\caption{{Whole}}",
         ["C10", "C100"]),
        (rf"\caption{{Whole}} \subtable[\textbf{{C10}}]{{{PART}}} \subfigure{{{PART}}}", ["C10", ""]),
    ],
)  # fmt: skip
def test_caption_of_a_part_stands_behind_that_of_the_float_and_ends_with_it(text, captions):
    behind = rf"\begin{{table}}\caption{{Other}}{PART}\end{{table}}"
    tables = read(rf"\begin{{table}}{text}\end{{table}}{behind}").tables

    said = [table.surroundings.caption for table in tables]
    assert said == [*(f"Whole: {caption}" if caption else "Whole" for caption in captions), "Other"]


@pytest.mark.parametrize("row", [r"\input{x}", r"A & {\input{x}}", r"\textbf{\input x} & 1", r"A & \include{x} 1"])
def test_table_with_words_from_another_file_is_not_read(row):
    found = read(rf"\begin{{tabular}}{{lc}} M & T \\ \hline {row} \\ \end{{tabular}}")

    assert found.tables == ()
    assert "another file" in found.unread[0][1]


def test_letters_that_are_raised_tell_headings_apart_and_marks_of_notes_do_not():
    head = r"M & AP$^b$ & AP$^\text{m}$ & $\mathrm{AP}^{b}_{50}$ & T\tnote{a} & $E^\dagger$ & F$^1$"
    row = r"A$^b$ & 1$^a$ & 2 & 3 & 4 & 5 & 6"
    [found] = read(rf"\begin{{tabular}}{{lcccccc}} {head} \\ \hline {row} \end{{tabular}}").tables

    assert found.headings == ("M", "AP^b", "AP^m", "AP^b50", "T", "E", "F")
    assert [cell.text for cell in found.rows[0].cells] == ["A", "1", "2", "3", "4", "5", "6"]


def test_headings_of_numbers_below_others_are_headings():
    head = r"\toprule & \multicolumn{1}{c}{10} \\ \cmidrule(lr){2-2} Model & 1 \\ \midrule"
    [found] = read(rf"\begin{{tabular}}{{lc}} {head} A & 95 \\ \bottomrule \end{{tabular}}").tables

    assert (found.headings, len(found.rows)) == (("Model", "10: 1"), 1)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\numrange{2}{3}", "2–3"),
        (r"\SIrange{2}{3}{\hour}", "2–3 h"),
        (r"\qtyrange[per-mode=symbol]{94.9}{95.3}{\percent}", "94.9–95.3 %"),
        (r"\numlist{1;2;3}", "1, 2, 3"),
        (r"\qtylist{2;3}{\hour}", "2, 3 h"),
    ],
)
def test_a_range_or_list_of_siunitx_is_never_one_number(source, text):
    [found] = read(rf"\begin{{tabular}}{{lc}} M & T \\ A & {source} \\ \end{{tabular}}").tables

    assert found.rows[0].cells[1].text == text


@pytest.mark.parametrize(
    ("text", "taken_in"),
    [
        ("\n\\input{tables/main}\n", (2, "input", "tables/main")),
        ("\\include{a}", (1, "include", "a")),
        ("\\csvautotabular{a.csv}", (1, "csvautotabular", "a.csv")),
    ],
)
def test_other_files_that_are_taken_in_are_named_with_their_lines(text, taken_in):
    assert read(text).inputs == (taken_in,)
