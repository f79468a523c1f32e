"""What a browser walks through: a database with something on every page, and a person's hands and eyes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expdb.catalog.datasets import dataset
from expdb.data.dataset_files import find_reader
from expdb.data.predictions import Predictions, write_predictions
from expdb.domain.run import Environment
from expdb.interop.papers_and_claims import read_claims, read_papers
from expdb.store.store import Store
from tests.analysis.analysed import make_result
from tests.dashboard.conftest import NUM_PARAMS, fill_awkward, fill_demo, fill_reported
from tests.factories import make_spec
from tests.report.figures.charts import make_chart
from tests.store.events import FINISHED, epoch, started

GROUP = "pair"  # the runs that journeys are about
EPOCHS = 12
NUM_WRONG = {"resnet_mini": (2, 6, 8), "vit_mini": (40, 44, 52)}  # of 360 test images, by seed
HEADER, ROW, CHECKBOX = 33, 31, 16  # px of a table in this theme: heights, and the middle of the boxes


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models with three seeds each.

    Attributes:
        ids: run ids by model, in the order of the seeds.
        correct: (360,) bool by run id: which test images it got right.
    """

    ids: dict[str, list[int]]
    correct: dict[int, np.ndarray]

    @property
    def newest_first(self) -> list[int]:
        """The runs in the order in which tables of runs list them."""
        return sorted(self.correct, reverse=True)


def fill_everything(store: Store) -> Pair:
    """Store reported, running, failed and queued runs, papers, claims and tables; last the pair, and return it."""
    fill_reported(store)
    fill_awkward(store)
    fill_demo(store)
    store.library.save_papers(read_papers())
    store.library.save_claims(read_claims())
    return _add_pair(store)


def _add_pair(store: Store) -> Pair:
    reader = find_reader(dataset("digits"), Path())
    labels = reader().test.labels
    random = np.random.default_rng(0)
    hard = random.permutation(len(labels))  # of which the first are wrong most often
    ids: dict[str, list[int]] = {}
    masks = {}
    for model, numbers in NUM_WRONG.items():
        for seed, num_wrong in enumerate(numbers):
            wrong = random.choice(hard[: 3 * num_wrong], num_wrong, replace=False)
            correct = ~np.isin(np.arange(len(labels)), wrong)
            spec = make_spec(model__name=model, epochs=EPOCHS, seed=seed)
            run_id = store.add_run(spec, group=GROUP)
            store.start_run(run_id, Environment())
            size = {"num_params": NUM_PARAMS[model], "num_trainable_params": NUM_PARAMS[model]}
            store.record(run_id, started(**size))
            for number in range(1, EPOCHS + 1):
                missed = 0.8 * 0.6**number if number < EPOCHS else 0.0
                top1 = correct.mean() * (1 - missed)
                losses = {"train_loss": 0.02 + 2.8 * missed, "test_loss": 2 * (1 - top1)}
                store.record(run_id, epoch(number, top1=top1, top5=1 - missed / 4, lr=0.1 * missed + 0.001, **losses))
            _write_predictions(store, run_id, labels, correct)
            store.record(run_id, FINISHED)
            noise = make_result("noise", values={"noise_high_drop": 0.4}, charts=(make_chart("noise", seed),))
            store.analyses.save(run_id, noise, epoch=EPOCHS)
            ids.setdefault(model, []).append(run_id)
            masks[run_id] = correct
    return Pair(ids=ids, correct=masks)


def _write_predictions(store: Store, run_id: int, labels: np.ndarray, correct: np.ndarray) -> None:
    first = np.where(correct, labels, (labels + 1 + run_id % 3) % 10)
    predictions = Predictions(
        label=labels.astype(np.uint16),
        top5=((first[:, None] + np.arange(5)) % 10).astype(np.uint16),
        probability=np.where(correct, 0.9, 0.02).astype(np.float32),
    )
    write_predictions(predictions, store.artifact_dir(run_id, create=True) / str(FINISHED.predictions_file))


def mark_row(page, table, row: int, *, row_height: int = ROW) -> None:
    """Tick the box of a table's row, from 0."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + CHECKBOX, box["y"] + HEADER + (row + 0.5) * row_height)


def cell_texts(table) -> list[list[str]]:
    """Return the rows of a table as a screen reader hears them: those that are in view, without the headings."""
    rows = table.locator("[role=row]").all()[1:]
    return [row.locator("[role=gridcell]").all_inner_texts() for row in rows]


def widest(page) -> int:
    """Return how wide the page is in px, with what only scrolling sideways would show."""
    return max(
        page.evaluate("document.documentElement.scrollWidth"),
        page.get_by_test_id("stMain").evaluate("element => element.scrollWidth"),
    )
