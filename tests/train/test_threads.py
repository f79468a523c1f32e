"""How many threads a run computes with: as told; else as many as are worth their while, and free."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from expdb.data.cpus import num_loaders
from expdb.domain.events import RunStarted
from expdb.train import threads
from expdb.train.loop import train
from expdb.train.threads import LEAST_MACS_A_THREAD, choose_threads, use_threads
from tests.factories import make_spec

CPU = torch.device("cpu")
MUCH = 1000 * LEAST_MACS_A_THREAD


@pytest.fixture(autouse=True)
def _eight(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(threads, "num_usable_cpus", lambda: 8)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def free(number: float = 8.0) -> float:
    return number


@pytest.mark.parametrize(("busy", "number"), [(0.0, 8), (0.2, 8), (0.3, 7), (1.0, 7), (3.5, 4), (7.9, 1), (9.0, 1)])
def test_a_large_network_takes_the_processors_that_others_leave(busy: float, number: int) -> None:
    count = choose_threads(MUCH, lambda: 8.0 - busy)

    assert count.number == number
    assert count.why == ("" if number == 8 else "of 8: others keep the rest busy")


@pytest.mark.parametrize(("share", "number"), [(0.0, 1), (0.5, 1), (1.9, 1), (2.0, 2), (3.5, 3), (8.0, 8), (99.0, 8)])
def test_each_thread_has_work_enough(share: float, number: int) -> None:
    count = choose_threads(int(share * LEAST_MACS_A_THREAD), free)

    assert count.number == number
    assert count.why == ("" if number == 8 else "of 8: the network is too small for more")


@pytest.mark.parametrize(("usable", "number"), [(1, 1), (2, 1), (4, 2), (8, 4), (16, 12)])
def test_processes_that_read_images_are_left_processors(
    monkeypatch: pytest.MonkeyPatch, usable: int, number: int
) -> None:
    monkeypatch.setattr(threads, "num_usable_cpus", lambda: usable)

    count = choose_threads(MUCH, lambda: float(usable), has_loaders=True)

    assert count.number == number
    assert count.why == ("" if usable == 1 else f"of {usable}: the rest read the images")


@pytest.mark.parametrize(
    ("cpus", "num_threads", "loaders"), [(1, 1, 1), (2, 1, 2), (2, 2, 1), (4, 2, 3), (8, 4, 4), (16, 1, 4), (2, 16, 1)]
)
def test_images_are_read_by_as_many_as_find_processors(cpus: int, num_threads: int, loaders: int) -> None:
    assert num_loaders(cpus, num_threads) == loaders


def test_a_small_network_does_not_wait_to_see_what_is_free() -> None:
    assert choose_threads(1, lambda: pytest.fail("it was asked")).number == 1


def test_a_network_whose_work_cannot_be_counted_takes_what_is_free() -> None:
    assert choose_threads(None, lambda: 5.0).number == 5


def test_the_only_processor_is_used_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_usable_cpus", lambda: 1)

    assert (choose_threads(MUCH, free).number, choose_threads(MUCH, free).why) == (1, "")


def test_who_says_a_number_has_it() -> None:
    assert (
        use_threads(3, num_macs=1, has_loaders=False, device=CPU, num_free=free, environ={"OMP_NUM_THREADS": "1"}) == ""
    )

    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(
    ("environ", "device"), [({"OMP_NUM_THREADS": "1"}, CPU), ({}, torch.device("cuda", 0))], ids=["OpenMP's", "a GPU"]
)
def test_the_variable_of_openmp_and_a_gpu_leave_torch_as_it_is(environ: dict[str, str], device: torch.device) -> None:
    assert use_threads(None, num_macs=MUCH, has_loaders=False, device=device, num_free=free, environ=environ) == ""

    assert torch.get_num_threads() == 1


def test_otherwise_it_is_chosen() -> None:
    why = use_threads(None, num_macs=3 * LEAST_MACS_A_THREAD, has_loaders=False, device=CPU, num_free=free, environ={})

    assert (torch.get_num_threads(), why) == (3, "of 8: the network is too small for more")


@pytest.mark.parametrize(
    ("told", "number", "why"),
    [(None, 1, "of 8: the network is too small for more"), (2, 2, "")],
    ids=["chosen", "told"],
)
def test_a_run_says_with_how_many_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: int | None, number: int, why: str
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    spec = make_spec(model__name="test_resnet", epochs=1, data__limit=32, device="cpu")
    events = train(spec, data_dir=Path(), out_dir=tmp_path, threads=told)

    started = next(events)
    events.close()

    assert isinstance(started, RunStarted)
    assert (started.num_threads, started.why_not_more_threads) == (number, why)
