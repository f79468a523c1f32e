"""The confusion matrix of a run: which class was taken for which."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from expdb.report.figures.style import FONTS, PALETTE

_NUMBERED_UP_TO = 20  # classes; in smaller cells no number can be read
_LONGEST_NAME, _SHORT_NAME = 16, 3  # letters of a class name on an axis; of names that need not be turned


def confusion_figure(counts: npt.NDArray[np.int64], names: Sequence[str], *, mistakes_only: bool = False) -> go.Figure:
    """Draw which class (down) was taken for which (across), as shares of the class down.

    Args:
        counts: (C, C) images by true class and class taken for.
        names: of the classes, by label.
        mistakes_only: leave out what was right, so that the colours tell the mistakes apart.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if mistakes_only:
        shares = shares.copy()
        np.fill_diagonal(shares, np.nan)
    places = list(range(len(names)))
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=places,
            y=places,
            text=[[f"{count:,}" for count in row] for row in counts],
            customdata=[[[names[row], names[column]] for column in places] for row in places],
            hovertemplate="%{customdata[0]} taken for %{customdata[1]}<br>%{text} images, %{z:.1%}<extra></extra>",
            colorscale=[[0, "rgba(0, 114, 178, 0)"], [1, PALETTE[0]]],
            zmin=0,
            zmax=max(float(np.nanmax(shares, initial=0.0)), 1e-9),
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    if len(names) <= _NUMBERED_UP_TO:
        _write_counts(figure, counts, shares)
    _lay_out(figure, names)
    return figure


def _write_counts(figure: go.Figure, counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> None:
    """Write the counts into the cells: white on the dark ones, in the page's own colour on the others."""
    is_written = (counts > 0) & np.isfinite(shares)
    is_dark = shares > np.nanmax(shares, initial=0.0) / 2
    for chosen, color in ((is_written & is_dark, "white"), (is_written & ~is_dark, None)):
        rows, columns = np.nonzero(chosen)
        figure.add_scatter(
            x=columns.tolist(),
            y=rows.tolist(),
            text=[f"{counts[row, column]:,}" for row, column in zip(rows, columns, strict=True)],
            mode="text",
            textfont={"color": color} if color else None,
            hoverinfo="skip",
            showlegend=False,
        )


def _lay_out(figure: go.Figure, names: Sequence[str]) -> None:
    is_small = len(names) <= _NUMBERED_UP_TO
    step = -(-len(names) // _NUMBERED_UP_TO)  # the names in between are told when one points at a cell
    labels = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names]
    is_short = max(map(len, labels), default=0) <= _SHORT_NAME
    axis = {
        "tickmode": "array",
        "tickvals": list(range(len(names)))[::step],
        "ticktext": labels[::step],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
    }
    figure.update_layout(
        height=min(240 + 30 * len(names), 560) if is_small else 640,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        font={"size": 13, "family": FONTS},
        xaxis=axis | {"title": {"text": "taken for"}, "tickangle": 0 if is_short else -45 if is_small else -90},
        yaxis=axis | {"title": {"text": "true class"}, "autorange": "reversed"},
    )
