"""Tables of what scripts logged, written in every format that is read, without marks: each number is found again."""

import random
import re
from collections.abc import Iterator

import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.check.check import check_text
from expdb.report.check.findings import Finding
from expdb.report.tables.build import build_table
from expdb.report.writers.render import render
from expdb.store.store import Store
from tests.report.check.tracked_runs import open_tracked

FORMATS = {"md": "r.md", "latex": "r.tex", "latex-caption": "r.tex", "latex-document": "r.tex", "html": "r.html"}
TRACKED = "confirmed by tracked runs"
METRICS = ("metrics.test/miou", "metrics.val/miou", "metrics.square_iou", "metrics.reward")
SETTINGS = ("settings.width", "settings.loss", "settings.ratio")
COMPARED = ("delta", "p", "interval", "n")
_TAG = re.compile(r"<[^<>]*>")
_DIGITS = re.compile(r"\d+\.\d+")


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_tracked(tmp_path_factory.mktemp("tracked")) as store:
        yield store


def some_table(rng: random.Random, *, is_compared: bool) -> TableDefinition:
    """Return a table of some metrics and parameters, in any order, with differences where they are asked for."""
    chosen = [ColumnChoice(key=key) for key in rng.sample((*METRICS, "metrics.probe"), rng.randint(2, 4))]
    settings = [ColumnChoice(key=key) for key in rng.sample(SETTINGS, rng.randint(0, 2))]
    if is_compared:
        for key in rng.sample(METRICS, 2):
            chosen += [ColumnChoice(key=key, shows=shows) for shows in rng.sample(COMPARED, 2)]
        chosen.append(ColumnChoice(key="metrics.val/miou", shows="p"))
    chosen.append(ColumnChoice(key="metrics.val/miou", at=rng.choice(("best", "mean-2"))))
    rng.shuffle(chosen)
    columns = (ColumnChoice(key="model"), *settings, *chosen)
    return TableDefinition(name="own", columns=columns, baseline="model = fcn" if is_compared else "")


def findings(store: Store, text: str, name: str, *saved: TableDefinition) -> list[Finding]:
    return [one for table in check_text(text, store, saved, name=name) for one in table.findings]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("is_saved", [True, False], ids=["saved", "of no saved table"])
def test_every_number_of_a_table_of_ours_is_confirmed_and_a_changed_digit_is_not(
    tracked: Store, form: str, is_saved: bool
):
    for number in range(2):
        rng = random.Random(f"{form} {number}")
        definition = some_table(rng, is_compared=is_saved)
        saved = (definition,) if is_saved else ()
        text = render(build_table(tracked, definition), form)

        found = findings(tracked, text, FORMATS[form], *saved)

        assert {one.status for one in found} == {TRACKED}, text
        num_printed = sum(len(row.cells) - 1 for row in build_table(tracked, definition).rows)
        assert len(found) >= num_printed // 2
        wrong = with_another_digit(text, rng.choice([one for one in found if _DIGITS.search(one.printed)]), rng)
        changed = findings(tracked, wrong, FORMATS[form], *saved)
        assert [one.status for one in changed if one.status != TRACKED] == ["contradicted"], wrong


def with_another_digit(text: str, finding: Finding, rng: random.Random) -> str:
    """Return a text with another digit in a number, the last but one, where it is printed."""
    lines = text.split("\n")
    line = lines[finding.line - 1]
    printed = _DIGITS.search(finding.printed)
    assert printed is not None
    shown = _TAG.sub(lambda match: " " * len(match.group()), line)
    [place, *_] = (match for match in _DIGITS.finditer(shown) if match.group() == printed.group())
    end = place.end() - 2
    digit = rng.choice([one for one in "0123456789" if abs(int(one) - int(line[end])) > 1])
    lines[finding.line - 1] = line[:end] + digit + line[end + 1 :]
    return "\n".join(lines)
