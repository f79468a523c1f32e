"""How shape bias is shown: by the category of the shape, beside people on the same images."""

from collections.abc import Mapping, Sequence
from typing import Literal

from expdb.analysis.parts.chart_lines import line_of
from expdb.analysis.parts.cue_conflict import Stimuli
from expdb.analysis.parts.shape_bias import Decision, shape_bias
from expdb.domain.analyses.result import Chart, Listing


def about_stimuli(stimuli: Stimuli, *, is_partial: bool) -> str:
    """Return in a sentence which images there were, and among what was decided."""
    if not is_partial:
        return f"cue conflict: {len(stimuli.files):,} images, decided among sixteen categories"
    return (
        f"cue conflict is partial: {len(stimuli.files):,} images of the {len(stimuli.categories)} categories that it "
        f"knows ({', '.join(sorted(stimuli.categories))}), decided among these; published numbers are of 1,200 images"
    )


def shape_bias_chart(decisions: Sequence[Decision], people: Sequence[Decision]) -> Chart:
    """Return the shape bias of each category of shape, and of all: the network's, and people's on the same images."""
    shapes = sorted({decision.shape for decision in decisions})
    lines = []
    kinds: tuple[tuple[Literal["network", "baseline"], str, Sequence[Decision]], ...] = (
        ("network", "network", decisions),
        ("baseline", "people", people),
    )
    for kind, label, some in kinds:
        if some:
            of_shape = [shape_bias([one for one in some if one.shape == shape]) for shape in shapes]
            lines.append(line_of(label, [*shapes, "all"], [*of_shape, shape_bias(some)], kind=kind))
    return Chart(
        key="shape_bias",
        title="Shape bias by the category of the shape",
        x_label="category of the shape",
        y_label="decisions for the shape (%)",
        kind="bars",
        percent=True,
        lines=tuple(lines),
    )


def published_listing(published: Mapping[str, Sequence[Decision]]) -> Listing:
    """Return the shape bias of people and of published networks."""
    found = {name: shape_bias(some) for name, some in published.items()}
    return Listing(
        key="published",
        title="Published decisions on the same images (Geirhos et al. 2019)",
        headings=("who", "shape bias (%)", "low", "high", "decisions for either"),
        rows=tuple(
            (name, *(round(100 * value, 2) for value in (one.value, one.low or 0, one.high or 0)), one.n)
            for name, one in found.items()
            if one is not None
        ),
    )
