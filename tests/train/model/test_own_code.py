"""What the digest of own code says: equal source, equal digest, wherever it lies and whatever else is loaded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.domain.source_digest import code_digest_of
from expdb.train.model.count import describe_model
from expdb.train.model.own_code import edited_since_loaded
from tests.factories import make_spec

NET = '''
from torch import nn
from {helper} import width

def build(num_classes, in_chans, img_size):
    """A network."""
    return nn.Sequential(nn.Flatten(), nn.Linear(in_chans * img_size**2, width()), nn.Linear(width(), num_classes))
'''
HELPER = "def width():\n    return 4\n"
OWN = ("own_net", "own_helper", "own_package", "own_other")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]


def digest_of(folder: Path, monkeypatch: pytest.MonkeyPatch, arch: str = "own_net:build", **files: str) -> str:
    """Return the digest in a folder with these modules, as a new process would.

    `a__b` is a/b.py, and `a__` is a/__init__.py.
    """
    forget()
    for name, source in files.items():
        path = folder / f"{name.removesuffix('__').replace('__', '/')}{'/__init__' if name.endswith('__') else ''}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        stale = path.parent / "__pycache__"
        for compiled in stale.glob("*"):  # Python tells an edit by the second
            compiled.unlink()
    monkeypatch.chdir(folder)
    code = describe_model(make_spec(model__name=arch, data__img_size=8)).code
    assert code is not None
    return code


def test_the_same_source_has_the_same_digest_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"own_net": NET.format(helper="own_helper"), "own_helper": HELPER}

    digests = {digest_of(tmp_path / name, monkeypatch, **files) for name in ("one", "other")}

    assert len(digests) == 1
    assert len(digests.pop()) == 16


def test_an_edit_of_the_module_or_of_a_module_that_it_imports_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"own_net": NET.format(helper="own_helper"), "own_helper": HELPER}
    before = digest_of(tmp_path, monkeypatch, **files)

    helper = digest_of(tmp_path, monkeypatch, **{**files, "own_helper": HELPER.replace("4", "5")})
    module = digest_of(tmp_path, monkeypatch, **{**files, "own_net": files["own_net"] + "\nSCALE = 2\n"})

    assert len({before, helper, module}) == 3
    assert digest_of(tmp_path, monkeypatch, **files) == before


def test_a_package_counts_with_its_init_and_what_is_imported_relatively_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "own_package__": "",
        "own_package__net": NET.format(helper=".parts.helper"),
        "own_package__parts__": "",
        "own_package__parts__helper": HELPER,
        "own_package__unused": "x = 1\n",
    }
    arch = "own_package.net:build"
    before = digest_of(tmp_path, monkeypatch, arch, **files)

    def edited(**changed: str) -> str:
        return digest_of(tmp_path, monkeypatch, arch, **{**files, **changed})

    assert edited(own_package__="seed = 3\n") != before
    assert edited(own_package__parts__helper=HELPER + "x = 1\n") != before
    assert edited(own_package__unused="x = 2\n") == before


def test_what_else_is_loaded_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = NET.format(helper="own_helper") + "\ndef other():\n    import own_other\n    return own_other\n"
    files = {"own_net": lazy, "own_helper": HELPER, "own_other": "x = 1\n"}
    before = digest_of(tmp_path, monkeypatch, **files)

    monkeypatch.syspath_prepend(tmp_path)
    sys.modules["own_net"].other()

    assert describe_model(make_spec(model__name="own_net:build", data__img_size=8)).code == before
    assert digest_of(tmp_path, monkeypatch, **{**files, "own_other": "x = 2\n"}) != before


def test_the_module_of_a_network_counts_that_is_imported_by_a_made_up_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = (
        "import importlib\ndef build(**sizes):\n    return importlib.import_module('own_' + 'other').Net(**sizes)\n"
    )
    net = (
        "from torch import nn\nclass Net(nn.Module):\n"
        "    def __init__(self, num_classes, in_chans, img_size):\n"
        "        super().__init__()\n        self.head = nn.Linear(in_chans * img_size**2, num_classes)\n"
        "    def forward(self, x):\n        return self.head(x.flatten(1))\n"
    )
    before = digest_of(tmp_path, monkeypatch, own_net=made_up, own_other=net)

    edited = digest_of(tmp_path, monkeypatch, own_net=made_up, own_other=net.replace("self.head(x", "2 * self.head(x"))

    assert edited != before


@pytest.mark.parametrize(
    "edited",
    [
        "# why\n" + HELPER,
        HELPER.replace("return 4", "return 4  # of all"),
        HELPER.replace("\n    return", '\n    """Return it."""\n    return'),
        HELPER.replace("    ", "  "),
        HELPER.replace("\n", "\r\n"),
        "\n\n" + HELPER + "\n",
        HELPER.replace("return 4", "return (\n        4\n    )").replace("(\n        4\n    )", "4"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(edited: str) -> None:
    assert code_digest_of(edited.encode()) == code_digest_of(HELPER.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'\n", "x = 'b'\n"),
        ("x = f'{a}b'\n", "x = f'{a}c'\n"),
        ("x = f'{a + 1}'\n", "x = f'{a + 2}'\n"),
        ("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"),
        ("a = b\nc\n", "a = b, c\n"),
        ("print('a')\n", "print('a', 'b')\n"),
    ],
)
def test_all_that_is_computed_counts(one: str, other: str) -> None:
    assert code_digest_of(one.encode()) != code_digest_of(other.encode())


def test_a_formatted_string_has_one_digest_in_every_version_of_python() -> None:
    # Python 3.11 has one token for it, later ones several.
    assert code_digest_of(b"x = f'{a!r:>{w}} {{b}}'\n")[:16] == "e35f0bbb9f78282a"


def test_what_is_loaded_counts_and_not_what_the_file_says_by_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest_of(tmp_path, monkeypatch, own_net=NET.format(helper="own_helper"), own_helper=HELPER)
    helper = tmp_path / "own_helper.py"
    assert helper not in edited_since_loaded()

    helper.write_text(HELPER.replace("4", "5"))

    assert describe_model(make_spec(model__name="own_net:build", data__img_size=8)).code == before
    assert helper in edited_since_loaded()


def test_networks_that_are_not_your_own_have_no_digest() -> None:
    assert describe_model(make_spec(model__name="test_resnet")).code is None
    assert describe_model(make_spec(model__name="resnet_mini")).code is None
