"""A name for the images of a run: equal data, equal digest."""

import hashlib

from expdb.data.image_folders import ImageFiles
from expdb.data.pictures import FIRST_FRAME
from expdb.train.input.splits import Split, TrainingData


def data_digest(data: TrainingData) -> str:
    """Return 16 hex digits that name all splits as the run sees them, in their order.

    Images in memory count byte by byte. Of image files, which are read only when they are needed, the name from the
    class folder on and the size in bytes count, and what reading does beyond decoding: an earlier version did not.
    """
    hasher = hashlib.blake2b(digest_size=8)
    for name, split in (("train", data.train), ("val", data.val), ("test", data.test)):
        hasher.update(f"{name} {len(split) if split is not None else 0}\n".encode())
        if split is not None:
            _add(split, hasher)
    return hasher.hexdigest()


def _add(split: Split, hasher: "hashlib.blake2b") -> None:
    if isinstance(split, ImageFiles):
        readings = split.readings or ((),) * len(split)
        for path, name, words in zip(split.paths, split.names, readings, strict=True):
            marks = "".join(f" {word}" for word in words if word != FIRST_FRAME)  # it always was the first
            hasher.update(f"{name} {path.stat().st_size}{marks}\n".encode(errors="surrogateescape"))
        hasher.update(split.labels.tobytes())
        return
    hasher.update(str(tuple(split.images.shape)).encode())
    hasher.update(split.images.contiguous().cpu().numpy().reshape(-1).data)
    hasher.update(split.labels.cpu().numpy().tobytes())
