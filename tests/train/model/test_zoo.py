"""The networks of `train/zoo` against what their papers say of them."""

import pytest
import torch
from torch import nn

from expdb.train.model.zoo.cct import CCT
from expdb.train.model.zoo.cifar_resnet import CifarResNet
from expdb.train.model.zoo.cvt import CvT
from expdb.train.model.zoo.googlenet import googlenet
from expdb.train.model.zoo.localvit import LocalViT
from expdb.train.model.zoo.wide_resnet import WideResNet


def num_params(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def on_meta(build, **arguments) -> nn.Module:
    with torch.device("meta"):
        return build(**arguments)


@pytest.mark.parametrize(
    ("build", "arguments", "count"),
    [
        (WideResNet, {"depth": 28, "width": 10, "num_classes": 100}, 36_536_884),
        (WideResNet, {"depth": 28, "width": 10, "num_classes": 10}, 36_479_194),
        (WideResNet, {"depth": 16, "width": 8, "num_classes": 10}, 10_961_370),
        (WideResNet, {"depth": 40, "width": 4, "num_classes": 10}, 8_949_210),
        (CifarResNet, {"depth": 20, "num_classes": 10}, 269_722),
        (CifarResNet, {"depth": 32, "num_classes": 10}, 464_154),
        (CifarResNet, {"depth": 44, "num_classes": 10}, 658_586),
        (CifarResNet, {"depth": 56, "num_classes": 10}, 853_018),
        (CCT, {"num_classes": 10}, 3_760_139),
        (CvT, {"num_classes": 1000}, 19_997_480),
        (LocalViT, {"num_classes": 1000, "img_size": 224, "patch_size": 16}, 5_908_696),
        (googlenet, {"num_classes": 100}, 5_702_404),
    ],
)
def test_parameter_counts_are_the_published_ones(build, arguments: dict, count: int) -> None:
    assert num_params(on_meta(build, **arguments)) == count


@pytest.mark.parametrize(
    ("build", "arguments"), [(WideResNet, {"depth": 29, "width": 2}), (CifarResNet, {"depth": 21})]
)
def test_depth_that_makes_no_whole_blocks_is_refused(build, arguments: dict) -> None:
    with pytest.raises(ValueError, match=f"depth={arguments['depth']}"):
        build(**arguments)


def test_shortcut_of_option_a_subsamples_and_pads_with_zeros() -> None:
    block = CifarResNet(depth=8).blocks[1]
    features = torch.randn(1, 16, 4, 4)

    shortcut = block._shortcut(features)

    assert shortcut.shape == (1, 32, 2, 2)
    assert torch.equal(shortcut[:, 8:24], features[:, :, ::2, ::2])
    assert not shortcut[:, :8].any()
    assert not shortcut[:, 24:].any()


def test_wide_resnet_shortcut_of_a_new_shape_starts_after_norm_and_relu() -> None:
    block = WideResNet(depth=10, width=2).blocks[0].eval()
    nn.init.zeros_(block.conv2.weight)
    features = torch.randn(1, 16, 4, 4)

    assert torch.allclose(block(features), block.shortcut(block.norm1(features).relu()))


def test_wide_resnet_drops_out_between_the_convolutions_while_training() -> None:
    torch.manual_seed(0)
    model = WideResNet(depth=10, width=1, drop_rate=0.5)
    images = torch.randn(2, 3, 8, 8)

    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_cct_weights_its_tokens_by_learned_scores() -> None:
    model = CCT(img_size=8, depth=1, num_classes=5).eval()
    images = torch.randn(2, 3, 8, 8)
    nn.init.zeros_(model.token_score.weight)  # all tokens count the same

    assert torch.allclose(model(images), model.head(model.forward_features(images).mean(dim=1)), atol=1e-6)


def test_localvit_feed_forward_reaches_the_neighbouring_patches_and_no_further() -> None:
    block = LocalViT(img_size=20, patch_size=4, depth=1).blocks[0].eval()
    for module in block.local:
        if hasattr(module, "gate"):  # squeeze-and-excitation looks at the whole image
            nn.init.zeros_(module.fc2.weight)
    image = torch.zeros(1, 192, 5, 5)
    touched = image.clone()
    touched[0, :, 2, 2] = 1

    changed = (block.local(touched) - block.local(image)).abs().sum(dim=1)[0] > 0

    assert changed[1:4, 1:4].all()
    assert changed.sum() == 9


def test_localvit_class_token_passes_by_the_feed_forward_part() -> None:
    block = LocalViT(img_size=8, patch_size=4, depth=1).blocks[0].eval()
    tokens = torch.randn(1, 5, 192)
    attended = tokens + block.attention(block.norm(tokens))

    output = block(tokens)

    assert torch.allclose(output[:, 0], attended[:, 0])
    assert not torch.allclose(output[:, 1:], attended[:, 1:])


def test_localvit_refuses_patches_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="img_size=30"):
        LocalViT(img_size=30, patch_size=4)


def test_cvt_takes_any_size_and_halves_keys_and_values() -> None:
    model = CvT(patch_size=3, patch_stride=1).eval()
    attention = model.stages[2].blocks[0].attention
    shapes: list[torch.Size] = []
    attention.key.register_forward_hook(lambda _module, _inputs, output: shapes.append(output.shape))

    tokens = model.forward_features(torch.randn(1, 3, 24, 24))

    assert tokens.shape == (1, 1 + 6 * 6, 384)
    assert shapes == [(1, 1 + 3 * 3, 384)]


def test_googlenet_takes_grey_images_and_has_one_head() -> None:
    model = googlenet(num_classes=7, in_chans=1)

    assert model(torch.randn(2, 1, 32, 32)).shape == (2, 7)  # training mode: auxiliary heads would answer too
