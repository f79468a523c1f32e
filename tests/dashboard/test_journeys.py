"""What people do with the dashboard, from the first page to the answer, in a real browser.

`EXPDB_SCREENSHOTS=docs/images` writes a picture of every page there, as on a laptop in the light theme.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from expdb.domain.run import Environment
from expdb.store.store import Store
from tests.dashboard.browsing import GROUP, Pair, cell_texts, fill_everything, mark_row, widest
from tests.dashboard.test_browser import PHONE, _served, browser, open_page
from tests.dashboard.test_browser import _wait_until_drawn as drawn
from tests.dashboard.test_browser import pytestmark as needs_chromium
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

__all__ = ["browser", "open_page"]  # fixtures: open_page fails a test on errors of the page and on foreign requests

pytestmark = [*needs_chromium, pytest.mark.slow]

WIDTHS = (390, 1280, 2560)
LIVE_RUN = "watched"
PAGES = {
    "runs": "/",
    "compare": "/compare?runs={vit},{resnet}",
    "tables": "/tables?table=demo",
    "run": "/run?run={resnet}",
    "tradeoffs": "/tradeoffs?data=digits",
    "analyse": "/analyse?runs={vit},{resnet}&analysis=noise",
    "disagreement": "/disagreement?runs={vit},{resnet}",
    "live": "/live",
    "papers": "/papers",
    "claims": "/claims",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[str, str, Pair]]:
    """The address of an app with something on every page, its database, and the runs that the journeys are about."""
    folder = tmp_path_factory.mktemp("journeys")
    url = f"sqlite:///{folder / 'runs.db'}"
    with Store.open(url) as store:
        pair = fill_everything(store)
    with _served(url, folder) as address:
        yield address, url, pair


@pytest.fixture(scope="module")
def address(served) -> str:
    return served[0]


@pytest.fixture
def url(served) -> str:
    return served[1]


@pytest.fixture
def pair(served) -> Pair:
    return served[2]


def test_the_best_run_of_few_parameters_is_found_and_opened(open_page, pair):
    page = open_page("/?columns=id&columns=num_params&columns=top1")
    filter_by(page, f"num_params < 5000000 and group = {GROUP}")
    page.get_by_text(re.compile(r"^6 of \d+ runs")).wait_for()
    drawn(page)
    table = page.get_by_test_id("stDataFrame")
    box = table.bounding_box()

    for _ in range(2):  # ascending, then descending
        page.mouse.click(box["x"] + box["width"] - 60, box["y"] + 16)  # the heading of top-1, the last column
        drawn(page)
    best = cell_texts(table)[0]
    page.mouse.click(box["x"] + 66, box["y"] + 33 + 15)  # the button of the first row

    [name] = [run_id for run_id, right in pair.correct.items() if right.sum() == 358]
    assert best[1] == str(name)
    page.get_by_role("heading", name=f"Run {name}", exact=True).wait_for()
    page.get_by_test_id("stMetric").filter(has_text="Top-1 (%)").first.get_by_text("99.44").wait_for()


def test_the_way_back_and_forward_shows_what_was_there(open_page, pair):
    vit, resnet = pair.ids["vit_mini"][-1], pair.ids["resnet_mini"][0]
    page = open_page("/")
    filter_by(page, f"group = {GROUP}")
    found = page.get_by_text(re.compile(r"^6 of \d+ runs"))
    found.wait_for()
    drawn(page)
    box = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + 66, box["y"] + 33 + 15)  # opens the first row's run
    page.get_by_role("heading", name=re.compile(r"^Run \d+$")).wait_for()
    drawn(page)

    page.go_back()
    found.wait_for()
    drawn(page)
    assert page.get_by_label("Filter", exact=True).input_value() == f"group = {GROUP}"
    assert page.url.endswith(f"/?where=group+%3D+{GROUP}")

    page.get_by_role("link", name="Compare").first.click()
    page.get_by_role("heading", name="Compare", exact=True).wait_for()
    field = page.get_by_role("textbox", name="Runs", exact=True)
    field.fill(f"{vit},{resnet}")
    field.press("Enter")
    page.get_by_text(f"against {vit} ").first.wait_for()
    drawn(page)
    page.go_back()
    page.get_by_text(f"against {vit} ").first.wait_for(state="detached")
    page.go_back()
    found.wait_for()
    for _ in range(2):
        page.go_forward()
    page.get_by_text(f"against {vit} ").first.wait_for()
    drawn(page)
    assert page.get_by_role("textbox", name="Runs", exact=True).input_value() == f"{vit},{resnet}"


def test_every_filter_is_a_step_that_back_undoes(open_page):
    page = open_page("/")
    everything, six, none = (
        re.compile(words) for words in (r"^(\d+) of \1 runs", r"^6 of \d+ runs", r"^0 of \d+ runs")
    )
    for where, found in ((f"group = {GROUP}", six), ("top1 > 100%", none)):
        filter_by(page, where)
        page.get_by_text(found).wait_for()
        drawn(page)
    page.get_by_role("link", name="Tables").first.click()
    page.get_by_role("heading", name="Tables", exact=True).wait_for()
    page.wait_for_url("**/tables?table=*")
    drawn(page)

    for found in (none, six, everything):
        page.go_back()
        page.get_by_text(found).wait_for()
        drawn(page)
    for found in (six, none):
        page.go_forward()
        page.get_by_text(found).wait_for()
        drawn(page)
    page.go_forward()
    page.get_by_role("heading", name="Tables", exact=True).wait_for()


def test_a_page_without_rows_is_as_it_was_left_too(open_page):
    page = open_page("/")
    filter_by(page, f"group = {GROUP}")
    page.get_by_text(re.compile(r"^6 of \d+ runs")).wait_for()
    filter_by(page, "top1 > 100%")
    page.get_by_text(re.compile(r"^0 of \d+ runs")).wait_for()
    drawn(page)
    for name in ("Tables", "Runs", "Tables", "Runs"):  # also where it was only drawn again in between
        page.get_by_role("link", name=name).first.click()
        page.get_by_role("heading", name=name, exact=True).wait_for()
        drawn(page)

    assert page.get_by_label("Filter", exact=True).input_value() == "top1 > 100%"


def test_a_page_of_the_menu_is_as_it_was_left(open_page):
    page = open_page("/")
    filter_by(page, f"group = {GROUP}")
    found = page.get_by_text(re.compile(r"^6 of \d+ runs"))
    found.wait_for()
    drawn(page)

    for name, heading in (("Tables", "Tables"), ("Runs", "Runs")):
        page.get_by_role("link", name=name).first.click()
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        drawn(page)

    found.wait_for()
    filter_by(page, "")
    page.get_by_text(re.compile(r"^(\d+) of \1 runs")).wait_for()


def test_two_groups_are_marked_and_their_comparison_is_copied_as_latex(open_page, pair):
    page = open_page("/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    filter_by(page, f"group = {GROUP}")
    page.get_by_text(re.compile(r"^6 of \d+ runs")).wait_for()
    drawn(page)
    vit, resnet = pair.ids["vit_mini"][-1], pair.ids["resnet_mini"][0]
    for run_id in (vit, resnet):
        mark_row(page, page.get_by_test_id("stDataFrame"), pair.newest_first.index(run_id))
        drawn(page)

    page.get_by_role("button", name="Compare (2)").click()
    page.get_by_role("heading", name="Compare", exact=True).wait_for()
    drawn(page)
    assert page.url.endswith(f"/compare?runs={vit}%2C{resnet}")
    page.get_by_role("button", name="Copy", exact=True).click()
    code = page.get_by_test_id("stCode").filter(has_text="tabular")
    code.hover()
    code.get_by_role("button", name="Copy to clipboard").click()

    latex = page.evaluate("navigator.clipboard.readText()")
    assert r"\begin{tabular}" in latex
    assert re.search(r"ResNet-mini & .*98\.52 .*\+11\.11", latex)


def test_a_table_is_built_in_the_form_and_printed_by_the_command(open_page, url):
    page = open_page("/tables")
    page.get_by_text("New", exact=True).click()
    field = page.get_by_role("textbox", name="Name", exact=True)
    field.fill("seeds-of-a-pair")
    field.press("Enter")
    page.get_by_text("Saves a new table, seeds-of-a-pair.").wait_for()
    drawn(page)

    page.get_by_role("textbox", name="Filter", exact=True).fill(f"group = {GROUP}")  # left by the click on the button
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved seeds-of-a-pair, revision 1.").wait_for()
    page.get_by_text("6 runs where group = pair.").wait_for()

    assert "table=seeds-of-a-pair" in page.url
    printed = subprocess.run(
        command(url, "table", "seeds-of-a-pair"), capture_output=True, text=True, check=True, timeout=120
    )
    assert re.search(r"^\| ResNet-mini \| .*\*\*98\.52 ± 0\.85 \(3\)\*\*", printed.stdout, re.MULTILINE)
    assert re.search(r"^\| ViT-mini \| .*87\.41 ± 1\.70 \(3\)", printed.stdout, re.MULTILINE)


def test_what_the_vit_alone_gets_wrong_is_counted_and_shown(open_page, pair):
    page = open_page("/")
    page.get_by_role("button", name="Analyse").click()
    page.get_by_role("menuitem", name="Disagreement").click()
    page.get_by_text("Choose two runs or more of the same dataset").wait_for()
    drawn(page)
    vit, resnet = pair.ids["vit_mini"][-1], pair.ids["resnet_mini"][-1]
    offered = [row[0] for row in cell_texts(page.get_by_test_id("stDataFrame"))]
    for run_id in (vit, resnet):
        mark_row(page, page.get_by_test_id("stDataFrame"), offered.index(str(run_id)))
        drawn(page)
    page.get_by_role("button", name="Add 2 marked").click()
    page.get_by_text(f"A is run {vit} ViT-mini, B is run {resnet} ResNet-mini").wait_for()
    drawn(page)

    number = int((~pair.correct[vit] & pair.correct[resnet]).sum())
    metric = page.get_by_test_id("stMetric").filter(has_text="A wrong, B right")
    assert metric.get_by_test_id("stMetricValue").inner_text() == str(number)
    page.get_by_text(f"A wrong, B right: {number} images").wait_for()
    shown = cell_texts(page.get_by_test_id("stDataFrame").first)
    assert shown
    for image, label, of_vit, of_resnet, *_ in shown:
        assert image.startswith("data:image/png;base64,")
        assert not of_vit.startswith("✓")
        assert of_resnet.startswith(f"✓ {label}")


def test_a_run_is_watched_while_its_epochs_come(open_page, address, url):
    page = open_page("/live")
    with Store.open(url) as store:
        run_id = store.add_run(make_spec(epochs=4), name="recorded")
        store.start_run(run_id, Environment())
        for event in (started(), epoch(1)):
            store.record(run_id, event)
        card = card_of(page, "recorded")
        card.get_by_text(re.compile(r"epoch 1 of 4, .* an epoch, .* left")).wait_for()
        store.record(run_id, epoch(2))
        card.get_by_text(re.compile(r"epoch 2 of 4")).wait_for()
        card.get_by_text("Top-1 (%)").wait_for()
        link = card.get_by_role("link").get_attribute("href")
        for event in (epoch(3), epoch(4), FINISHED):
            store.record(run_id, event)
        card.wait_for(state="detached")

    page.goto(f"{address}/{link}")
    page.get_by_text("finished", exact=True).wait_for()


@pytest.mark.long  # as above, of a run whose epochs come when they are trained
def test_a_run_is_watched_while_it_trains(open_page, address, url):
    page = open_page("/live")
    # So many steps that an epoch takes about as long as the page waits before it looks again.
    settings = "--model resnet_mini --epochs 4 --batch-size 4 --set schedule.warmup_epochs=1 --set data.limit=600"

    with running(
        command(url, "run", "--dataset", "digits", *settings.split(), "--device", "cpu", "--name", LIVE_RUN)
    ) as training:
        card = card_of(page, LIVE_RUN)
        card.get_by_text(re.compile(r"epoch [1-3] of 4, .* an epoch, .* left")).wait_for(timeout=120_000)
        first = epochs_done(card)
        card.get_by_text(re.compile(rf"epoch [{first + 1}-4] of 4")).wait_for(timeout=60_000)
        card.get_by_text("Top-1 (%)").wait_for()
        link = card.get_by_role("link").get_attribute("href")
        card.wait_for(state="detached", timeout=120_000)
        assert training.wait(timeout=60) == 0

    page.goto(f"{address}/{link}")
    page.get_by_text("finished", exact=True).wait_for()


# The dark theme has the same sizes: test_pages_fit_a_phone has pages of both among the ordinary tests.
SCHEMES = ["light", pytest.param("dark", marks=pytest.mark.long)]


@pytest.mark.parametrize("name", ["compare", "run"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_deep_link_fits_a_phone_in_every_part(open_page, pair, name, scheme):
    page = open_page(path_of(name, pair), size=PHONE, scheme=scheme)

    tabs = page.get_by_role("tab").all()
    assert len(tabs) > 2
    for tab in tabs:
        tab.click()
        drawn(page)
        assert widest(page) <= PHONE["width"], tab.inner_text()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_scrolls_sideways_at_any_width(open_page, pair, name, scheme):
    folder = os.environ.get("EXPDB_SCREENSHOTS")
    page = open_page(path_of(name, pair), size=PHONE, scheme=scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844 if width == PHONE["width"] else 900})
        drawn(page)
        assert widest(page) <= width
        if folder and (width, scheme) == (1280, "light"):
            page.mouse.move(0, 0)  # off the charts and tables, whose tool bars show under it
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")


def path_of(name, pair):
    return PAGES[name].format(vit=pair.ids["vit_mini"][0], resnet=pair.ids["resnet_mini"][0])


def filter_by(page, where):
    field = page.get_by_label("Filter", exact=True)
    field.fill(where)
    field.press("Enter")


def card_of(page, name):
    """The part of the page of live runs that is about this one."""
    return page.get_by_test_id("stVerticalBlock").filter(has_text=re.compile(rf"^[^\n]*Run \d+: {name}")).last


def epochs_done(card):
    return int(re.search(r"epoch (\d+) of", card.inner_text())[1])


def command(url, *words):
    return [sys.executable, "-m", "expdb", "--db", url, *words]


@contextmanager
def running(words):
    """Run a command meanwhile; it is ended with the test."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
