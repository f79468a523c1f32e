"""The example database: the one that comes with expdb, and how it is built."""

import filecmp
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from expdb.catalog.reported import example_tables, paper_runs, report_tables, reported_runs
from expdb.data.atomic_files import replacing
from expdb.domain.claim import Claim, Paper
from expdb.errors import NotFoundError, StoreError
from expdb.launch.demo import DEMO_GROUP, DEMO_TABLE, TOUR_GROUP, TOUR_TABLE, demo_specs, tour_specs
from expdb.launch.environment import collect_environment
from expdb.launch.train_runs import TrainingSetup, train_specs
from expdb.store.database.backup import backup_database
from expdb.store.store import Store

EXAMPLE_FILE = "runs.db.example"


def example_file() -> Path:
    """Return the example that comes with expdb: inside the wheel, or in the source tree. Raises NotFoundError."""
    package = Path(str(files("expdb")))
    for path in (package / EXAMPLE_FILE, package.parent / EXAMPLE_FILE):
        if path.is_file():
            return path
    raise NotFoundError(f"there is no {EXAMPLE_FILE} beside {str(package)!r}: --rebuild trains its runs anew")


def copy_example(path: Path) -> bool:
    """Write the example that comes with expdb to a new file; return False where that file is there already.

    Raises:
        NotFoundError: this installation has none.
        StoreError: the file is another one, or cannot be written.
    """
    source = example_file()
    try:
        if path.is_file() and filecmp.cmp(source, path, shallow=False):
            return False
        _require_new(path)
        with replacing(path) as unfinished:
            shutil.copyfile(source, unfinished)
    except OSError as error:
        raise StoreError(f"cannot write {str(path)!r}: {error.strerror}") from error
    return True


def build_example(path: Path, setup: TrainingSetup, *, papers: Sequence[Paper], claims: Sequence[Claim]) -> None:
    """Make the example anew: reported rows and their tables, papers, claims, and the runs of demo and tour.

    Its runs say nothing of host, user or paths. Raises StoreError if the file exists, and as `train_specs`.

    Args:
        path: where it is written.
        setup: how its runs are trained; its database is left alone.
    """
    _require_new(path)
    demo, tour = demo_specs(), tour_specs()
    setup.tell(f"training {len(demo) + len(tour)} small runs for {path}: about 4 minutes on 2 cores")
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/example.db"
        nameless = replace(collect_environment(["expdb", "demo"], folder=Path(folder)), host=None, user=None)
        own = replace(setup, url=url, describe=lambda: nameless)
        with Store.open(url) as store:
            for reported in (*reported_runs(), *paper_runs()):
                store.add_reported(reported)
            for definition in (*report_tables(), *example_tables(), DEMO_TABLE, TOUR_TABLE):
                store.saved_tables.save(definition)
            store.library.save_papers(papers)
            store.library.save_claims(claims)
            train_specs(store, demo, own, group=DEMO_GROUP)
            train_specs(store, tour, own, group=TOUR_GROUP)
        backup_database(url, path)  # one compact file, without a write-ahead log beside it


def _require_new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise StoreError(f"{str(path)!r} exists already: move it away, or name another file with -o")
    if not path.parent.is_dir():
        raise StoreError(f"{str(path)!r}: there is no folder {str(path.parent)!r}: create it first")
