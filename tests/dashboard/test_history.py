"""Steps of the browser's history, from the calls that Streamlit makes: which come in bursts, or late."""

import pytest

from tests.dashboard.test_browser import HISTORY, browser
from tests.dashboard.test_browser import pytestmark as needs_chromium

__all__ = ["browser"]

pytestmark = needs_chromium

ORIGIN = "http://127.0.0.1:9"  # nothing is asked of it


@pytest.fixture
def page(browser):
    """A page with the script, and nothing of Streamlit."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**", lambda route: route.fulfill(body=HISTORY.read_text(encoding="utf-8"), content_type="text/html"))
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()


LEFT = {
    "in one burst": ["/", "/tables", "/tables?table=demo"],
    "after a while": ["/", None, "/tables", "/tables?table=demo"],
    "with its parameters first, as a page that comes late": ["/", "/?table=demo", "/tables?table=demo"],
    "with an impatient second press": ["/", "press", "/tables", "/tables?table=demo"],
}


@pytest.mark.parametrize("pushed", LEFT.values(), ids=LEFT)
def test_a_page_that_is_left_is_one_step(page, pushed):
    for where in ("/?where=a", "/?where=b"):
        page.keyboard.press("Enter")
        page.evaluate("to => history.replaceState(null, '', to)", where)
    page.keyboard.press("Enter")
    for to in pushed:
        if to == "press":
            page.keyboard.press("Enter")
        elif to is None:
            page.wait_for_timeout(1500)
        else:
            page.evaluate("to => history.pushState(null, '', to)", to)

    assert page.evaluate("location.pathname + location.search") == "/tables?table=demo"
    assert [_back(page) for _ in range(3)] == ["/?where=b", "/?where=a", "/"]


def test_a_page_without_parameters_is_left_by_one_step(page):
    page.evaluate("history.pushState(null, '', '/live')")
    page.keyboard.press("Enter")
    page.evaluate("history.pushState(null, '', '/papers')")

    assert [_back(page) for _ in range(2)] == ["/live", "/"]


def test_what_nobody_pressed_is_no_step(page):
    page.evaluate("history.replaceState(null, '', '/?where=a')")

    assert page.evaluate("[history.length, location.search]") == [2, "?where=a"]  # with the blank page before it


def _back(page):
    page.evaluate("new Promise(done => { addEventListener('popstate', done, { once: true }); history.back() })")
    return page.evaluate("location.pathname + location.search")
