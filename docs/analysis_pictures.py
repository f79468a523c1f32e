"""Draw the pictures of docs/analyses.md from the results in `runs.db.example`.

    .venv/bin/python docs/analysis_pictures.py

Of each analysis it is one chart, of one seed of each network of the small-scale study.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from expdb.catalog.analyses import ANALYSES
from expdb.catalog.models import model_label
from expdb.report.figures.analysis_plot import ChartOfRun, charts_by_key, plot_of
from expdb.report.figures.printed_plot import file_of_plot
from expdb.store.store import Store

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images" / "analyses"
_RUNS = "tag = small-scale and seed = 0"
_WIDTH = 174  # mm


def charts(store: Store) -> Iterator[tuple[str, list[ChartOfRun]]]:
    """Yield the first chart of each analysis, of the runs that have it."""
    runs = store.runs(_RUNS)
    found = store.analyses.of([run.id for run in runs])
    for name in ANALYSES:
        shown = [
            (model_label(str(run.fields["model"])), place, found[run.id][name].charts)
            for place, run in enumerate(runs)
            if name in found.get(run.id, {})
        ]
        by_key = charts_by_key(shown)
        if by_key:
            yield name, next(iter(by_key.values()))


def main(database: Path) -> None:
    """Write the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with Store.open(f"sqlite:///{database}", is_read_only=True) as store:
        for name, shown in charts(store):
            (IMAGES / f"{name}.svg").write_bytes(file_of_plot(plot_of(shown), "svg", width=_WIDTH))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "runs.db.example")
