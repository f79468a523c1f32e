"""What the classes of the named datasets are called; a folder's classes are its folders' names."""

from collections.abc import Sequence
from pathlib import Path

from expdb.catalog.datasets import DATASETS
from expdb.catalog.split_folders import class_names, train_folder
from expdb.domain.spec import FOLDER_PREFIX
from expdb.errors import SpecError

# In the order of the labels, as the datasets' own files list them.
_NAMES = {
    "cifar10": "airplane automobile bird cat deer dog frog horse ship truck",
    "digits": "0 1 2 3 4 5 6 7 8 9",
    "fashion_mnist": ("T-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot"),
    "cifar100": (
        "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can "
        "castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin "
        "elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard "
        "lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear "
        "pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal "
        "shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank "
        "telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
    ),
}


def names_of_classes(dataset: str, num_classes: int) -> tuple[str, ...]:
    """Return a name for each label from 0: the dataset's own, or `class 7` where these are not known here."""
    names = _known(dataset)
    return names if len(names) == num_classes else tuple(f"class {label}" for label in range(num_classes))


def differing_class(here: Sequence[str], there: Sequence[str]) -> int | None:
    """Return the first label whose class is called otherwise there; None: all are the same, but for case and `_`."""
    folded = ([name.replace("_", " ").casefold() for name in names] for names in (here, there))
    return next((label for label, (one, other) in enumerate(zip(*folded, strict=True)) if one != other), None)


def _known(dataset: str) -> tuple[str, ...]:
    if dataset.startswith(FOLDER_PREFIX):
        root = Path(dataset.removeprefix(FOLDER_PREFIX)).expanduser()
        try:
            return tuple(class_names(train_folder(root)))
        except SpecError:
            return ()
    known = DATASETS.get(dataset)
    listed = _NAMES.get((known.files if known else "") or dataset, "")
    names = listed.split(",") if "," in listed else listed.split()
    return tuple(name.replace("_", " ") for name in names)
