"""How much several models agree, each with each, as a matrix."""

from collections.abc import Sequence

import plotly.graph_objects as go

from expdb.report.figures.style import FONTS, cut, figure_text
from expdb.report.predictions.disagreement import Agreement


def agreement_figure(labels: Sequence[str], matrix: Sequence[Sequence[float | None]], kind: Agreement) -> go.Figure:
    """Draw a matrix of agreement with its numbers; the diagonal, a model with itself, is left empty."""
    form = "{:.1%}" if kind == "same answer" else "{:.2f}"
    values = [
        [None if row == column else cell for column, cell in enumerate(cells)] for row, cells in enumerate(matrix)
    ]
    texts = [["" if cell is None else form.format(cell) for cell in cells] for cells in values]
    names = [figure_text(cut(label, 30)) for label in labels]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[name.partition(" ")[0] for name in names],  # ids: whole names are on the other axis
            y=names,
            text=texts,
            texttemplate="%{text}",
            textfont={"size": 13},
            # From light to dark blue on either theme; the number in each cell says what the shade only suggests.
            colorscale=[[0.0, "#E3EEF6"], [1.0, "#0B5F8A"]],
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} and %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        font={"size": 13, "family": FONTS},
        height=110 + 38 * len(labels),
        margin={"l": 16, "r": 16, "t": 36, "b": 16},
        xaxis={"side": "top", "type": "category", "title": {"text": "run"}, "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "automargin": True, "showgrid": False},
    )
    return figure
