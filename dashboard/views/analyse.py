"""Analyse: what an analysis found of one run and up to six, side by side (`?runs=3,4&analysis=shift`)."""

import streamlit as st

from dashboard.analyse_page.charts import show_chart
from dashboard.analyse_page.gallery import show_gallery
from dashboard.analyse_page.listings import show_listings
from dashboard.analyse_page.values import show_missing, show_notes_of, show_values
from dashboard.data.analyses import load_analysed_ids, load_analyses
from dashboard.data.runs import load_chosen, load_groups
from dashboard.text import literal
from dashboard.widgets.run_picker import offer, pick_runs
from expdb.catalog.analyses import ANALYSES
from expdb.report.compare.analysed import AnalysedRun
from expdb.report.compare.side_by_side import line_label
from expdb.report.figures.analysis_plot import charts_by_key

MOST_ANALYSED = 6  # runs: as many as there are colours

st.title("Analyse")
analysed_ids = load_analysed_ids()
ids = pick_runs(
    help_text="Ids of one run and up to six, as in 3,4.",
    passes=lambda group: not analysed_ids.isdisjoint(group.run_ids),
    adds_seeds=True,
)
runs = [group.run for group in load_chosen(ids[:MOST_ANALYSED], is_collapsed=False)]
if len(ids) > MOST_ANALYSED:
    st.warning(f"{len(ids)} runs are more than there are colours: these are the first {MOST_ANALYSED}.")
if unknown := [run_id for run_id in ids[:MOST_ANALYSED] if run_id not in {run.id for run in runs}]:
    st.warning(f"No such run: {', '.join(map(str, unknown))}.")
if not runs:
    if analysed_ids:
        st.info("Choose one run or more: mark them here, or write their ids above.")
        offer(passes=lambda group: not analysed_ids.isdisjoint(group.run_ids), adds_seeds=True)
    else:
        st.info("No run has been analysed yet. An analysis asks a trained network why it answers as it does:")
        newest = max((run_id for group in load_groups() for run_id in group.seeds), default=None)
        train = "" if newest is not None else "expdb run --dataset digits --model resnet_mini --epochs 10\n"
        st.code(f"{train}expdb analyze shift {newest or 1}", language="bash")
    st.stop()

results = load_analyses([run.id for run in runs])
found = [name for name in ANALYSES if any(name in results.get(run.id, {}) for run in runs)]
others = [name for name in ANALYSES if name not in found]
name = st.selectbox("Analysis", [*found, *others], key="analysis", bind="query-params", width=220)
entry = ANALYSES[name]
st.subheader(literal(entry.title), anchor=False)
st.caption(literal(f"Asks {entry.description}."))

places = {run.id: place for place, run in enumerate(runs)}  # a run keeps its colour, whichever others were analysed
analysed = [AnalysedRun(run=run, result=results[run.id][name]) for run in runs if name in results.get(run.id, {})]
show_missing(entry, [run for run in runs if name not in results.get(run.id, {})])
if not analysed:
    st.stop()
show_values(entry, analysed)
charts = charts_by_key([(line_label(one.run), places[one.run.id], one.result.charts) for one in analysed])
for key, of_runs in charts.items():
    show_chart(name, key, of_runs)
show_gallery(analysed)
show_listings(analysed)
show_notes_of(analysed)
