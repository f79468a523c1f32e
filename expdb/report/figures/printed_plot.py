"""A plot of an analysis as a file for a document: SVG or PDF, as wide as a column or a page."""

import io
import math
import threading
import warnings
from itertools import pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, Literal

from expdb.report.figures.analysis_plot import Curve, Panel, Plot, depth_scale
from expdb.report.figures.style import NEUTRAL, cut

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FileForm = Literal["svg", "pdf"]
FORMS: Final[tuple[FileForm, ...]] = ("svg", "pdf")
WIDTHS: Final = {"one column, 84 mm": 84, "page, 174 mm": 174}
_MM_OF_INCH: Final = 25.4
_COLUMN, _MAP_COLUMN = 58, 40  # mm that a panel needs at least
_PANEL, _WORD, _NAME, _SCALE = 46, 4.2, 3.9, 7  # mm: heights of a panel, a word down its side, a name, the depths
_BELOW = 12  # mm of a panel below its axes
_LETTERS_OF_MM, _BESIDE_NAME = 0.72, 12  # of a name in the legend; mm that its sign and the gap take
_AXIS: Final = 12  # mm of a panel that are left of its plot
_LONGEST_WORD, _LONGEST_DEPTH = 24, 16  # letters
_MARKERS_UP_TO: Final = 30
_DASHES: Final = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-.", "longdash": (0, (8, 3))}
_SYMBOLS: Final = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "cross": "P",
    "triangle-down": "v",
    "star": "*",
}
# The first is embedded and always there; behind it those that have Hangul, where one is installed.
_FONTS: Final = (
    "DejaVu Sans",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
)
_SETTINGS: Final[dict[str, Any]] = {
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "lines.markersize": 3,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.linewidth": 0.4,
    "grid.color": "#DDDDDD",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # TrueType, which publishers ask for
    "svg.fonttype": "path",  # letters are drawn: no reader needs the font
    "svg.hashsalt": "expdb",  # the same file twice
    "text.parse_math": False,  # what comes from a database may hold dollars
}
_ONE_AT_A_TIME: Final = threading.Lock()  # matplotlib's settings are those of the process


def file_of_plot(plot: Plot, form: FileForm, *, width: int) -> bytes:
    """Return a plot as a file, so wide in mm, with its letters in it; the same plot gives the same bytes."""
    from matplotlib import font_manager, rc_context

    known = set(font_manager.get_font_names())
    settings: Any = _SETTINGS | {"font.family": [name for name in _FONTS if name in known]}
    dates = {"Date": None} if form == "svg" else {"CreationDate": None}
    out = io.BytesIO()
    with _ONE_AT_A_TIME, warnings.catch_warnings(), rc_context(settings):
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of scripts that no font here has
        drawn_plot(plot, width=width).savefig(out, format=form, metadata={"Creator": "expdb", **dates})
    return out.getvalue()


def drawn_plot(plot: Plot, *, width: int) -> "Figure":
    """Return a plot as matplotlib draws it, so wide in mm, with nothing of it cut off."""
    from matplotlib.figure import Figure

    columns = min(len(plot.panels), width // (_MAP_COLUMN if plot.kind == "map" else _COLUMN))
    rows = math.ceil(len(plot.panels) / columns)
    names = list(dict.fromkeys(curve.name for panel in plot.panels for curve in panel.curves if curve.is_named))
    most = int((width - _BESIDE_NAME) * _LETTERS_OF_MM)
    longest = min(most, max(map(len, names), default=1))
    across = max(1, int(width / (_BESIDE_NAME + longest / _LETTERS_OF_MM)))
    height = (
        rows * _height(plot, width // columns) + 4 + (_NAME * math.ceil(len(names) / across) if len(names) > 1 else 0)
    )
    figure = Figure(figsize=(width / _MM_OF_INCH, height / _MM_OF_INCH), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flat
    handles: dict[str, Any] = {}
    letters = int((width // columns - (1.5 * _AXIS if plot.kind == "map" else _AXIS)) * _LETTERS_OF_MM)
    for place, ax in enumerate(axes):
        if place >= len(plot.panels):
            ax.remove()
            continue
        handles |= _draw(plot, plot.panels[place], ax, wide=width // columns)
        _lay_out_axes(plot, plot.panels[place], ax, letters=letters)
        if place % columns:
            ax.set_ylabel("")
        if place + columns < len(plot.panels):
            ax.set_xlabel("")
    if plot.kind == "map":
        figure.colorbar(axes[0].images[0], ax=list(figure.axes), shrink=0.8, pad=0.02)
        figure.supxlabel(plot.x_label, size="medium")  # a map is often narrower than what is written below it
        figure.supylabel(_upright(plot.y_label), size="medium")
    if len(names) > 1:
        texts = [cut(name, most) for name in names]
        figure.legend([handles[name] for name in names], texts, loc="outside lower left", ncols=across)
    return figure


def _height(plot: Plot, wide: int) -> float:
    """Return the height in mm of a row of panels so wide."""
    if plot.kind == "map":
        return min(max(_PANEL + 8, 0.55 * wide), wide) + 5  # for titles
    return max(_PANEL, 18 + _WORD * len(plot.words)) + (_SCALE if any(panel.depths for panel in plot.panels) else 0)


def _draw(plot: Plot, panel: Panel, ax: "Axes", *, wide: int) -> dict[str, Any]:
    """Draw what is in a panel, so wide in mm; return what stands for each of its curves in a legend."""
    if plot.kind == "map":
        low, high = plot.z_range or (0, 1)
        ax.imshow(
            panel.grid,
            extent=panel.extent,
            vmin=low,
            vmax=high,
            cmap="RdBu_r" if low < 0 else "viridis",
            aspect="equal" if panel.is_square else "auto",
            interpolation="nearest",
        )
        ax.grid(visible=False)
        return {}
    bars = [curve for curve in panel.curves if not curve.is_baseline]
    handles = {}
    for curve in panel.curves:
        if plot.kind == "lines" or (plot.kind == "bars" and curve.is_baseline):
            handles[curve.name] = _draw_line(curve, ax)
        elif plot.kind == "dots":
            handles[curve.name] = _draw_dots(plot, curve, ax)
        else:
            handles[curve.name] = _draw_bars(plot, curve, ax, share=(bars.index(curve), len(bars)))
    if panel.depths is not None:
        _add_scale(panel.depths, ax, wide=wide)
    return handles


def _draw_line(curve: Curve, ax: "Axes") -> Any:
    x: Any = [mark.x for mark in curve.marks]
    if curve.has_interval:
        low, high = ([getattr(mark, end) for mark in curve.marks] for end in ("low", "high"))
        ax.fill_between(x, low, high, color=curve.color, alpha=0.16, linewidth=0)
    has_markers = len(x) <= _MARKERS_UP_TO and not curve.is_baseline
    marker = _SYMBOLS[curve.symbol] if has_markers else None
    y = [mark.y for mark in curve.marks]
    return ax.plot(x, y, color=curve.color, linestyle=_DASHES[curve.dash], marker=marker)[0]


def _draw_dots(plot: Plot, curve: Curve, ax: "Axes") -> Any:
    x: Any = [mark.y for mark in curve.marks]
    y = [plot.words.index(str(mark.x)) for mark in curve.marks]
    handle = ax.errorbar(
        x, y, xerr=_reach(curve), color=curve.color, fmt=_SYMBOLS[curve.symbol], markersize=4, elinewidth=0.8
    )
    if curve.overall is not None:
        ax.axvline(curve.overall, color=curve.color, linestyle=_DASHES[curve.dash])
    return handle


def _draw_bars(plot: Plot, curve: Curve, ax: "Axes", *, share: tuple[int, int]) -> Any:
    """Draw the bars of a curve that is the how-manieth of how many that share each place."""
    number, count = share
    at: Any = [plot.words.index(str(mark.x)) if plot.words else mark.x for mark in curve.marks]
    step = 1.0 if plot.words else min((b - a for a, b in pairwise(sorted(set(at)))), default=1.0)
    thick = 0.8 * step / count
    places = [place + thick * (number - (count - 1) / 2) for place in at]
    lengths: Any = [mark.y for mark in curve.marks]
    error: dict[str, Any] = {"ecolor": NEUTRAL, "error_kw": {"elinewidth": 0.8}}
    if plot.words:
        return ax.barh(places, lengths, thick, color=curve.color, xerr=_reach(curve), **error)
    return ax.bar(places, lengths, thick, color=curve.color, yerr=_reach(curve), **error)


def _reach(curve: Curve) -> Any:
    """Return how far each interval reaches to either side; None without any."""
    if not curve.has_interval:
        return None
    return [
        [max(mark.y - (mark.low or 0), 0) for mark in curve.marks],
        [max((mark.high or 0) - mark.y, 0) for mark in curve.marks],
    ]


def _add_scale(depths: tuple[str, str], ax: "Axes", *, wide: int) -> None:
    """Add the scale that says which colour is how deep."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap

    scale = ScalarMappable(cmap=LinearSegmentedColormap.from_list("depth", depth_scale()))
    bar = ax.figure.colorbar(scale, ax=ax, orientation="horizontal", aspect=wide * 0.6, pad=0.04)
    bar.set_ticks([0, 1], labels=[cut(name, _LONGEST_DEPTH) for name in depths])
    first, last = bar.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.outline.set_visible(False)


def _upright(label: str) -> str:
    """Return a label in lines that are no longer than the side of a panel that they stand along."""
    return fill(label, int((_PANEL - _BELOW) * _LETTERS_OF_MM))


def _lay_out_axes(plot: Plot, panel: Panel, ax: "Axes", *, letters: int) -> None:
    ax.set_title(cut(panel.title, letters), loc="left", color=panel.color or "black")
    if plot.words:
        ax.set_xlim(plot.y_range)
        ax.set_ylim(len(plot.words) - 0.5, -0.5)
        ax.set_yticks(range(len(plot.words)), [cut(word, _LONGEST_WORD) for word in plot.words])
        ax.set(xlabel=fill(plot.y_label, letters), ylabel=_upright(plot.x_label))
        return
    if plot.kind != "map":
        ax.set(xlabel=fill(plot.x_label, letters), ylabel=_upright(plot.y_label))
        ax.set_xlim(plot.x_range)
        ax.set_ylim(plot.y_range)
        if plot.ticks:
            ax.set_xticks(plot.ticks)
