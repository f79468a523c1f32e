"""Small images on a page, each as an address that holds it."""

import base64
import io

import numpy as np
import numpy.typing as npt
import streamlit as st


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
