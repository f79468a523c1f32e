"""Weights that others trained: found by name in a cache that lies here, told by their digest, and in no other way."""

import hashlib
import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models import build_model_with_cfg
from timm.models._pretrained import PretrainedCfg
from torch import nn

import expdb
from expdb.catalog.compose_spec import compose_spec, settings_of
from expdb.catalog.models import architectures
from expdb.domain.events import RunStarted
from expdb.errors import DataError, NotFoundError, SpecError
from expdb.launch.preflight import require_means
from expdb.store.store import Store
from expdb.train.loop import train
from expdb.train.model.build import build_model
from expdb.train.model.count import describe_model
from expdb.train.model.pretrained import find_pretrained
from tests.factories import make_spec

CPU = torch.device("cpu")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TAGGED = "test_resnet.r160_in1k"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, on a machine without a network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def store_in_cache(
    cache: Path, repository: str, *, config: Any = None, weights: Mapping[str, torch.Tensor] | None = None
) -> Path:
    """Lay a repository down as the hub's client does; return the folder of its files."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    if config is not None:
        (snapshot / "config.json").write_text(json.dumps(config))
    if weights is not None:
        save_file({key: value.contiguous() for key, value in weights.items()}, snapshot / "model.safetensors")
    return snapshot


def weights_of(name: str, **arguments: Any) -> dict[str, torch.Tensor]:
    torch.manual_seed(7)
    state: dict[str, torch.Tensor] = timm.create_model(name, **arguments).state_dict()
    return state


def test_tag_names_the_weights_that_a_network_starts_from(cache: Path) -> None:
    stored = weights_of("test_resnet")
    store_in_cache(cache, f"timm/{TAGGED}", weights=stored)
    spec = make_spec(model__name=TAGGED, model__pretrained=True, model__stem="default", data__dataset="cifar10")

    state = build_model(spec, CPU).state_dict()

    assert spec.model.arch == TAGGED
    assert torch.equal(state["layer1.0.conv1.weight"], stored["layer1.0.conv1.weight"])
    assert state["fc.weight"].shape[0] == 10


def test_run_from_pretrained_weights_records_their_tag_and_the_digest_of_their_file(
    cache: Path, tmp_path: Path
) -> None:
    folder = store_in_cache(cache, f"timm/{TAGGED}", weights=weights_of("test_resnet"))
    for name in ("resnet_mini", TAGGED):
        spec = make_spec(model__name=name, model__pretrained=True, epochs=1, data__limit=64, batch_size=32)
        started = next(
            event for event in train(spec, data_dir=tmp_path, out_dir=tmp_path / "out") if isinstance(event, RunStarted)
        )

        assert started.pretrained_tag == "r160_in1k"
        assert started.pretrained_digest == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_run_from_fresh_weights_records_none(tmp_path: Path) -> None:
    spec = make_spec(epochs=1, data__limit=64, batch_size=32)

    started = next(iter(train(spec, data_dir=tmp_path, out_dir=tmp_path / "out")))

    assert isinstance(started, RunStarted)
    assert (started.pretrained_tag, started.pretrained_digest) == (None, None)


def test_model_of_a_hub_is_built_as_it_says_and_named_by_its_commit(cache: Path) -> None:
    stored = weights_of("test_vit", num_classes=7, img_size=32, depth=2)
    config = {
        "architecture": "test_vit",
        "model_args": {"depth": 2, "img_size": 32},
        "pretrained_cfg": {
            "num_classes": 7, "input_size": [3, 32, 32], "fixed_input_size": True,
            "classifier": "head", "first_conv": "patch_embed.proj",
        },
    }  # fmt: skip
    folder = store_in_cache(cache, "someone/small-vit", config=config, weights=stored)
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")  # never looked at
    spec = make_spec(model__name="hf-hub:someone/small-vit", model__pretrained=True, data__dataset="cifar10")

    state = build_model(spec, CPU).state_dict()
    found = find_pretrained(spec)

    assert torch.equal(state["blocks.1.mlp.fc1.weight"], stored["blocks.1.mlp.fc1.weight"])
    assert (state["head.weight"].shape[0], describe_model(spec).last_grid) == (10, (2, 2))
    assert found is not None
    assert found.tag == f"hf-hub:someone/small-vit@{COMMIT}"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architectures": ["BertModel"]}, "describes no architecture of timm's"),
        (["resnet18"], "describes no architecture of timm's"),
        ({"architecture": "made_up"}, "architecture 'made_up' is none of timm"),
        ({"architecture": "test_vit", "pretrained_cfg": 3}, "describes no architecture of timm's"),
        ({"architecture": "test_vit", "pretrained_cfg": {}, "model_args": {"nonsense": 1}}, "cannot be built"),
    ],
)
def test_model_of_a_hub_that_is_none_of_timms_is_refused(cache: Path, config: Any, words: str) -> None:
    store_in_cache(cache, "someone/else", config=config, weights={"a": torch.ones(1)})

    with pytest.raises(SpecError, match=words) as caught:
        describe_model(make_spec(model__name="hf-hub:someone/else", model__pretrained=True))

    assert "\n" not in str(caught.value)


def test_pickled_weights_of_a_hub_are_not_read(cache: Path) -> None:
    config = {"architecture": "test_vit", "pretrained_cfg": {"hf_hub_filename": "w.bin", "file": "w.bin"}}
    folder = store_in_cache(cache, "someone/pickled", config=config)
    for name in ("pytorch_model.bin", "w.bin"):
        torch.save(weights_of("test_vit"), folder / name)

    with pytest.raises(DataError, match=r"model\.safetensors of someone/pickled is not in the local cache"):
        build_model(make_spec(model__name="hf-hub:someone/pickled", model__pretrained=True), CPU)


def test_weights_that_do_not_fit_are_one_line(cache: Path) -> None:
    store_in_cache(cache, f"timm/{TAGGED}", weights=weights_of("test_resnet"))
    spec = make_spec(model__name=TAGGED, model__pretrained=True, model__kwargs={"stem_width": 24})

    with pytest.raises(SpecError, match=r"the weights r160_in1k do not fit model test_resnet") as caught:
        build_model(spec, CPU)

    assert "\n" not in str(caught.value)


def test_weights_that_are_not_at_hand_are_missed_before_a_run_is_recorded(cache: Path, tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store,
        pytest.raises(DataError, match="not in the local cache"),
    ):
        require_means(store, make_spec(model__pretrained=True), data_dir=tmp_path)


@pytest.mark.parametrize("name", [TAGGED, "hf-hub:timm/test_resnet.r160_in1k"])
def test_name_of_weights_without_starting_from_them_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"stands for pretrained weights; .*model\.pretrained=true"):
        make_spec(model__name=name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("vit_small_patch16_224.augreg_in22k", "did you mean augreg_in21k"),
        ("vit_small.augreg_in22k", "did you mean augreg_in21k"),
        ("resnet50.nonsense", "there are a1_in1k,"),
        ("zoo:resnet20.a1_in1k", "no pretrained weights of zoo:resnet20"),
        ("resnett50.a1_in1k", "did you mean resnet50"),
    ],
)
def test_unknown_tag_is_answered_with_those_that_there_are(name: str, hint: str) -> None:
    with pytest.raises(NotFoundError, match=hint):
        make_spec(model__name=name, model__pretrained=True)


@pytest.mark.parametrize(
    "name", ["hf_hub:a/b", "hf-hub:a", "hf-hub:a/b/c", "hf-hub:../b", "local-dir:/tmp/x", "hf-hub:"]
)
def test_other_sources_of_models_are_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"hf-hub:OWNER/NAME"):
        make_spec(model__name=name, model__pretrained=True)


def test_spec_with_a_tag_is_written_as_settings_and_read_again() -> None:
    spec = make_spec(model__name="vit_small.augreg_in21k", model__pretrained=True, data__img_size=224)

    assert spec.model.arch == "vit_small_patch16_224.augreg_in21k"
    assert spec.model.kwargs == {"img_size": 224}
    assert compose_spec(settings_of(spec)) == spec


def test_tags_of_the_shipped_list_are_timms() -> None:
    shipped = {f"{entry.name}.{tag}" for entry in architectures().values() for tag in entry.tags}

    assert shipped <= set(timm.list_pretrained())
    assert architectures()["resnet18"].tags[0] == timm.get_pretrained_cfg("resnet18").tag


OTHER_WAYS = {
    "checkpoint_path": "w.safetensors",
    "pretrained": True,
    "pretrained_cfg": {"file": "w.bin"},
    "pretrained_cfg_overlay": {"url": "x"},
    "pretrained_strict": True,
    "cache_dir": "elsewhere",
    "file": "w",
    "url": "x",
    "source": "hf-hub",
    "custom_load": True,
    "state_dict": {"a": 1},
    "hf_hub_id": "a/b",
    "backbone": "weights/w.pth",
    "encoder": {"weights": "DEFAULT"},
    "parts": [{"ckpt": "w"}],
    "stem_from": "https://example.org/w",
}


@pytest.mark.parametrize("key", OTHER_WAYS)
def test_every_other_way_to_foreign_weights_is_refused(key: str) -> None:
    spec = make_spec(model__name="resnet18", model__kwargs={key: OTHER_WAYS[key]})

    with pytest.raises(SpecError, match=rf"model\.kwargs\.{key}.*model\.pretrained.*model\.init_from"):
        describe_model(spec)


def test_every_argument_of_timm_that_loads_weights_is_refused() -> None:
    harmless = {"model_cls", "variant", "model_cfg", "feature_cfg", "kwargs_filter", "kwargs"}
    harmless |= {"scriptable", "exportable", "no_jit"}
    building = {
        name for made in (timm.create_model, build_model_with_cfg) for name in inspect.signature(made).parameters
    }
    sources = {field.name for field in fields(PretrainedCfg)} & {"url", "file", "state_dict", "hf_hub_id", "source"}

    for name in (building - harmless) | sources | {"hf_hub_filename", "custom_load"}:
        with pytest.raises(SpecError, match="would load weights"):
            describe_model(make_spec(model__kwargs={name: "x"}))


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("swinv2_tiny_window8_256", {"img_size": 64, "pretrained_window_sizes": [8, 8, 8, 4]}),
        ("vit_mini", {"img_size": 16, "patch_size": 4, "weight_init": "jax"}),
    ],
)
def test_arguments_that_only_sound_like_weights_are_taken(name: str, kwargs: dict[str, Any]) -> None:
    size = kwargs["img_size"]

    assert describe_model(make_spec(model__name=name, data__img_size=size, model__kwargs=kwargs)).num_params


def test_network_of_a_user_may_be_told_not_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "telling_nets.py").write_text(
        "from torch import nn\n"
        "def build(num_classes, in_chans, img_size, pretrained=True):\n"
        "    assert not pretrained\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(in_chans * img_size**2, num_classes))\n"
    )
    monkeypatch.chdir(tmp_path)

    model: nn.Module = build_model(make_spec(model__name="telling_nets:build", model__kwargs__pretrained=False), CPU)

    assert len(list(model.parameters())) == 2


def test_torch_loads_nothing_but_tensors() -> None:
    package = Path(expdb.__file__).parent
    calls = [
        re.sub(r"\s+", " ", call)
        for path in sorted(package.rglob("*.py"))
        for call in re.findall(r"\btorch\.load\([^`]*?\)\n", path.read_text(encoding="utf-8"))
    ]

    assert calls
    assert [call for call in calls if "weights_only=True" not in call] == []
