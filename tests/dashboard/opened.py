"""Pages opened in process, and what they show."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

import dashboard

APP = Path(dashboard.__file__).parent / "app.py"


def open_page(page="views/runs.py", **query):
    """Open a page at an address; nothing may fail on it."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page(page)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def cells(app, key):
    """Return a column of the page's first table."""
    frame = app.dataframe[0].value
    return list(next(frame[name] for name in frame.columns if name.split()[0] == key))


def shown_text(app):
    """Return all text of a page outside its tables."""
    kinds = (app.title, app.subheader, app.text, app.markdown, app.caption, app.info, app.error, app.code)
    return "\n".join(element.value for kind in kinds for element in kind)
