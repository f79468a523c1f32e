"""What stands in a table's cell finds its runs, on every back end."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expdb.domain.fields import run_fields
from expdb.domain.run import Environment, ReportedRun
from expdb.domain.value_text import format_value
from expdb.errors import FilterError
from expdb.store.filtering.filter import compile_filter
from expdb.store.judged_status import COMPARABLE
from expdb.store.store import Store
from expdb.store.tables import UtcDateTime, runs
from tests.factories import make_spec
from tests.store.conftest import BACK_ENDS
from tests.store.events import epoch

MEASURED = {
    "num_params": 272_474,
    "macs": 1_298_000_000,
    "peak_memory_bytes": 1_536_000_000,
    "train_seconds": 4046.25,
    "test_loss": 0.123449,
    "images_per_second": 1234.4,
    "num_test_images": 10_000,
    "lr": 0.1 + 0.2,
    "created_at": datetime(2026, 11, 30, 13, 5, 59, 500_000, UTC),
}


@pytest.fixture(scope="module")
def filled(shared_store):
    """A run a with results, a run b of other words, and a row r of a document; nobody writes into it."""
    fill(shared_store)
    return shared_store


def fill(store):
    for name, top1, options in (
        ("a", 0.82847, {"group": "U\N{COMBINING DIAERESIS}berblick", "tags": ["ΟΔΟΣ"], "note": "two\nlines  and é"}),
        ("b", 0.9, {"group": r"C:\runs\lr 0.1", "tags": ['50%_"x"'], "note": "ÉTÉ"}),
    ):
        run_id = store.add_run(make_spec(aug__preset="none" if name == "b" else "standard"), name=name, **options)
        store.start_run(run_id, Environment())
        store.record(run_id, epoch(1, top1=top1))
    stated = {"flip": True, "image_size": [224, 224], "cutmix": 1, "optimizer": "AdamW", 'it\'s "odd" $.x': 3}
    store.add_reported(
        ReportedRun(
            name="r",
            group="report",
            source="a report",
            quote={},
            dataset="CIFAR-100",
            model="ResNet-50",
            metrics={"mIoU": 71.5, "a b": 2e-5},
            settings=stated,
        )
    )
    with store._database.writing() as connection:
        connection.execute(sa.update(runs).where(runs.c.name == "a").values(**MEASURED))


FOUND = {
    "top1 = 82.85%": "a",
    "top1 = '82.85 %'": "a",
    "top1 = 0.8285": "",
    "top1 = 0.82847": "a",
    "top1 = 83%": "a",
    "top1 = 82.84%": "",
    "Top-1 > 82%": "ab",
    "Best Top-1 > 85%": "b",
    "num_params = 0.27M": "a",
    "num_params = 272,474": "a",
    "num_params < 0.3M": "a",
    "Params < 5 M": "a",
    "params > 272k": "a",
    "macs = 1.30G": "a",
    "macs < 1.3G": "a",
    "peak_memory_bytes = 1.54GB": "a",
    "peak_memory_bytes < 2 GB and name = a": "a",
    "peak_memory_bytes = 1536000000": "a",
    "peak_memory_bytes > 1.4GiB and name = a": "a",
    "train_seconds = 1h 7m 26s": "a",
    "train_seconds = '1h 7m 26s'": "a",
    "train_seconds > 1h": "a",
    "Train time > 67m": "a",
    "train_seconds = 4046.25": "a",
    "test_loss = 0.1234": "a",
    "test_loss = 0.1235": "",
    "images_per_second = '1,234'": "a",
    "num_test_images = 10,000": "a",
    "num_test_images in ('10,000', 5)": "a",
    "Test images = 10000": "a",
    "lr = 0.3": "a",
    "lr = 3e-1": "a",
    "optim.lr > 0.2": "a",
    "created_at = 2026-11-30 13:05 UTC": "a",
    "created_at = 2026-11-30T13:05:59": "a",
    "created_at = '2026-11-30 22:05+09:00'": "a",
    "created_at > 2026-11-30T13:05 and name = a": "",
    "created_at >= 2026-11-30T13:05 and name = a": "a",
    "created_at <= 2026-11-30 and name = a": "a",
    "created_at < 2026-11-30 and name = a": "",
    "created_at = 2026-11 and name = a": "a",
    "Created = 2026 and name = a": "a",
    "pretrained = ✓": "",
    "pretrained = no": "ab",
    "model = ResNet-mini": "ab",
    "Model = resnet-MINI": "ab",
    "model in (ResNet-mini, ResNet-50)": "abr",
    "model ~ ResNet-m": "ab",
    "aug = 'crop + flip'": "a",
    "dataset = cifar100": "r",
    "dataset = 'CIFAR-100'": "r",
    "Image size = 16": "ab",
    '"Image size (px)" = 16': "ab",
    "group = überblick": "a",
    "group = U\N{COMBINING DIAERESIS}BERBLICK": "a",
    "group ~ ÜBER": "a",
    r"group = 'C:\runs\lr 0.1'": "b",
    r"group = 'c:\\runs\\LR 0.1'": "b",
    r"group ~ \runs": "b",
    "tag = οδος": "a",
    """tag = '50%_"x"'""": "b",
    r'tag = "50%_\"x\""': "b",
    "tag ~ '%_'": "b",
    "note = 'two lines and É'": "a",
    "note = été": "b",
    "note ~ É": "ab",
    "text ~ ÉT": "b",
    "metrics.mIoU = 71.5": "r",
    "metrics.mIoU > 70": "r",
    "metrics.mIoU != 71.5": "ab",
    "metrics.mIoU = null": "ab",
    "metrics.mIoU in (70, 71.5)": "r",
    "metrics.mIoU ~ 71": "r",
    "'metrics.a b' < 1e-04": "r",
    "not metrics.none > 1": "abr",
    "settings.flip = yes": "r",
    "settings.flip = true": "r",
    "settings.flip = no": "",
    "settings.cutmix = 1.0": "r",
    "settings.cutmix < 2": "r",
    "settings.image_size = '224, 224'": "r",
    "settings.image_size = '224 x 224'": "r",
    "settings.optimizer = adamw": "r",
    "settings.optimizer ~ dam": "r",
    "settings.optimizer < 2": "",
    """'settings.it\\'s "odd" $.x' = 3""": "r",
    "Run = 1": "a",
    "nesterov = yes": "ab",
    "nesterov != yes": "r",
    "Nesterov = ✓": "ab",
    "loss = ce": "ab",
    "loss = null": "r",
    "bce_threshold > 50%": "",
    "optim.betas = null": "abr",
    "not distill.temperature = 4": "r",
    "tags = ΟΔΟΣ": "a",
    "model_label = ResNet-mini": "ab",
}


@pytest.mark.parametrize("where", FOUND)
def test_what_stands_in_a_cell_finds_its_runs(filled, where):
    assert "".join(run.name for run in filled.runs(where)) == FOUND[where]


def test_statements_of_documents_sort_runs(filled):
    assert [run.name for run in filled.runs(sort=["-metrics.mIoU", "-id"])] == ["r", "b", "a"]
    assert [run.name for run in filled.runs(sort=["settings.optimizer", "id"])] == ["r", "a", "b"]
    assert [run.name for run in filled.runs(sort=["Top-1"])] == ["a", "b", "r"]


REFUSED = {
    "top1 > 98": "'98' at position 8 of the filter: accuracies are fractions: write 98% or 0.98",
    "top1 < 90": "write 90% or 0.9$",
    "top1 != 82.85": "write 82.85% or 0.8285$",
    "best_top1 in (0.5, 95)": "'95' at position 20 .*: write 95%",
    "top1 > 150%": "no share is above 100%",
    "top1 > -1": "no share is below 0%",
    "top1 > 1000": "top1 is a number from 0 to 1",
    "label_smoothing > 10": "label_smoothing is a number from 0 to 1",
    "num_params < 5": "num_params is counted one by one: write 5M",
    "macs = 1.30": "write 1.30G",
    "peak_memory_bytes < 2": "write 2GB",
    "train_seconds > 1d": "a number of seconds, or a time like 1h 7m 26s",
    "epochs = 50%": "epochs is a number",
    "num_test_images in (10,000, 5)": "a blank after the comma, or 10000 for '10,000'",
    "name == a": "write = instead of ==",
    "name <> a": "write != instead of <>",
    "top1 => 90%": "write >= instead of =>",
    "name !~ a": "write not FIELD ~ VALUE",
    "name like a": r"write ~ \(contains, without % or \*\) instead of like",
    "name not like a": "write not FIELD ~",
    "name contains a": "instead of contains",
    "name is null": "write = instead of is",
    "name is not null": "write != instead of is not",
    "name = a && name = b": "at position 10, found '&&': write and instead of &&",
    "name=a||name=b": "write or instead of ||",
    "epochs between 1 and 2": "write >= A and FIELD <= B",
    "name = a b": "found 'b': quote a value of several words",
    "name = a top1 > 90%": "write and between two conditions",
    "status = done": "status is queued, running, .*: did you mean finished",
    "status in (finishd)": "did you mean finished",
    "status = reported": "write kind = reported",
    "kind = messured": "did you mean measured",
    "device = gpu": "did you mean cuda",
    "precision = fp16": "precision is fp32 or bf16",
    "best_by = train": "best_by is val or test",
    "policy = autoaugmnt": "did you mean autoaugment",
    "crop = padded": "did you mean pad",
    "schedule = cosin": "did you mean cosine",
    "loss = bec": "loss is ce or bce: did you mean bce",
    "top1 > 82,85%": "a number has a point, 82.85%",
    "lr = 0,1": "a number has a point",
    "id in 1,2": r"write in \(A, B\)",
    "dataset = cifar10, digits": r"a list is written in \(A, B\)",
    "MACs (G) < 2G": "quote a heading with its brackets",
    "metrics > 3": "did you mean metrics.NAME",
    "accuracy > 90%": "unknown field 'accuracy' .*: did you mean top1",
}


@pytest.mark.parametrize("where", REFUSED)
def test_what_would_only_mislead_is_refused_with_the_way_out(where):
    with pytest.raises(FilterError, match=REFUSED[where]):
        compile_filter(where)


LONE = {
    "resnet_mini": "'resnet_mini' at position 1 of the filter: say model = resnet_mini",
    "ResNet-mini": "say model = ResNet-mini",
    "digits": "say dataset = digits",
    "'überblick'": "say group = überblick",
    "ΟΔΟΣ": "say tag = ΟΔΟΣ",
    "top1 > 80% and digits": "'digits' at position 16 of the filter: say dataset = digits",
    "crop + flip": 'say aug = "crop [+] flip"',
    "nothing": "unknown field 'nothing' at position 1",
}


@pytest.mark.parametrize("where", LONE)
def test_a_word_alone_is_told_what_it_may_be_of(filled, where):
    with pytest.raises(FilterError, match=LONE[where]):
        filled.ids(where)


def test_places_are_those_of_the_filter_that_was_typed(filled):
    with pytest.raises(FilterError, match=r"^'98' at position 8 of the filter"):
        filled.ids(("dataset = digits", "top1 > 98"))


NOTHING = {
    "model = resnet_min": "no run has model = resnet_min: did you mean resnet_mini, ",
    "tag = best and group = report": "no run has tag = best: there is ",
    "group = reprt": "did you mean report?",
    "top1 > 99% and model = resnet_mini": "no run has top1 > 99%: it is 82.85% to 90.00%",
    "name = a and top1 > 85% and id > 0": "no run has both name = a and top1 > 85%",
    "id < 3 and (id > 1 and id != 2)": "no run has all of id < 3, id > 1 and id != 2",
    "metrics.miou > 1": "no document or script states metrics.miou, did you mean metrics.mIoU",
    "metrics.mIoU > 80": "no run has metrics.mIoU > 80: it is 71.5",
    "settings.flip = no": "no run has settings.flip = no: there is yes",
    "model = resnet*": "there are no wildcards, ~ finds what a text contains",
    "name = x or name = y": "no run has name = x or name = y",
    "eval_seconds = null and momentum > 0.99": "no run has momentum > 0.99: it is 0.9",
}


@pytest.mark.parametrize("where", NOTHING)
def test_where_nothing_is_found_the_term_that_leaves_none_is_named(filled, where):
    assert filled.ids(where) == set()
    assert NOTHING[where] in filled.searching.why_none(where)


def test_where_something_is_found_nothing_is_said(filled):
    assert filled.searching.why_none(("name = a", "")) is None


def test_only_removed_runs_are_said_to_be(store):
    store.edits.remove(store.add_run(make_spec(), name="a"))
    store.add_run(make_spec(seed=1), name="b")

    assert store.searching.why_none("name = a") == "no run has name = a: only runs that were removed do"
    assert store.searching.why_none("name = a", include_removed=True) is None


# What a property of all fields needs: a text that its column may hold, or a number, or a time.
_letters = st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Pc", "Pd", "Po", "Sm"], include_characters=" ")
_texts = st.text(_letters, min_size=1, max_size=30).map(str.strip).filter(bool)
_times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001
_UNITS = {"percent": "%", "gigas": "G"}
_FIELDS = sorted(
    set(COMPARABLE).intersection(runs.c.keys())
    - {"id", "uuid", "extends_another", "removed_at", "digest", "group_digest"}
)


@st.composite
def _cells(draw):
    name = draw(st.sampled_from(_FIELDS))
    column, known = runs.c[name], run_fields().get(name)
    if known is not None and known.choices and isinstance(column.type, sa.Text):
        return name, draw(st.sampled_from(sorted(set(known.choices) - {"queued", "running", "auto"})))
    if isinstance(column.type, sa.Boolean):
        return name, draw(st.booleans())
    if isinstance(column.type, UtcDateTime):
        return name, draw(_times)
    if isinstance(column.type, sa.Integer):
        return name, draw(st.integers(0, 10**14 if isinstance(column.type, sa.BigInteger) else 2**31 - 1))
    if isinstance(column.type, sa.Text):
        return name, draw(_texts)
    is_share = (known is not None and known.format == "percent") or "prob" in name or name in _OF_ONE
    return name, draw(st.floats(0, 1 if is_share else 10**6))


_OF_ONE = (
    *("val_fraction", "color_jitter", "label_smoothing", "momentum", "decay_rate", "drop_path", "ema_decay"),
    *("eval_crop", "crop_min_scale"),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=_cells())
@example(cell=("hflip_prob", 0.9999999999999999))
@example(cell=("top1", 0.12345))
@example(cell=("test_loss", 0.12344999999999999))
@example(cell=("train_seconds", 59.49999999999999))
def test_every_field_is_found_by_what_its_cell_says(cells, cell):
    name, value = cell
    known = run_fields().get(name)
    form = known.format if known else "time" if isinstance(value, datetime) else "text"
    decimals = known.decimals if known else None
    if form == "text" and isinstance(value, (int, float)) and not isinstance(value, bool):
        form = "number"
    text = format_value(value, form, decimals) + _UNITS.get(form, "")
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    with cells._database.writing() as connection:
        before = connection.execute(sa.select(runs.c[name]).where(runs.c.id == 1)).scalar_one()
        connection.execute(sa.update(runs).where(runs.c.id == 1).values({name: value}))

    found = [cells.ids(where) for where in (f"{name} = {quoted}", f"{name} in ({quoted}, null)")]

    with cells._database.writing() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == 1).values({name: before}))
    assert all(1 in ids for ids in found)


@pytest.fixture(scope="module", params=BACK_ENDS)
def cells(request, tmp_path_factory):
    """Two runs that examples write values into."""
    folder = tmp_path_factory.mktemp("values")
    url = f"sqlite:///{folder}/runs.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    with Store.open(url, artifact_root=folder / "artifacts") as store:
        store.add_run(make_spec(), name="one")
        store.add_run(make_spec(seed=1), name="two")
        yield store


def test_a_day_has_no_gap_to_the_next(filled):
    last = datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC)
    with filled._database.writing() as connection:
        connection.execute(sa.update(runs).where(runs.c.name == "b").values(created_at=last))

    assert [filled.ids(f"created_at {sign} 2026-11-30 and name = b") for sign in ("<", "=", ">")] == [set(), {2}, set()]
    assert filled.ids(f"created_at > {last + timedelta(microseconds=1):%Y-%m-%d} and name = b") == set()
