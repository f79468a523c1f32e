"""What evaluation looks at: the same of a picture, whether it comes by a dataset's name or from a folder."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from expdb.catalog.class_names import names_of_classes
from expdb.catalog.compose_spec import compose_spec
from expdb.data.predictions import Predictions
from expdb.domain.codec import spec_from_json
from expdb.domain.spec import RunSpec
from expdb.train.distributed import Team
from expdb.train.engine import make_engine
from expdb.train.evaluate import evaluate
from expdb.train.input.batches import EvalImages, TrainImages, make_feed
from expdb.train.input.splits import ImageFiles, ImageTensor, load_data
from tests.factories import make_spec
from tests.train.runs import finish

CPU = torch.device("cpu")
NUM = {"train": 50, "test": 200}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same pictures as CIFAR-10's pickles and as PNG files in class folders, in the same order."""
    root = tmp_path_factory.mktemp("both")
    names = names_of_classes("cifar10", 10)
    for split, number in NUM.items():
        # Soft shapes, as photographs are: of noise, all enlargements differ.
        coarse = np.random.default_rng(number).integers(256, size=(number, 6, 6, 3), dtype=np.uint8)
        pixels = np.stack([np.asarray(Image.fromarray(image).resize((32, 32))) for image in coarse])
        labels = np.arange(number) * 10 // number
        for count, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            folder = root / "folder" / split / names[label]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(folder / f"{count:04}.png")
        flat = pixels.transpose(0, 3, 1, 2).reshape(number, -1)
        (root / "cifar-10-batches-py").mkdir(exist_ok=True)
        files = ["test_batch"] if split == "test" else [f"data_batch_{part}" for part in range(1, 6)]
        for part, indices in zip(files, np.array_split(np.arange(number), len(files)), strict=True):
            content = {b"data": flat[indices], b"labels": labels[indices].tolist()}
            (root / "cifar-10-batches-py" / part).write_bytes(pickle.dumps(content, protocol=2))
    return root


def specs_of(root: Path, **settings: Any) -> tuple[RunSpec, RunSpec]:
    shared = {"data__normalize": "half", "amp": False, "batch_size": 50}
    by_name = {**shared, "data__dataset": "cifar10", "model__name": "test_resnet"}
    named = make_spec(**by_name, **settings)
    return named, make_spec(**{**by_name, "data__dataset": f"folder:{root / 'folder'}"}, **settings)


def predictions(spec: RunSpec, root: Path) -> Predictions:
    engine = make_engine(spec, load_data(spec, root), team=Team(), device=CPU, teachers={})
    return finish(evaluate(engine, "test", epoch=1)).predictions


@pytest.mark.parametrize("crop", [1.0, 0.875])
def test_one_network_says_the_same_of_a_folder_as_of_the_named_dataset(both: Path, crop: float) -> None:
    named, folder = (predictions(spec, both) for spec in specs_of(both, data__img_size=32, eval__crop=crop))

    for field in ("label", "top5", "probability", "confidence"):
        assert np.array_equal(getattr(named, field), getattr(folder, field)), field


@pytest.mark.parametrize(("img_size", "crop"), [(48, 1.0), (80, 1.0), (80, 0.75)])
def test_at_other_sizes_it_says_nearly_the_same(both: Path, img_size: int, crop: float) -> None:
    named, folder = (predictions(spec, both) for spec in specs_of(both, data__img_size=img_size, eval__crop=crop))

    assert np.abs(named.probability - folder.probability).max() < 0.01


@pytest.mark.parametrize("crop", [0.75, 0.875, 1.0])
def test_a_named_dataset_is_cropped_like_a_folder(both: Path, crop: float) -> None:
    for spec in specs_of(both, data__img_size=32, eval__crop=crop, aug__crop="none", aug__crop_padding=0):
        data = load_data(spec, both)
        split = next(make_feed(spec, data, device=CPU, team=Team()).eval_batches("test", batch_size=10)).images
        trained = data.train.images if isinstance(data.train, ImageTensor) else _trained(spec, data.train)
        first = np.asarray(Image.open(next((both / "folder" / "test" / "airplane").glob("0000.png"))))
        side = round(32 * crop)
        edge = (32 - side) // 2
        box = (edge, edge, edge + side, edge + side)
        expected = np.asarray(Image.fromarray(first).resize((32, 32), Image.Resampling.BILINEAR, box=box))

        assert np.array_equal(split[0].permute(1, 2, 0).numpy(), expected)
        assert trained.shape[1:] == split.shape[1:]


def _trained(spec: RunSpec, files: ImageFiles) -> torch.Tensor:
    images = TrainImages(files, spec, mean=(0.5,) * 3, epoch=1)
    seen = EvalImages(files, spec)
    plain = spec.model_copy(update={"aug": spec.aug.model_copy(update={"hflip_prob": 0.0, "policy": "none"})})
    same = TrainImages(files, plain, mean=(0.5,) * 3, epoch=1)
    assert torch.equal(same[3][0], seen[3][0])  # with aug.crop=none, training sees what evaluation sees
    return images[0][0][None]


@pytest.mark.parametrize(
    ("settings", "crop"),
    [
        ({"data.img_size": 32}, 1.0),
        ({"data.img_size": 64}, 1.0),
        ({"data.img_size": 224}, 0.875),
        ({"data.img_size": 224, "aug.crop": "none"}, 1.0),
        ({"data.img_size": 224, "eval.crop": 0.95}, 0.95),
    ],
)
def test_evaluation_follows_training_unless_asked_otherwise(both: Path, settings: dict[str, Any], crop: float) -> None:
    spec = compose_spec({"data.dataset": f"folder:{both / 'folder'}", "model.name": "resnet18", **settings})

    assert spec.eval.crop == crop


def test_an_old_run_of_a_folder_was_evaluated_on_seven_eighths(both: Path) -> None:
    old = spec_from_json(f'{{"version": 2, "data": {{"dataset": "folder:{both / "folder"}"}}}}')

    assert old.eval.crop == 0.875
