"""Parts that several pages show. Text from the database is shown as text: never as HTML or Markdown."""

import base64
import io
import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import streamlit as st

from expdb.domain.run import Run

STATUS_COLORS: Mapping[str, Literal["green", "blue", "red", "orange", "gray"]] = {
    "queued": "gray",
    "running": "blue",
    "finished": "green",
    "failed": "red",
    "killed": "orange",
    "crashed": "red",
}
REPORTED_NOTE = "copied from a document, never measured here"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # all ASCII punctuation may be escaped


def literal(text: str) -> str:
    """Return text so that Streamlit's Markdown shows it as it is (but for `->` and `>=`, which it draws as signs)."""
    return _MARKDOWN.sub(r"\\\1", text)


def show_status(run: Run) -> None:
    """Show badges: the run's status, and that it is reported or tracked where it was not measured."""
    with st.container(horizontal=True, gap="small"):
        if run.kind == "reported":
            st.badge("reported", color="violet")
            st.text(REPORTED_NOTE)
        else:
            st.badge(run.status, color=STATUS_COLORS[run.status])
            st.badge(run.kind, color="gray")


def show_image(image: npt.NDArray[np.uint8], *, alt: str) -> None:
    """Show a small image, (H, W) or (H, W, 3), as wide as there is room, with its pixels kept apart."""
    st.image(data_url(image, side=192), width="stretch", alt=alt)


def data_url(image: npt.NDArray[np.uint8], *, side: int) -> str:
    """Return an image, (H, W) or (H, W, 3), as an address; a smaller one is enlarged to `side` pixels at most."""
    from PIL import Image

    picture = Image.fromarray(image)
    factor = max(1, side // max(picture.size))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return png_url(out.getvalue())


def png_url(content: bytes) -> str:
    """Return the address that holds a PNG file.

    Streamlit drops the files it serves as soon as a page is drawn anew: one that the browser asks for later is gone.
    """
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
