"""Where feature maps are read: the exact residuals of blocks of many kinds, as images, in the order of computing."""

from functools import partial

import pytest
import timm
import torch
from timm.models.vision_transformer import Block, ResPostBlock, VisionTransformer
from torch import nn

from expdb.analysis.parts.feature_taps import Tap, as_maps, tapped
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.zoo import ZOO
from expdb.train.model.custom import build_by_name

Read = list[tuple[Tap, torch.Tensor]]
small_vit = partial(
    VisionTransformer, img_size=16, patch_size=4, embed_dim=24, depth=2, num_heads=2, num_classes=3, init_values=0.5
)


def read(model: nn.Module, side: int = 32) -> Read:
    found: Read = []
    images = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad(), tapped(model.eval(), lambda tap, maps: found.append((tap, maps))):
        model(images)
    return found


def zoo(name: str) -> nn.Module:
    entry = ZOO[name]
    size = {"img_size": 32} if entry.has_fixed_size else {}
    return build_by_name(entry.builder, {"num_classes": 3, "in_chans": 3, **size, **entry.kwargs})


def tokens(maps: torch.Tensor) -> torch.Tensor:
    return maps.flatten(2).transpose(1, 2)


@pytest.mark.parametrize("kind", [Block, ResPostBlock])
@pytest.mark.parametrize("registers", [0, 4])
def test_a_vit_is_read_after_each_residual_exactly_without_its_prefix(kind: type[nn.Module], registers: int) -> None:
    """Whichever way the norms stand, with scaled residuals, and with any number of tokens before those of the image."""
    model = small_vit(block_fn=kind, reg_tokens=registers)
    seen: dict[str, torch.Tensor] = {}
    for name in ("blocks.0", "blocks.1"):
        model.get_submodule(name).register_forward_pre_hook(lambda _, given, name=name: seen.update({name: given[0]}))
    found = read(model, 16)

    kinds = [tap.kind for tap, _ in found]
    assert kinds == ["input", "attention", "mlp", "attention", "mlp"]
    block, given = model.blocks[0], seen["blocks.0"]
    with torch.no_grad():
        if kind is Block:
            middle = given + block.ls1(block.attn(block.norm1(given)))
        else:
            middle = given + block.norm1(block.attn(given))
    for (_, maps), expected in zip(found, (given, middle, seen["blocks.1"]), strict=False):
        assert maps.shape == (2, 24, 4, 4)
        assert torch.equal(tokens(maps), expected[:, 1 + registers :])


def test_a_cct_is_read_after_its_convolutions_and_each_residual() -> None:
    found = read(zoo("zoo:cct_2_3x2"))

    assert [(tap.name, tap.kind, tuple(maps.shape[1:])) for tap, maps in found] == [
        ("early.0.0", "conv", (64, 32, 32)),
        ("conv", "conv", (128, 16, 16)),
        ("input of blocks.0", "input", (128, 8, 8)),
        ("blocks.0, attention", "attention", (128, 8, 8)),
        ("blocks.0, MLP", "mlp", (128, 8, 8)),
        ("blocks.1, attention", "attention", (128, 8, 8)),
        ("blocks.1, MLP", "mlp", (128, 8, 8)),
    ]


def test_a_cnn_is_read_after_its_stem_and_each_block() -> None:
    found = read(zoo("zoo:resnet20"))

    assert [maps.shape[-1] for _, maps in found] == [32] * 4 + [16] * 3 + [8] * 3
    assert [tap.kind for tap, _ in found] == ["input", *["conv"] * 9]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("test_resnet", "input conv"),
        ("test_convnext", "input conv"),
        ("test_efficientnet", "input conv"),
        ("test_vit", "input attention mlp"),
        ("zoo:localvit_tiny", "input attention mlp"),
        ("zoo:cvt_13", "input attention mlp"),
        ("zoo:wrn_16_4", "input conv"),
    ],
)
def test_networks_of_any_kind_are_read_in_their_order(name: str, kinds: str) -> None:
    model = zoo(name) if name in ZOO else timm.create_model(name, num_classes=3)
    found = read(model, 160 if name == "test_vit" else 64 if name != "zoo:localvit_tiny" else 32)
    sides = [maps.shape[-1] for _, maps in found]

    assert list(dict.fromkeys(tap.kind for tap, _ in found)) == kinds.split()
    assert sides == sorted(sides, reverse=True)
    assert len({tap.name for tap, _ in found}) == len(found)


def test_a_network_without_blocks_is_read_after_each_convolution_and_one_of_neither_is_refused() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.Flatten(), nn.LazyLinear(3))

    assert [(tap.name, maps.shape[1]) for tap, maps in read(plain, 8)] == [("0", 4), ("2", 5)]
    with pytest.raises(NotApplicableError, match="neither blocks nor convolutions"):
        read(nn.Sequential(nn.Flatten(), nn.LazyLinear(3)), 8)


def test_a_network_that_keeps_tokens_in_another_order_is_refused() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3))
    model.unroll = nn.Identity()

    with pytest.raises(NotApplicableError, match="another order"):
        read(model)


def test_nothing_is_left_on_a_network_that_was_read() -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    read(model)

    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


@pytest.mark.parametrize(
    ("shape", "prefix", "expected"),
    [
        ((2, 16, 8), 0, (2, 8, 4, 4)),
        ((2, 17, 8), 1, (2, 8, 4, 4)),
        ((2, 16, 8), 1, (2, 8, 4, 4)),  # its class token joins later
        ((2, 9, 8), 5, (2, 8, 2, 2)),
        ((2, 1, 8), 0, None),
        ((2, 15, 8), 0, None),
        ((2, 6, 4, 4), 0, (2, 6, 4, 4)),
        ((2, 4, 4, 6), 0, (2, 6, 4, 4)),
        ((2, 6, 4, 5), 0, None),
        ((2, 6, 1, 1), 0, None),
        ((2, 8), 0, None),
    ],
)
def test_what_a_module_gives_is_laid_out_as_maps(
    shape: tuple[int, ...], prefix: int, expected: tuple[int, ...] | None
) -> None:
    maps = as_maps(torch.zeros(shape), num_prefix=prefix, is_token_like=False)

    assert (None if maps is None else tuple(maps.shape)) == expected
