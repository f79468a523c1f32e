"""Run: everything recorded of one run (`?run=ID`); a running one is read again every five seconds."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.data.free_metrics import load_free_metrics
from dashboard.data.run_files import load_predictions
from dashboard.data.runs import load_epochs, load_listing, load_run
from dashboard.navigation import link_to_all_runs
from dashboard.run_page.analyses import has_analyses, show_analyses
from dashboard.run_page.curves import LIVE, choose_scale, show_curves, show_live
from dashboard.run_page.details import details_of
from dashboard.run_page.log import show_log
from dashboard.run_page.predictions import show_predictions
from dashboard.run_page.relations import has_seeds, resumed, show_attempts, show_seeds, show_sources
from dashboard.run_page.summary import show_summary
from dashboard.widgets.run_edits import show_edits, show_outcome
from expdb.catalog.datasets import dataset_label
from expdb.catalog.labels import model_aug
from expdb.domain.run import Run
from expdb.report.run_command import command_of

link_to_all_runs()
ref = st.query_params.get("run")
if ref is None:
    st.info("No run is named. Open one from the list of all runs, or add ?run=ID to the address. To train a first one:")
    st.code("expdb run --dataset digits --model resnet_mini --epochs 10", language="bash")
    st.stop()
run = load_run(ref)
st.title(f"Run {run.id}", anchor=False)
st.text(" · ".join(filter(None, (run.name, model_aug(run.fields), dataset_label(run.dataset), run.note))))
show_outcome()
with st.container(horizontal=True, vertical_alignment="center"):
    show_edits([run], known_tags=sorted({tag for other in load_listing(frozenset()) for tag in other.tags}))
show_sources(run)

is_live = run.status in LIVE
live = partial(st.fragment(show_live, run_every="5s" if is_live else None), run.id, was_live=is_live)
live(show_summary)
if run.kind == "reported":
    st.text(f"Source: {run.source}")
else:
    is_log, smoothing = choose_scale() if load_epochs(run.id) or load_free_metrics([run.id]) else (False, 0.0)

    def show_course(run: Run) -> None:
        """Show how a run went, or goes: its curves and its log."""
        show_curves(run, is_log=is_log, smoothing=smoothing)
        show_log(run)

    live(show_course)
if run.spec is not None:
    st.subheader("Run it again", anchor=False)
    st.code(command_of(run.spec, run), language="bash", wrap_lines=True)

zone = st.context.timezone
predictions, attempts = load_predictions(run), resumed(run)
details = details_of(run, zone)
parts: dict[str, Callable[[], object]] = {}
if "Settings" in details:
    parts["Settings"] = details.pop("Settings")
if predictions is not None:
    parts["Predictions"] = partial(show_predictions, run, predictions)
if has_analyses(run):
    parts["Analyses"] = partial(show_analyses, run)
if has_seeds(run):
    parts["Seeds"] = partial(show_seeds, run)
if attempts:
    parts["Attempts"] = partial(show_attempts, run, attempts, zone)
parts |= details
for tab, draw in zip(
    st.tabs(list(parts), key="part", bind="query-params", on_change="rerun"), parts.values(), strict=True
):
    if tab.open:
        with tab:
            draw()
