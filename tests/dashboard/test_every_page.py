"""Every page over an empty database, one of reported runs only, the example database and ten thousand runs."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.population import populate
from dashboard.widgets.printed_table import MOST_PRINTED
from expdb.domain.claim import Claim, ClaimTest
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.interop.papers_and_claims import read_claims, read_papers
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.dashboard.opened import APP, cells, open_page, shown_text

VIEWS = sorted(path.stem for path in (APP.parent / "views").glob("[!_]*.py"))
TRAIN = "expdb run --dataset digits"
NO_PREDICTIONS = ("No run has kept its predictions yet", TRAIN)
NOT_ANALYSED = ("No run has been analysed yet", "expdb analyze shift")
NOTHING_RUNS = ("Nothing is running", TRAIN)
NOTHING_NAMED = ("No run is named",)
SOME = "some"
TWENTY = ",".join(map(str, range(1, 101, 5)))  # of ten thousand, a run of each of twenty groups
WIDE = Claim(
    key="WIDE",
    sentence="RandAugment beats AugMix.",
    source="a seminar",
    test=ClaimTest(a="policy = augmix", b="policy = randaugment", at_least=0.0),
)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a page shows at an address; `{fact}` in text stands for what the database holds (see `facts_of`).

    Attributes:
        texts: among what it says outside its lists.
        rows: of its first list, or the name of a fact; SOME: what the catalog says; None: the page has no list.
        charts: how many.
    """

    view: str
    query: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    rows: int | str | None = None
    charts: int = 0


EMPTY = (
    Sight(view="analyse", texts=(*NOT_ANALYSED, TRAIN)),
    Sight(view="runs", texts=("No runs yet", TRAIN)),
    Sight(view="compare", texts=("No runs yet", TRAIN)),
    Sight(view="tables", texts=("No saved tables yet", "expdb table --columns")),
    Sight(view="run", texts=NOTHING_NAMED),
    Sight(view="tradeoffs", texts=("No runs yet", TRAIN)),
    Sight(view="disagreement", texts=NO_PREDICTIONS),
    Sight(view="live", texts=NOTHING_RUNS),
    Sight(view="papers", texts=("No papers yet", "expdb import papers")),
    Sight(view="claims", texts=("No claims yet", "expdb import claims")),
)
REPORTED = (
    Sight(view="analyse", texts=NOT_ANALYSED),
    Sight(view="analyse", query={"runs": "1,2"}, texts=("it is reported, so that there is no network",)),
    Sight(view="runs", texts=("10 of 10 runs",), rows=10),
    Sight(view="compare", texts=("Choose two runs or more",), rows=10),
    Sight(view="compare", query={"runs": "1,2,3"}, texts=("not measured here", "No epochs"), rows=3),
    Sight(view="tables", texts=("never measured here", "| Dataset | Model |"), rows=4),
    Sight(view="run", query={"run": "1"}, texts=("Run 1", "never measured here", "Source: "), rows=6),
    Sight(view="tradeoffs", texts=("Hollow: reported",), rows=SOME, charts=1),
    Sight(view="disagreement", texts=NO_PREDICTIONS),
    Sight(view="disagreement", query={"runs": "1,2"}, texts=NO_PREDICTIONS),
    Sight(view="live", texts=NOTHING_RUNS),
    Sight(view="papers", texts=("No papers yet",)),
    Sight(view="claims", texts=("No claims yet",)),
)
EXAMPLE = (
    Sight(view="analyse", texts=("Choose one run or more",), rows=SOME),
    Sight(
        view="analyse",
        query={"runs": "153,154,155", "analysis": "noise"},
        texts=("Band-limited noise",),
        rows=9,
        charts=4,
    ),
    Sight(view="runs", texts=("{runs} of {runs} runs",), rows="runs"),
    Sight(view="compare", texts=("Choose two runs or more",), rows="groups"),
    Sight(view="compare", query={"runs": "{tour}"}, texts=("With 3 seeds a side",), rows=2, charts=1),
    Sight(view="tables", query={"table": "tour"}, texts=("6 runs where",), rows="rows_of_tour"),
    Sight(
        view="run", query={"run": "{demo}", "part": "Epochs"}, texts=("Run {demo}", "Run it again"), rows=10, charts=5
    ),
    Sight(view="tradeoffs", query={"data": "digits"}, texts=("groups; each point is a mean",), rows=SOME, charts=1),
    Sight(view="disagreement", texts=("Choose two runs or more of the same dataset",), rows=SOME),
    Sight(view="live", texts=NOTHING_RUNS),
    Sight(view="papers", texts=("{papers} of {papers} papers", "Week 1")),
    Sight(view="claims", texts=("{claims} of {claims} claims",), rows="claims"),
)
MANY = (
    Sight(view="analyse", texts=NOT_ANALYSED),
    Sight(view="runs", texts=("10,000 of 10,000 runs",), rows=10_000),
    Sight(view="runs", query={"where": "id <= 90", "aug": "AugMix"}, texts=("15 of 10,000 runs",), rows=15),
    Sight(view="compare", texts=("Choose two runs or more",), rows=2_000),
    Sight(view="compare", query={"runs": TWENTY}, rows=20, charts=1),
    Sight(view="compare", query={"runs": TWENTY, "part": "Parallel coordinates"}, rows=20, charts=1),
    Sight(view="tables", query={"table": "pivot"}, texts=("mean over groups", "| Model |"), rows=SOME),
    Sight(view="tables", query={"table": "pivot", "missing": "true"}, texts=("Nothing is missing",), rows=SOME),
    Sight(
        view="tables",
        query={"table": "groups"},
        texts=(f"The first {MOST_PRINTED} of 500 rows", "500 of 2,000 rows are shown"),
        rows=500,
    ),
    Sight(
        view="tables", query={"table": "groups", "explain": "true"}, texts=("500 of 2,000 rows are shown",), rows=500
    ),
    Sight(view="tables", query={"table": "groups", "mode": "Edit"}, rows=4),
    Sight(view="run", query={"run": "5000"}, texts=("Run 5000", "--seed 4", "Run it again"), rows=SOME, charts=5),
    Sight(view="run", query={"run": "5000", "part": "Seeds"}, texts=("Mean ±",), rows=1, charts=5),
    Sight(view="tradeoffs", texts=("667 groups",), rows=SOME, charts=1),
    Sight(view="tradeoffs", query={"x": "macs", "size": "num_params"}, texts=("667 groups",), rows=SOME, charts=1),
    Sight(view="disagreement", texts=NO_PREDICTIONS),
    Sight(view="disagreement", query={"runs": TWENTY}, texts=NO_PREDICTIONS),
    Sight(view="live", texts=NOTHING_RUNS),
    Sight(view="papers", texts=("{papers} of {papers} papers",)),
    Sight(view="claims", texts=("{claims} of {claims} claims",), rows="claims"),
    Sight(view="claims", query={"claim": "WIDE"}, texts=("groups of runs fit", "and 323 more groups"), rows="claims"),
)
SIGHTS = {"empty": EMPTY, "reported": REPORTED, "example": EXAMPLE, "many": MANY}


def cases():
    for database, sights in SIGHTS.items():
        for sight in sights:
            address = "&".join((sight.view, *sight.query))
            marks = pytest.mark.slow if database == "many" else ()
            yield pytest.param(database, sight, id=f"{database}-{address}", marks=marks)


@pytest.fixture
def example(url, tmp_path) -> str:
    """The database that comes with expdb."""
    shutil.copy(APP.parents[1] / "runs.db.example", tmp_path / "runs.db")
    return url


@pytest.fixture(scope="session")
def ten_thousand(tmp_path_factory) -> Path:
    """Ten thousand runs in 2,000 groups, two tables over all of them, papers and claims."""
    path = tmp_path_factory.mktemp("many") / "runs.db"
    populate(f"sqlite:///{path}", num_runs=10_000, seeds=5, epochs_a_run=20)
    label, top1, num_params = (ColumnChoice(key=key) for key in ("model_label", "top1", "num_params"))
    pivot = {"rows": ("model_label",), "across": ("dataset",), "cell": "mean of groups", "columns": (label, top1)}
    every_group = (label, ColumnChoice(key="aug_label"), top1, num_params)
    with Store.open(f"sqlite:///{path}") as store:
        store.saved_tables.save(TableDefinition(name="pivot", **pivot))
        store.saved_tables.save(TableDefinition(name="groups", columns=every_group, section="dataset", sort=("-top1",)))
        store.library.save_papers(read_papers())
        store.library.save_claims([*read_claims(), WIDE])
    return path


@pytest.fixture
def many(ten_thousand, monkeypatch) -> str:
    """The URL of the ten thousand runs, which all tests share: pages that are only looked at change nothing."""
    url = f"sqlite:///{ten_thousand}"
    monkeypatch.setenv("EXPDB_URL", url)
    return url


def facts_of(url, database):
    """Return what a page has to tell of a database, by name."""
    with Store.open(url, is_read_only=True) as store:
        facts = {
            "runs": len(store.ids("")),
            "papers": len(store.library.papers()),
            "claims": len(store.library.claims()),
        }
        if database == "example":
            facts["groups"] = len(store.groups("", ()))
            facts["rows_of_tour"] = len(build_table(store, store.table("tour")).rows)
            facts["tour"] = ",".join(map(str, sorted(store.ids("group = tour"))))
            facts["demo"] = min(store.ids("group = demo"))
    return facts


def assert_is_for_people(app):
    """Nothing that is shown at once is longer than anybody reads or a browser draws."""
    assert len(shown_text(app)) < 70_000
    assert len(app.get("page_link")) < 250
    assert all(len(table.value) <= MOST_PRINTED + 10 for table in app.table)
    for chart in app.get("plotly_chart"):
        spec = json.loads(chart.proto.spec)
        assert len(chart.proto.spec) < 1_000_000
        written = [text for trace in spec["data"] if "text" in trace.get("mode", "") for text in trace["text"]]
        assert len(written) <= 40
        assert sum(trace.get("showlegend") is not False for trace in spec["data"]) <= 40


@pytest.mark.parametrize("database", SIGHTS)
def test_no_page_is_left_out(database):
    assert sorted({sight.view for sight in SIGHTS[database]}) == VIEWS


@pytest.mark.parametrize("view", VIEWS)
def test_a_missing_database_is_one_line_with_a_way_out(url, view):
    app = open_page(f"views/{view}.py", run="1")

    assert len(app.error) == 1
    assert "runs" in app.error[0].value
    assert "Traceback" not in shown_text(app)


@pytest.mark.parametrize(("database", "sight"), [*cases()])
def test_a_page_shows_what_the_database_holds(database, sight, request):
    facts = facts_of(request.getfixturevalue(database), database)

    app = open_page(f"views/{sight.view}.py", **{name: text.format(**facts) for name, text in sight.query.items()})

    assert not app.error
    text = shown_text(app).replace("\\", "")
    for words in sight.texts:
        assert words.format(**facts) in text
    rows = len(app.dataframe[0].value) if app.dataframe else None
    assert rows if sight.rows == SOME else rows == facts.get(sight.rows, sight.rows)
    assert len(app.get("plotly_chart")) == sight.charts
    assert_is_for_people(app)


@pytest.mark.slow
def test_each_of_ten_thousand_runs_has_its_curve(many):
    assert {len(curve) for curve in cells(open_page(), "curve")} == {10}


@pytest.mark.slow
def test_each_of_many_groups_is_one_point(many):
    [chart] = open_page("views/tradeoffs.py").get("plotly_chart")

    assert sum(len(trace.get("customdata", [])) for trace in json.loads(chart.proto.spec)["data"]) == 667
