"""Reports in HTML and LaTeX, our own tables first."""

import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import SpecError
from expdb.report.check.check import check_text, update_text
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from tests.store_runs import add_seeds

OWN = TableDefinition(
    name="own",
    where="kind = measured",
    baseline="model = resnet18",
    columns=(
        ColumnChoice(key="model_label"),
        ColumnChoice(key="top1"),
        ColumnChoice(key="num_params"),
        ColumnChoice(key="top1", shows="delta"),
    ),
)
FORMATS = [("latex", "thesis.tex"), ("html", "page.html"), ("md", "report.md")]
LATEX = r"""
\section{CIFAR-10}
\begin{table}
  \caption{Test accuracy (\%%) of each network.}
  \begin{tabular}{lSS}
    \toprule
    Network & {Top-1 (\%%)} & {Params (M)} \\
    \midrule
    ResNet-18 & %s & 11.2 \\
    ResNet-50 & %s & 23.5 \\
    \bottomrule
  \end{tabular}
\end{table}
"""


@pytest.fixture
def store(store):
    add_seeds(store, [0.95, 0.952], model__name="resnet18", data__dataset="cifar10", start={"num_params": 11_173_962})
    add_seeds(store, [0.96, 0.963], model__name="resnet50", data__dataset="cifar10", start={"num_params": 23_520_842})
    return store


def statuses(text, store, name, definitions=()):
    return [one.status for table in check_text(text, store, definitions, name=name) for one in table.findings]


@pytest.mark.parametrize("definitions", [[], [OWN]])
@pytest.mark.parametrize(("form", "name"), FORMATS)
def test_our_own_table_is_confirmed_and_falsified_it_is_not(store, form, name, definitions):
    text = render(build_table(store, OWN), form)
    assert "96.15" in text

    found = statuses(text, store, name, definitions)

    assert found.count("confirmed") >= 8
    assert set(found) <= {"confirmed", "unknown"}
    assert "unknown" not in found or not definitions  # a difference is of a saved table
    assert "contradicted" in statuses(text.replace("96.15", "96.51"), store, name, definitions)
    assert "contradicted" in statuses(text.replace("23.5M", "23.5G"), store, name, definitions)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("95.10", "96.15"), ["confirmed"] * 4),
        (("96.15", "95.10"), ["contradicted", "confirmed"] * 2),
        ((r"95.10 $\pm$ 0.14", r"96.15 \pm 0.21"), ["confirmed"] * 6),
        (("95.10(14)", "96.25(21)"), None),
    ],
)
def test_table_of_a_thesis_is_checked_row_by_row(store, cells, found):
    statuses_ = statuses(LATEX % cells, store, "thesis.tex")

    assert statuses_ == found if found is not None else "contradicted" in statuses_
    assert set(statuses(LATEX.replace("CIFAR-10", "CIFAR-100") % cells, store, "thesis.tex")) == {"unknown"}


def test_update_of_another_format_is_refused(store):
    with pytest.raises(SpecError, match="--update rewrites marked tables, which LaTeX has not"):
        update_text(LATEX % ("1", "2"), store, [], name="thesis.tex")


def test_data_is_no_report(store):
    with pytest.raises(SpecError, match="CSV is data, not a report"):
        check_text("Model,Top-1\nResNet-18,95.1\n", store, [], name="runs.csv")


def test_format_that_is_not_read_is_named(store):
    with pytest.raises(SpecError, match=r"\.docx"):
        check_text("x", store, [], name="thesis.docx")
