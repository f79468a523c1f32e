"""Test images in a table: the picture, its label, and what two models answered."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from dashboard.data.runs import load_images
from dashboard.widgets.basics import data_url
from expdb.data.predictions import Predictions
from expdb.domain.run import Run
from expdb.report.predictions.mistakes import class_name, guesses_text

_SIDE = 64  # px that small images are enlarged to, without smoothing


def show_images(
    positions: npt.NDArray[np.intp],
    *,
    runs: tuple[Run, Run],
    answers: tuple[Predictions, Predictions],
    names: Sequence[str],
    key: str,
    alt: str,
) -> bool:
    """Show images with both models' five best answers; return whether the pictures are on this machine.

    Answers have their probabilities where those were kept.

    Args:
        positions: which images, by their place in the test split.
        runs: models A and B.
        answers: theirs.
        names: of the classes.
    """
    images = load_images(runs[0], [int(position) for position in positions])
    label = answers[0].label[positions]
    columns: dict[str, object] = {} if images is None else {"image": [data_url(image, side=_SIDE) for image in images]}
    columns["label"] = [class_name(names, number) for number in label]
    for letter, found in zip("AB", answers, strict=True):
        columns[letter] = [
            ("✓ " if found.top5[place, 0] == truth else "✗ ")
            + guesses_text(
                found.top5[place].tolist(),
                None if found.confidence is None else found.confidence[place].tolist(),
                names,
            )
            for place, truth in zip(positions, label, strict=True)
        ]
    columns |= {f"p{letter}": found.probability[positions] for letter, found in zip("AB", answers, strict=True)}
    columns["place"] = positions
    share = st.column_config.NumberColumn(format="percent", help="probability that the model gives to the label")
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content" if len(positions) <= (16 if images is None else 7) else 560,
        row_height=_SIDE + 8 if images is not None else None,
        column_config={
            "image": st.column_config.ImageColumn("Image", width=_SIDE + 24),
            "place": st.column_config.NumberColumn("Image no.", help="place in the test split, from 0", width=82),
            "label": st.column_config.TextColumn("Label", width=96),
            "A": st.column_config.TextColumn(f"A ({runs[0].id}): top 5", width=190),
            "B": st.column_config.TextColumn(f"B ({runs[1].id}): top 5", width=190),
            "pA": share | {"label": "A: p of label", "width": 90},
            "pB": share | {"label": "B: p of label", "width": 90},
        },
        key=key,
        alt=alt,
    )
    return images is not None
