"""The app in a real browser: served as `expdb dashboard` serves it, read by Chromium.

`EXPDB_SCREENSHOTS=docs/images` writes the pictures of the README there; they show the example database.
"""

import http.client
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dashboard
from expdb.store.store import Store
from tests.dashboard.conftest import fill_awkward, fill_demo, fill_reported
from tests.ports import free_port

APP = Path(dashboard.__file__).parent / "app.py"
HISTORY = APP.with_name("history.html")
EXAMPLE = APP.parents[1] / "runs.db.example"
CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--no-first-run", "--force-color-profile=srgb")  # fmt: skip
# Streamlit asks below the page's own path first when a page is opened by its address.
PROBES = ("/_stcore/health", "/_stcore/host-config")
MOST_MILLISECONDS = 120_000  # for a page on a busy machine
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

ADDRESSES = (
    *("https://evil.example/a?b=c", "HTTP://evil.example", "see www.evil.example.", "(https://evil.example)"),
    *("ann.b+c@evil.example", "mailto:ann@evil.example", "xmpp:ann@evil.example"),
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """The address of a running app with the report's runs and measured ones."""
    folder = tmp_path_factory.mktemp("browser")
    url = f"sqlite:///{folder / 'runs.db'}"
    with Store.open(url) as store:
        fill_awkward(store)
        fill_reported(store)
        fill_demo(store)  # the newest come first: the pictures show these
    with _served(url, folder) as address:
        yield address


@pytest.fixture(scope="module")
def example_address(tmp_path_factory) -> Iterator[str]:
    """The address of a running app with the example database."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copy(EXAMPLE, folder / "example.db")
    with _served(f"sqlite:///{folder / 'example.db'}", folder) as address:
        yield address


@contextmanager
def _served(url: str, folder: Path, *, app: Path = APP) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    environment = {**os.environ, "EXPDB_URL": url, "PYTHONPATH": str(APP.parent.parent)}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}", server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=60)


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, address):
    """Open pages; at the end nothing may have failed on them, and nothing may have been asked of another host."""
    troubles, contexts = [], []

    def on_console(message):
        is_probe = message.location["url"].endswith(PROBES)
        if message.type == "error" and not is_probe:
            troubles.append(f"console: {message.text} ({message.location['url']})")

    def on_request(request):
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            troubles.append(f"foreign request: {request.url}")
        if "/media/" in request.url and request.url.endswith((".jpg", ".png")):
            troubles.append(f"a picture that is gone as soon as the page is drawn anew: {request.url}")

    def open_one(path="/", *, size=WIDE, scheme="light", at=address):
        context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        context.set_default_timeout(MOST_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: troubles.append(f"page error: {error}"))
        page.on("request", on_request)
        page.on("websocket", on_request)
        page.goto(at + path)
        page.get_by_role("heading", level=1).wait_for()
        _wait_until_drawn(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def picture(tmp_path):
    """Write a screenshot of the page under a name."""
    folder = Path(os.environ.get("EXPDB_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def write(page, name):
        page.mouse.move(0, 0)  # off the charts and tables, whose tool bars show under it
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000

    return write


def test_runs_are_browsed_and_one_is_opened(open_page):
    page = open_page()
    page.get_by_text("19 of 19 runs").wait_for()

    table = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(table["x"] + 66, table["y"] + 33 + 3.5 * 31)  # the button in the fourth row: run 16
    page.get_by_role("heading", name="Run 16").wait_for()
    _wait_until_drawn(page)

    assert page.url.endswith("/run?run=16")
    assert page.locator(".js-plotly-plot").count() == 5
    assert page.get_by_text("expdb run --dataset digits --model senet_mini --epochs 12").count() == 1
    page.get_by_role("link", name="All runs").click()
    page.get_by_text("19 of 19 runs").wait_for()


def test_times_sort_by_seconds_and_buttons_stay_with_their_runs(open_page):
    page = open_page("/?status=reported&columns=id&columns=train_seconds")
    page.get_by_text("10 of 19 runs").wait_for()
    table = page.get_by_test_id("stDataFrame").bounding_box()

    page.mouse.click(table["x"] + table["width"] - 60, table["y"] + 16)  # the heading of the train time
    _wait_until_drawn(page)
    page.mouse.click(table["x"] + 66, table["y"] + 33 + 15)  # the first row: 00:20:13, in whatever row it is listed

    page.get_by_role("heading", name="Run 8", exact=True).wait_for()


@pytest.mark.parametrize(("host", "status"), [("elsewhere.example", 403), (None, 101)])
def test_pages_of_foreign_names_cannot_talk_to_the_app(address, host, status):
    own = address.removeprefix("http://")
    connection = http.client.HTTPConnection(own, timeout=10)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw=="}

    connection.request(
        "GET", "/_stcore/stream", headers={"Host": host or own, "Origin": f"http://{host or own}"} | upgrade | key
    )

    assert connection.getresponse().status == status
    connection.close()


def test_a_filter_is_in_the_address(open_page):
    page = open_page()
    page.get_by_label("Filter", exact=True).fill("top1 > 82% and dataset = cifar100")
    page.get_by_label("Filter", exact=True).press("Enter")
    page.get_by_text("1 of 19 runs").wait_for()

    assert "where=top1" in page.url


def test_a_table_is_shown_with_its_markdown(open_page):
    page = open_page()
    page.get_by_role("link", name="Tables").click()
    page.get_by_role("heading", name="Tables").wait_for()
    page.get_by_label("Table", exact=True).click()
    page.get_by_role("option", name="report-1").click()
    page.get_by_text("| cifar100 | SENet101 + AutoAugment | 82.85 | 95.73 | 47M | 2h 25m 40s |").wait_for()
    _wait_until_drawn(page)

    assert "table=report-1" in page.url
    assert page.get_by_text("copied from a document, never measured here").count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .md").click()
    golden = Path(__file__).parents[1] / "report" / "golden" / "report-1.md"
    assert download.value.path().read_bytes() == golden.read_bytes()


def test_the_address_names_the_first_table_too(open_page):
    page = open_page("/tables")
    assert page.url.endswith("/tables?table=demo")

    for name in ("report-1", "demo"):
        page.get_by_label("Table", exact=True).click()
        page.get_by_role("option", name=name).click()
        _wait_until_drawn(page)
        assert page.url.endswith(f"/tables?table={name}")


def test_the_icon_in_the_tab_is_never_fetched_from_another_host(browser, address):
    page = browser.new_page()
    # What is set as an icon is fetched at once, out of sight of the page's own requests.
    page.add_init_script("""
        window.icons = [];
        const own = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, "href");
        Object.defineProperty(HTMLLinkElement.prototype, "href", {
            get() { return own.get.call(this) },
            set(value) { own.set.call(this, value); if (this.rel.includes("icon")) window.icons.push(this.href) },
        })""")
    page.goto(f"{address}/compare")
    for name in ("Compare", "Tables", "Runs"):
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, exact=True).wait_for()
        _wait_until_drawn(page)

    icons = page.evaluate("window.icons")
    page.close()
    assert icons
    assert [icon for icon in icons if not icon.startswith((address, "data:"))] == []


@pytest.mark.parametrize(("run", "name"), [(3, "이미지 분류 :red[실험] *9*"), (2, "|<script>alert(1)</script>")])
def test_names_are_never_markup(open_page, run, name):
    page = open_page(f"/run?run={run}")

    assert page.get_by_text(name).count() == 1
    [own] = page.get_by_test_id("stMain").locator("script, b").all()
    assert own.text_content() in HISTORY.read_text(encoding="utf-8")


def test_addresses_in_texts_are_no_links(open_page, tmp_path):
    """Whoever names a run, or is cited, puts no link on the pages of others; Streamlit alone does."""
    (tmp_path / "app.py").write_text(
        f"""
import streamlit as st
from dashboard.text import literal
for text in {ADDRESSES}:
    st.markdown(text)
    st.caption(literal(text))
    st.warning(literal(text))
st.title(literal({ADDRESSES[0]!r}), anchor=False)
"""
    )
    shutil.copytree(APP.with_name(".streamlit"), tmp_path / ".streamlit")
    with _served("sqlite:///none.db", tmp_path, app=tmp_path / "app.py") as at:
        page = open_page("/", at=at)
        links = [link.get_attribute("href") for link in page.get_by_test_id("stMain").locator("a").all()]
        shown = page.get_by_test_id("stAlert").all_inner_texts()

    assert len(links) == 5  # of the plain texts, but for the two that name another scheme
    assert [text.replace("\u2060", "").strip() for text in shown] == list(ADDRESSES)


def test_a_tables_title_is_never_markup(open_page):
    page = open_page("/tables?table=demo")

    title = "Digits: <b>three</b> models, :red[two] augmentations :tada: $x$ *top-1* > 90%"
    assert page.get_by_role("heading", level=3).first.inner_text() == title


@pytest.mark.parametrize(
    ("path", "scheme"), [("/", "dark"), ("/tables", "light"), ("/run?run=16", "light"), ("/run?run=2", "dark")]
)
def test_pages_fit_a_phone(open_page, path, scheme):
    page = open_page(path, size=PHONE, scheme=scheme)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_test_id("stMain").evaluate("element => element.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("dashboard-runs", "/", "163 of 163 runs"),
        ("dashboard-run", "/run?run=150", "finished"),
        ("dashboard-table", "/tables?table=tour", "Mean ± sample standard deviation"),
    ],
)
def test_the_pictures_of_the_readme_show_the_example_database(open_page, example_address, picture, name, path, words):
    page = open_page(path, at=example_address)

    page.get_by_text(words).first.wait_for()
    picture(page, name)


def _wait_until_drawn(page):
    """Wait until the script has run and what it sent is drawn."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]') && document.fonts.status === 'loaded'")
    page.wait_for_timeout(500)  # the table's canvas and the charts are painted after that, and say nothing


def _wait_until_healthy(address, server, log):
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10):
                return
        except (urllib.error.URLError, ConnectionError):
            if server.poll() is not None:
                break
            _pause()
    pytest.fail(f"the app did not start:\n{log.read_text()}")


def _pause():
    import threading

    threading.Event().wait(0.2)
