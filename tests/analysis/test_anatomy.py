"""Anatomy: modules with their numbers, the steps of a ViT, positions, and what kinds of layers are invariant to."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from expdb.analysis.anatomy import analyse_anatomy
from expdb.analysis.modules.invariances import BIASES, measured_invariances
from expdb.analysis.modules.module_tree import ModuleNode, module_tree, tree_rows
from expdb.analysis.modules.vit_steps import is_plain_vit, position_similarity, walk_through
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import AnatomySettings
from expdb.domain.analyses.result import Listing
from expdb.train.model.count import describe_model
from tests.analysis.small_networks import spec_of


def anatomy_of(name: str, **settings: object) -> Found:
    return analyse_anatomy(Subject(spec=spec_of(name, **settings), data_dir=Path()), AnatomySettings())


def listing(found: Found, key: str) -> Listing:
    return next(one for one in found.listings if one.key == key)


def noise(side: int) -> torch.Tensor:
    return torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def vit48() -> Found:
    """ViT-S/16 at 48 px, whose width is half that of the explainer's."""
    settings = {"model.kwargs": {"img_size": 48, "patch_size": 16, "embed_dim": 768, "depth": 1, "num_heads": 12}}
    return anatomy_of("vit_tiny_patch16_224", **{"data.img_size": 48}, **settings)


def test_a_vit_of_16_px_patches_makes_9_of_768_numbers_of_48_px_and_10_tokens_with_the_class_token(
    vit48: Found,
) -> None:
    shapes = {str(row[0]): row[2] for row in listing(vit48, "vit_steps").rows}

    assert shapes["patches"] == "9 x 768"
    assert shapes["patch embedding"] == "9 x 768"
    assert shapes["tokens"] == "10 x 768"
    assert shapes["q, k, v"] == "12 x 10 x 64"
    assert shapes["scaled scores"] == shapes["attention"] == "12 x 10 x 10"
    assert shapes["heads joined"] == shapes["MLP"] == "10 x 768"
    assert shapes["MLP, wide"] == "10 x 3072"


def test_the_formulas_are_what_the_modules_compute(vit48: Found) -> None:
    differences = dict(listing(vit48, "vit_identities").rows)

    assert differences["patch embedding is a linear map of flat patches"] <= 3e-6
    assert differences["attention is softmax(q k' / sqrt(d)) v, heads joined"] == 0
    assert differences["block is x + attention(norm(x)), then x + MLP(norm(x))"] == 0


def test_with_layer_scale_the_plain_block_is_not_what_is_computed() -> None:
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", img_size=32, patch_size=8, depth=1, init_values=0.1).eval()

    differences = walk_through(model, noise(32)).differences

    assert differences["block is x + attention(norm(x)), then x + MLP(norm(x))"] == 0
    assert differences["the same, had it no LayerScale"] > 0.05


def test_attention_is_fused_again_after_the_walk() -> None:
    model = timm.create_model("test_vit").eval()

    walk_through(model, noise(160))

    assert all(block.attn.fused_attn for block in model.blocks)


@pytest.mark.parametrize("name", ["resnet20", "cct_2_3x2", "test_vit", "resnet18"])
def test_parts_add_up_to_the_network(name: str) -> None:
    spec = spec_of(name)
    size = describe_model(spec)

    root, *rows = tree_rows(module_tree(spec), depth=9)

    assert (root.num_params, root.macs) == (size.num_params, size.macs)
    first = [row for row in rows if row.depth == 1]
    pooling = 64 * 128 if name == "cct_2_3x2" else 0  # CCT weighs its 64 tokens in no module
    assert sum(row.macs or 0 for row in first) + pooling == size.macs
    assert sum(row.num_params for row in first) <= size.num_params  # the rest is positions and the class token


def test_modules_alike_that_follow_each_other_are_one_line_and_added_up() -> None:
    leaf = ModuleNode(name="0", kind="Linear", output=(4,), num_params=20, macs=16)
    other = ModuleNode(name="2", kind="ReLU", output=(4,), num_params=0, macs=0)
    again = ModuleNode(name="1", kind="Linear", output=(4,), num_params=20, macs=16)
    tree = ModuleNode(name="", kind="Net", output=(4,), num_params=40, macs=32, parts=(leaf, again, other))

    rows = [(row.name, row.num_params, row.macs) for row in tree_rows(tree, depth=1)]

    assert rows == [("Net", 40, 32), ("0-1", 40, 32), ("2", 0, 0)]


def test_the_tree_ends_at_its_depth() -> None:
    spec = spec_of("resnet20")

    assert max(row.depth for row in tree_rows(module_tree(spec), depth=2)) == 2


def test_a_cnn_has_a_tree_and_no_steps() -> None:
    found = anatomy_of("resnet20")

    assert [one.key for one in found.listings] == ["modules", "inductive_biases", "invariances"]
    assert found.notes[-1] == "no steps: resnet20 is no plain ViT, whose steps are told here"
    assert not is_plain_vit(timm.create_model("swin_tiny_patch4_window7_224", depths=(1, 1, 1, 1)))


def test_likeness_of_positions_is_their_cosine_without_the_class_token() -> None:
    model = torch.nn.Module()
    axis = torch.tensor([[9.0, 9.0], [1.0, 0.0], [0.0, 2.0], [-3.0, 0.0], [1.0, 1.0]])
    model.pos_embed = torch.nn.Parameter(axis[None])

    found = position_similarity(model)

    half = 0.5**0.5
    expected = [[1, 0, -1, half], [0, 1, 0, half], [-1, 0, 1, -half], [half, half, -half, 1]]
    assert np.allclose(found, expected)


def test_a_run_is_walked_through_with_its_own_weights(tmp_path: Path) -> None:
    spec = spec_of("vit_mini")
    from safetensors.torch import save_file

    from tests.analysis.small_networks import network_with_images

    model = network_with_images(spec, seed=5, num_images=1).model
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, tmp_path / "w.safetensors")
    subject = Subject(spec=spec, data_dir=tmp_path, weights=tmp_path / "w.safetensors")

    found = analyse_anatomy(subject, AnatomySettings())

    assert "steps and positions: with the weights of the run" in found.notes
    expected = position_similarity(model)
    assert expected is not None
    assert np.allclose(found.arrays["position_similarity"], expected, atol=1e-3)


def test_each_kind_of_layer_has_the_invariance_that_it_is_said_to_have_and_no_other() -> None:
    found = {(one.layer, one.change): one for one in measured_invariances()}

    held = {key for key, one in found.items() if one.holds}
    assert held == {
        ("convolutional, edges joined", "translation"),
        ("recurrent, starting from zero", "shift in time"),
        ("graph", "order of nodes"),
        ("attention, without positions", "order of tokens"),
    }
    assert all(one.difference < 1e-12 for key, one in found.items() if key in held)
    assert all(one.difference > 0.05 for key, one in found.items() if key not in held)
    assert {row[0] for row in BIASES} == {layer.partition(",")[0] for layer, _ in found}
