"""How figures tell runs apart: by colour, and always by a second sign, for those who do not see the first."""

import html

# Okabe and Ito's palette, told apart with every common colour blindness; black and yellow fail on one of the themes.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
# Five and seven have no divisor in common with the six colours: 30 lines and 42 points all look different.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star")
MARKERS_UP_TO = 30  # epochs; more points than that only hide the line
# The dashboard's own font, and behind it those of systems that have Hangul: the reader's browser draws.
_KOREAN_FONTS = '"Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR", NanumGothic'
FONTS = f'"Source Sans", system-ui, {_KOREAN_FONTS}, sans-serif'
NEUTRAL = "#808A91"  # readable on white and on the dark theme alike


def color_of(index: int) -> str:
    """Return the colour of the line or family of that number."""
    return PALETTE[index % len(PALETTE)]


def dash_of(index: int) -> str:
    """Return the dash of the line of that number."""
    return DASHES[index % len(DASHES)]


def symbol_of(index: int) -> str:
    """Return the marker of the line or family of that number."""
    return SYMBOLS[index % len(SYMBOLS)]


def legend_below(num_lines: int, *, y: float) -> dict[str, object]:
    """Return a legend below the plot, a line for each name; `y` is where it starts, in heights of the plot."""
    return {
        "orientation": "v",
        "x": 0,
        "y": y,
        "xanchor": "left",
        "yanchor": "top",
        "maxheight": 40 + 21 * num_lines,
    }


def faded(color: str, share: float) -> str:
    """Return a colour `#rrggbb` that covers only a share of what lies below it."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def figure_text(text: str) -> str:
    """Return text so that a figure shows it as it is: plotly reads tags in labels, names and hovers."""
    return html.escape(text, quote=False)


def cut(text: str, letters: int) -> str:
    """Return text of at most so many letters, an ellipsis for what is missing."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
