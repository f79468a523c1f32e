"""The folder of a run's files: always inside the store's artifact root, and for this user only, or for the group."""

from pathlib import Path

from expdb.data.run_files import is_for_group, make_folder
from expdb.domain.run import Run
from expdb.errors import NotFoundError, StoreError


def run_folder(run: Run, artifact_root: Path, *, create: bool, is_group_readable: bool) -> Path:
    """Return the folder of a run's files; with `create`, make it.

    Raises:
        NotFoundError: the run is reported: it has no files.
        StoreError: the folder lies outside the artifact root, is a link, or cannot be made.
    """
    if run.artifact_dir is None:
        raise NotFoundError(f"run {run.id} is copied from a document: it has no files")
    root = artifact_root.resolve()
    folder = root / run.artifact_dir
    if not folder.resolve().is_relative_to(root) or folder.resolve() == root:
        raise StoreError(f"the files of run {run.id} lie outside {artifact_root}: {run.artifact_dir!r} is refused")
    if folder.resolve() != folder:
        raise StoreError(f"the folder of run {run.id} is a link, which is not followed: {str(folder)!r}")
    if create:
        try:
            make_folder(root, is_group_readable=is_group_readable)
            make_folder(folder, is_group_readable=is_group_readable or is_for_group(root))
        except OSError as error:
            raise StoreError(f"cannot make the folder {folder}: {error.strerror}") from error
    return folder
