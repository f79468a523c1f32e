"""Agreement with people: what a slow computation gives, and images joined by their true order or not at all."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from expdb.analysis.agreement import analyse_agreement
from expdb.analysis.estimates import consistency
from expdb.analysis.parts.people_answers import order_by_paths, people_answers
from expdb.analysis.subject import NotApplicableError, Subject
from expdb.catalog.analysis_settings import AgreementSettings
from expdb.catalog.class_names import names_of_classes
from expdb.data.parquet import read_paths
from expdb.data.predictions import Predictions
from expdb.errors import DataError
from expdb.report.stats.error_consistency import kappa
from tests.factories import make_spec

Numbers = npt.NDArray[np.int64]
SETTINGS = AgreementSettings()


def subject_of(label: Numbers, answer: Numbers, data_dir: Path, **settings: object) -> Subject:
    spec = make_spec(**({"data__dataset": "cifar10"} | settings))
    return Subject(
        spec=spec,
        data_dir=data_dir,
        class_names=names_of_classes("cifar10", 10),
        own_predictions=Predictions(
            label=label.astype(np.uint16),
            top5=((answer[:, None] + np.arange(5)) % 10).astype(np.uint16),
            probability=np.full(len(label), 0.5, dtype=np.float32),
        ),
    )


@pytest.fixture
def people(tmp_path: Path) -> tuple[Path, Numbers, Numbers]:
    """A data folder with ten people's answers to 40 images, their labels, and the answers."""
    generator = np.random.default_rng(0)
    label = generator.permutation(np.arange(40) % 10)
    counts = generator.multinomial(4, np.full(10, 0.1), size=40)
    counts[np.arange(40), label] += generator.integers(0, 7, 40)
    (tmp_path / "cifar-labels").mkdir()
    np.savez(
        tmp_path / "cifar-labels" / "cifar10_test.npz",
        label=label.astype(np.uint8),
        human_counts=counts.astype(np.uint8),
    )
    return tmp_path, label, counts


def test_numbers_are_what_a_slow_computation_gives(people: tuple[Path, Numbers, Numbers]):
    folder, label, counts = people
    answer = np.where(np.arange(40) % 3 == 0, (label + 1) % 10, label)

    found = analyse_agreement(subject_of(label, answer, folder), SETTINGS)

    shares = [row / row.sum() for row in counts]
    right = [float(own == true) for own, true in zip(answer, label, strict=True)]
    likely = [share[true] for share, true in zip(shares, label, strict=True)]
    observed = sum(c * p + (1 - c) * (1 - p) for c, p in zip(right, likely, strict=True)) / 40
    c, p = sum(right) / 40, sum(likely) / 40
    expected = c * p + (1 - c) * (1 - p)
    wrong = [place for place in range(40) if not right[place]]
    values = {key: estimate.value for key, estimate in found.values.items()}
    assert values == pytest.approx(
        {
            "people_agreement": sum(share[own] for share, own in zip(shares, answer, strict=True)) / 40,
            "people_kappa": (observed - expected) / (1 - expected),
            "people_mistakes": sum(shares[place][answer[place]] >= 0.1 for place in wrong) / len(wrong),
            "label_doubts": sum(likely[place] < 0.5 for place in wrong) / len(wrong),
        }
    )
    assert found.values["people_mistakes"].n == len(wrong)
    assert sum(int(row[1]) for row in found.listings[0].rows) == 40  # type: ignore[arg-type]
    assert found == analyse_agreement(subject_of(label, answer, folder), SETTINGS)


def test_kappa_of_people_who_are_sure_is_that_of_two_networks():
    generator = np.random.default_rng(1)
    one, other = generator.random((2, 300)) < 0.7

    found = consistency(torch.from_numpy(one), torch.from_numpy(other))

    assert found is not None
    assert found.value == pytest.approx(kappa(one, other))


def test_kappa_with_itself_is_one_and_with_the_unrelated_about_nothing():
    right = torch.arange(1000) % 3 > 0
    itself, unrelated = consistency(right, right), consistency(right, torch.full((1000,), 0.8))

    assert itself is not None
    assert unrelated is not None
    assert (itself.value, itself.low, itself.high) == pytest.approx((1, 1, 1))
    assert unrelated.value == pytest.approx(0, abs=1e-12)
    assert consistency(torch.ones(5), torch.ones(5)) is None


def test_a_network_without_mistakes_has_nothing_said_of_them(people: tuple[Path, Numbers, Numbers]):
    folder, label, _ = people

    found = analyse_agreement(subject_of(label, label, folder), SETTINGS)

    assert {*found.values} == {"people_agreement", "people_kappa"}
    assert found.values["people_kappa"].value == pytest.approx(0)
    assert any("no mistakes" in note for note in found.notes)


@pytest.mark.parametrize(
    ("settings", "dataset", "reason"),
    [
        (SETTINGS, "digits", "this run was tested on others"),
        (AgreementSettings(labels=""), "cifar10", "people: left out"),
    ],
)
def test_without_people_classes_are_listed_all_the_same(
    tmp_path: Path, settings: AgreementSettings, dataset: str, reason: str
):
    label = np.arange(40) % 10

    found = analyse_agreement(subject_of(label, label, tmp_path, data__dataset=dataset), settings)

    assert not found.values
    assert reason in found.notes[0]
    assert found.listings[0].rows[0] == ("airplane", 4, 100.0)


def test_answers_that_are_not_there_are_said_to_be_missing_and_those_asked_for_are_required(tmp_path: Path):
    label = np.arange(40) % 10
    subject = subject_of(label, label, tmp_path)

    assert "cifar10_test.npz" in analyse_agreement(subject, SETTINGS).notes[0]
    with pytest.raises(DataError, match="labels: no folder"):
        analyse_agreement(subject, AgreementSettings(labels="elsewhere"))


def test_a_few_images_are_as_many_of_each_class(people: tuple[Path, Numbers, Numbers]):
    folder, label, _ = people

    found = analyse_agreement(subject_of(label, label, folder), AgreementSettings(images=20))

    assert found.num_images == 20
    assert [row[1] for row in found.listings[0].rows] == [2] * 10


def write_copy(folder: Path, label: Numbers, order: Numbers, *, paths: list[str | None] | None = None) -> None:
    """Write the shards of a copy in another order, whose paths say which image of its class each one is."""
    place = np.array([np.count_nonzero(label[:number] == label[number]) for number in range(len(label))])
    names = paths or [f"test/c{label[number]}/{place[number]:04d}.jpg" for number in order]
    rows = [{"bytes": b"\xff\xd8", "path": name} for name in names]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"img": pa.array(rows, type=kind), "label": pa.array(label[order])})
    for split in ("train", "test"):
        (folder / "cifar10").mkdir(exist_ok=True)
        pq.write_table(table, folder / "cifar10" / f"{split}-0.parquet")


@pytest.mark.parametrize("limit", [None, 20])
def test_a_copy_in_another_order_is_joined_by_its_paths(people: tuple[Path, Numbers, Numbers], limit: int | None):
    folder, label, counts = people
    order = np.random.default_rng(5).permutation(40)
    write_copy(folder, label, order)
    settings = {"data__dataset": "cifar10_jpeg", "data__test_limit": limit}
    whole = subject_of(label[order], label[order], folder, **settings)
    if limit is not None:
        from expdb.data.test_limit import choose_test

        chosen = choose_test(label[order], whole.spec.data)
        order = order[chosen]
        whole = subject_of(label[order], label[order], folder, **settings)

    found = people_answers(whole, SETTINGS.labels)

    assert found.label.tolist() == label[order].tolist()
    assert found.counts.tolist() == counts[order].tolist()


def test_a_copy_whose_order_nothing_tells_is_refused(people: tuple[Path, Numbers, Numbers]):
    folder, label, _ = people
    order = np.random.default_rng(5).permutation(40)
    write_copy(folder, label, order, paths=[None] * 39 + ["x.jpg"])

    with pytest.raises(DataError, match=r"which image is which cannot be known.*--set labels="):
        people_answers(subject_of(label[order], label[order], folder, data__dataset="cifar10_jpeg"), SETTINGS.labels)


def test_a_run_of_other_images_than_those_at_hand_is_refused(people: tuple[Path, Numbers, Numbers]):
    folder, label, _ = people
    write_copy(folder, label, np.random.default_rng(5).permutation(40))
    order = np.random.default_rng(6).permutation(40)

    with pytest.raises(DataError, match="not tested on the images of cifar10_jpeg"):
        people_answers(subject_of(label[order], label[order], folder, data__dataset="cifar10_jpeg"), SETTINGS.labels)


def test_numbers_that_name_an_image_twice_are_refused():
    with pytest.raises(ValueError, match="do not number the images of class 1"):
        order_by_paths(["a/0.png", "b/0.png", "b/0.png"], np.array([0, 1, 1]), np.array([1, 0, 1]))


def test_a_file_of_other_arrays_is_refused(tmp_path: Path):
    (tmp_path / "cifar-labels").mkdir()
    np.savez(tmp_path / "cifar-labels" / "cifar10_test.npz", label=np.zeros(3))

    with pytest.raises(DataError, match="no answers of people"):
        people_answers(subject_of(np.zeros(3, dtype=np.int64), np.zeros(3), tmp_path), SETTINGS.labels)


def test_images_without_people_are_not_asked_about(tmp_path: Path):
    with pytest.raises(NotApplicableError, match="tested on others"):
        people_answers(subject_of(np.zeros(3), np.zeros(3), tmp_path, data__dataset="digits"), SETTINGS.labels)


def test_the_real_copy_is_joined_so_that_people_see_what_its_paths_say(real_data: Path):
    files = sorted((real_data / "cifar10").glob("**/test-*.parquet"))
    official = np.load(real_data / "cifar-labels" / "cifar10_test.npz")
    own = pq.read_table(files[0], columns=["label"])["label"].to_numpy()

    index = order_by_paths(read_paths(files), own, official["label"].astype(np.int64))

    assert sorted(index) == list(range(10_000))
    assert (official["label"][index] == own).all()
    corrected = json.loads((real_data / "cifar-labels" / "cifar10_mturk.json").read_text())
    assert {one["given_original_label"] == official["label"][one["id"]] for one in corrected} == {True}
