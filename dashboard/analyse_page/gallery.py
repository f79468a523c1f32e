"""Test images with the maps that an analysis kept of them, run beside run."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import streamlit as st

from dashboard.data.analyses import load_arrays
from dashboard.data.run_files import load_images
from dashboard.text import literal
from dashboard.widgets.images import data_url
from expdb.catalog.class_names import names_of_classes
from expdb.domain.run import Run
from expdb.errors import DataError
from expdb.report.compare.analysed import AnalysedRun
from expdb.report.compare.side_by_side import line_label
from expdb.report.figures.map_gallery import (
    IMAGE_KINDS,
    Answer,
    Arrays,
    GalleryImage,
    gallery_of,
    kinds_kept,
    map_sets,
    overlaid,
    with_patches,
)
from expdb.report.predictions.mistakes import guesses_text

_MOST = 12  # images at once
_SIDE = 128  # px of a picture
_MEAN = "mean"


def show_gallery(analysed: Sequence[AnalysedRun]) -> None:
    """Show the images that runs kept maps of; nothing where none of them keeps any."""
    keeping = [one for one in analysed if one.result.arrays_file is not None]
    if not keeping:
        return
    kept = {one.run.id: load_arrays(one.run, one.result) for one in keeping}
    sets: dict[int, dict[str, tuple[int, ...]]] = {}
    told = [why for why in kept.values() if isinstance(why, str)]
    for run_id, arrays in kept.items():
        if not isinstance(arrays, str) and "positions" in arrays:
            try:
                sets[run_id] = map_sets(arrays)
            except DataError as error:
                told.append(f"run {run_id}: {error}")
    if not any(sets.values()) and not told:
        return
    st.subheader("Images", anchor=False)
    for why in told:
        st.caption(literal(f"{why[0].upper()}{why[1:]}."))
    shown = [one for one in keeping if sets.get(one.run.id)]
    if shown:
        arrays_of = {one.run.id: arrays for one in shown if not isinstance(arrays := kept[one.run.id], str)}
        _show_images([one.run for one in shown], arrays_of, sets)


def _show_images(
    runs: Sequence[Run], arrays: Mapping[int, Arrays], sets: Mapping[int, Mapping[str, tuple[int, ...]]]
) -> None:
    in_order = [arrays[run.id] for run in runs]
    kinds = kinds_kept(in_order)
    names = list(dict.fromkeys(name for run in runs for name in sets[run.id]))
    if not kinds:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Which", kinds, key="images", bind="query-params", width=160)
        maps = st.selectbox("Map", names, key="map", bind="query-params", width=220)
        extents = [sets[run.id][maps] for run in runs if maps in sets[run.id]]
        place = _choose_place(extents)
        has_grid = st.toggle("Grid of the map", key="grid", bind="query-params", help="Of a ViT's maps, its patches.")
        share = st.slider("Map over image (%)", 0, 100, 50, 10, key="over", bind="query-params", width=200)
    st.markdown(f"**{literal(IMAGE_KINDS[kind][0].upper() + IMAGE_KINDS[kind][1:])}**")
    found = gallery_of(in_order, kind=kind, maps=maps, place=place, most=_MOST)
    pictures = load_images(runs[0], [one.position for one in found])
    if pictures is None:
        st.caption("The images are not on this machine: the maps stand alone.")
    classes = names_of_classes(runs[0].dataset, runs[0].fields["num_classes"] or 1 + max(one.true for one in found))
    with st.grid("auto", min_column_width=min(20 + (_SIDE + 16) * (1 + len(runs)), 620)):
        for number, one in enumerate(found):
            picture = None if pictures is None else pictures[number]
            with st.container(border=True, gap="xsmall"):
                _show_one(one, picture, runs, classes, share=share / 100, has_grid=has_grid)


def _choose_place(extents: Sequence[tuple[int, ...]]) -> list[int | None]:
    """Show what may be chosen of maps that there are several of, a layer and a head; return it, None: their mean."""
    chosen: list[int | None] = []
    depth = max(map(len, extents), default=0)
    for axis, title in zip(range(depth), ("Layer", "Head"), strict=False):
        most = max(extent[axis] for extent in extents if axis < len(extent))
        texts = [_MEAN, *(str(number) for number in range(1, most + 1))]
        text = st.selectbox(title, texts, key=title.lower(), bind="query-params", width=110)
        chosen.append(None if text == _MEAN else int(text) - 1)
    return chosen


def _show_one(
    one: GalleryImage,
    picture: npt.NDArray[Any] | None,
    runs: Sequence[Run],
    classes: Sequence[str],
    *,
    share: float,
    has_grid: bool,
) -> None:
    st.caption(literal(f"label {guesses_text([one.true], None, classes)} · image {one.position}"))
    with st.container(horizontal=True, gap="xsmall"):
        if picture is not None:
            with st.container(width=_SIDE + 4, gap="xxsmall"):
                grid = next((answer.map.shape for answer in one.answers if answer is not None), (1, 1))
                rows, columns = grid if has_grid else (1, 1)
                plain = with_patches(picture, rows=rows, columns=columns, side=_SIDE)
                st.image(data_url(plain, side=_SIDE), width=_SIDE, alt=f"test image {one.position}")
        for run, answer in zip(runs, one.answers, strict=True):
            with st.container(width=_SIDE + 4, gap="xxsmall"):
                _show_answer(one, answer, run, picture, classes, share=share)


def _show_answer(
    one: GalleryImage,
    answer: Answer | None,
    run: Run,
    picture: npt.NDArray[Any] | None,
    classes: Sequence[str],
    *,
    share: float,
) -> None:
    if answer is None:
        st.caption(literal(f"{line_label(run)}: no map of this image"))
        return
    below = picture if picture is not None else _blank(answer)
    over = overlaid(below, answer.map, share=share if picture is not None else 1.0, side=_SIDE)
    st.image(data_url(over, side=_SIDE), width=_SIDE, alt=f"map of run {run.id} over image {one.position}")
    sign = "✓" if answer.predicted == one.true else "✗"
    text = guesses_text([answer.predicted], [answer.probability], classes)
    st.caption(literal(f"{line_label(run)}: {sign} {text}"))


def _blank(answer: Answer) -> npt.NDArray[Any]:
    return (answer.map * 0).astype("uint8")
