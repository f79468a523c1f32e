"""Charts of analyses, of every kind."""

from expdb.domain.analyses.result import Chart, Line
from expdb.report.figures.analysis_plot import ChartOfRun

LABELS = ("1 ResNet-20", "4 ViT-mini", "7 CCT-2/3x2 + RandAugment", "8 $x$ <b>", "9 한국어", "12 " + "long name " * 6)
KINDS = ("shift", "noise", "taps", "shape", "changes", "reliability", "heat", "positions")


def make_chart(kind: str, number: int = 0) -> Chart:
    """A chart of a kind, of the run of that number."""
    less = 0.02 * number
    match kind:
        case "shift":
            return _chart(kind, _line("stays", (1, 2, 3), (0.9 - less, 0.8, 0.7)), _base("chance", (1, 2, 3), 0.1))
        case "noise":
            norms = (_line(f"norm {norm}", (0.1, 0.2, 0.3), (0.5 - less, 0.4, 0.3 / norm)) for norm in (4, 2))
            return _chart(kind, *norms, _base("clean", (0.1, 0.2, 0.3), 1.0))
        case "taps":
            lines = (Line(label=f"layer {n}", x=(0, 0.5), y=(0, -1.0 - n)) for n in range(6 + number))
            return _chart(kind, *lines, Line(label="resized", x=(0, 0.5), y=(0, -2), kind="baseline"), percent=False)
        case "shape":
            people = _base("people", ("cat", "car", "all"), 0.95)
            own = Line(
                label="network",
                x=("cat", "car", "all"),
                y=(0.3 - less, None, 0.3),
                low=(0.2, 0, 0.2),
                high=(0.4, 0, 0.4),
            )
            return _chart(kind, own, people, kind="bars")
        case "changes":
            return _chart(kind, _line("kept", ("grey", "edges alone"), (0.8 - less, 0.2)), kind="bars")
        case "reliability":
            return _chart(
                kind, _line("right", (0.25, 0.75), (0.3, 0.7)), _base("as told", (0.25, 0.75), 0.5), kind="bars"
            )
        case "heat":
            grid = tuple(tuple(0.1 * row + 0.05 * column + less for column in range(5)) for row in range(5))
            return _chart(kind, kind="map", grid=grid, extent=(-1, 1, -1, 1))
    return _chart(kind, kind="map", grid=((1.0, -0.2), (-0.2, 1.0)), percent=False)


def charts_of(kind: str, *, runs: int) -> list[ChartOfRun]:
    """The charts of a kind, of so many runs."""
    return [ChartOfRun(label=LABELS[number], place=number, chart=make_chart(kind, number)) for number in range(runs)]


def _chart(key, *lines, kind="lines", percent=True, **given) -> Chart:
    labels = {"title": f"Title of {key}", "x_label": "what is across (px)", "y_label": "what is up (%)"}
    return Chart(key=key, kind=kind, percent=percent, lines=tuple(lines), **labels, **given)


def _line(label, x, y) -> Line:
    return Line(label=label, x=x, y=y, low=tuple(v - 0.02 for v in y), high=tuple(v + 0.02 for v in y))


def _base(label, x, y) -> Line:
    return Line(label=label, x=x, y=(y,) * len(x), kind="baseline")
