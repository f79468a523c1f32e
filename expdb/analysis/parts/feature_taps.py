"""Where feature maps of a network are read: before its first block, and after each residual, in the order of computing.

Convolutional blocks give their output; blocks of attention what leaves the attention's residual, and their output.
Blocks are known by what they hold (attention and a second norm) or by the name of their class, which is what timm, the
zoo and most code go by. A network without any is read after each convolution, as are the several convolutions of a
hybrid before its first block. Prefix tokens are left out, and tokens are laid out as the image that they are of.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

import torch
from torch import nn

from expdb.analysis.subject import NotApplicableError

TapKind = Literal["input", "conv", "attention", "mlp", "block"]
Seen = Callable[["Tap", torch.Tensor], None]

_BLOCK = re.compile(
    r"Block|Bottleneck|InvertedResidual|EdgeResidual|CondConvResidual|DepthwiseSeparableConv|^Inception[A-E]?$"
)
_ATTENTION = ("attn", "attention")
# What computes on the sum of the input and the attention: the norm before an MLP, or the MLP itself where norms follow.
_AFTER_ATTENTION = ("norm2", "mlp", "local")


@dataclass(frozen=True, kw_only=True)
class Tap:
    """One place where maps are read.

    Attributes:
        name: of its module, as in the network; of a residual inside it, with what it comes from.
        kind: what came last: the stem, a convolutional block, attention, an MLP, or a block of neither.
    """

    name: str
    kind: TapKind


@dataclass(kw_only=True)
class _Reading:
    """What one pass through the network has seen so far.

    Attributes:
        num_images: in it.
        waiting: names of blocks whose attention has not been added yet.
        told: names of what was seen; a block that is used again is read the first time alone.
    """

    see: Seen
    num_prefix: int
    num_images: int = 0
    has_begun: bool = False
    waiting: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def begin(self, _: nn.Module, given: tuple[Any, ...]) -> None:
        self.num_images = len(given[0])
        self.has_begun = False
        self.told.clear()

    def tell(self, tap: Tap, features: Any, *, is_token_like: bool) -> None:
        maps = as_maps(features, num_prefix=self.num_prefix, is_token_like=is_token_like)
        if maps is not None and len(maps) == self.num_images and tap.name not in self.told:
            self.told.add(tap.name)
            self.see(tap, maps)


def blocks_of(model: nn.Module) -> dict[str, nn.Module]:
    """Return the blocks of a network by name, in the order in which they are registered; none lies inside another."""
    found: dict[str, nn.Module] = {}

    def visit(name: str, module: nn.Module) -> None:
        is_block = name and (is_attention_block(module) or _BLOCK.search(type(module).__name__))
        if is_block and not any(is_attention_block(inner) for inner in module.modules() if inner is not module):
            found[name] = module
            return
        for child, inner in module.named_children():
            visit(f"{name}.{child}" if name else child, inner)

    visit("", model)
    return found


def is_attention_block(module: nn.Module) -> bool:
    """Tell whether a module adds attention and then something else to what it is given, as a transformer's block."""
    if _child(module, _AFTER_ATTENTION) is None:
        return False
    mixer = _child(module, ("token_mixer",))  # which pools or convolves, in some
    return _child(module, _ATTENTION) is not None or (mixer is not None and _has_attention(mixer))


@contextmanager
def tapped(model: nn.Module, see: Seen) -> Iterator[list[str]]:
    """Call `see` with each place and its maps (B, C, H, W) whenever images go through the network, until the end.

    Gives the names of the modules that are read. Maps of a single place, and what is no map (a class token alone), are
    passed over.

    Raises:
        NotApplicableError: the network has neither blocks nor convolutions.
    """
    if hasattr(model, "unroll"):
        raise NotApplicableError(
            f"{type(model).__name__} keeps its tokens in another order than the image has them: its maps cannot be read"
        )
    blocks = blocks_of(model)
    plain = _plain_convolutions(model, blocks)
    if not blocks and not plain:
        raise NotApplicableError(
            f"{type(model).__name__} has neither blocks nor convolutions whose feature maps could be read: choose "
            "another analysis"
        )
    prefix = getattr(model, "num_prefix_tokens", 0)
    reading = _Reading(see=see, num_prefix=prefix if isinstance(prefix, int) else 0)
    handles = [model.register_forward_pre_hook(reading.begin)]
    for name, module in plain.items():
        handles.append(module.register_forward_hook(_after(reading, name, module)))
    for name, module in blocks.items():
        handles += _hooks(reading, name, module)
    try:
        yield [*plain, *blocks]
    finally:
        for handle in handles:
            handle.remove()


def as_maps(features: Any, *, num_prefix: int, is_token_like: bool) -> torch.Tensor | None:
    """Return what a module gave as maps (B, C, side, side); None where it is none, or of one place alone.

    Args:
        features: (B, C, H, W), (B, H, W, C) or tokens (B, N, C); of several, the first.
        num_prefix: tokens before those of the image, where there are any.
        is_token_like: channels come last where the shape does not tell.
    """
    if isinstance(features, (tuple, list)) and features:
        features = features[0]
    if not isinstance(features, torch.Tensor) or features.ndim not in (3, 4):
        return None
    if features.ndim == 3:
        features = _of_tokens(features, num_prefix)
        if features is None:
            return None
    else:
        batch_first = features.shape
        is_first, is_last = batch_first[2] == batch_first[3], batch_first[1] == batch_first[2]
        if is_last and (is_token_like or not is_first):
            features = features.permute(0, 3, 1, 2)
        elif not is_first:
            return None
    maps: torch.Tensor = features.detach()
    return maps if maps.shape[-1] > 1 else None


def _of_tokens(tokens: torch.Tensor, num_prefix: int) -> torch.Tensor | None:
    """Lay tokens (B, N, C) out as (B, C, side, side); those of a network may join late, so both counts are tried."""
    for left_out in dict.fromkeys((num_prefix, 0)):
        side = math.isqrt(max(0, tokens.shape[1] - left_out))
        if side and side**2 == tokens.shape[1] - left_out:
            patches = tokens[:, left_out:].transpose(1, 2)
            return patches.reshape(*patches.shape[:2], side, side)
    return None


def _plain_convolutions(model: nn.Module, blocks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Return the convolutions to be read: all where there is no block, those of a hybrid's stem of several."""
    if not blocks:
        return dict(_convolutions(model.named_modules()))
    if not any(map(is_attention_block, blocks.values())):
        return {}
    first = next(iter(blocks))
    before = takewhile(lambda item: item[0] != first, model.named_modules())
    found = dict(_convolutions(before))
    return found if len(found) > 1 else {}


def _convolutions(modules: Iterable[tuple[str, nn.Module]]) -> Iterator[tuple[str, nn.Module]]:
    return ((name, one) for name, one in modules if isinstance(one, nn.Conv2d))


def _hooks(reading: _Reading, name: str, module: nn.Module) -> list[Any]:
    has_attention = is_attention_block(module)

    def before(_: nn.Module, given: tuple[Any, ...]) -> None:
        if not reading.has_begun and given:
            reading.has_begun = True
            reading.tell(Tap(name=f"input of {name}", kind="input"), given[0], is_token_like=has_attention)
        reading.waiting.add(name)

    def inside(_: nn.Module, given: tuple[Any, ...]) -> None:
        if name in reading.waiting:
            reading.waiting.remove(name)
            reading.tell(Tap(name=f"{name}, attention", kind="attention"), given[0], is_token_like=True)

    handles = [module.register_forward_pre_hook(before), module.register_forward_hook(_after(reading, name, module))]
    if has_attention:
        parts = (getattr(module, part, None) for part in _AFTER_ATTENTION)
        handles += [part.register_forward_pre_hook(inside) for part in parts if isinstance(part, nn.Module)]
    return handles


def _after(reading: _Reading, name: str, module: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
    has_attention, kind = is_attention_block(module), _kind(module)
    tap = Tap(name=f"{name}, MLP" if has_attention else name, kind=kind)
    return lambda _, __, output: reading.tell(tap, output, is_token_like=has_attention)


def _kind(module: nn.Module) -> TapKind:
    if is_attention_block(module):
        return "mlp"
    has_convolution = any(isinstance(one, nn.Conv2d) for one in module.modules())
    return "conv" if has_convolution and not _has_attention(module) else "block"


def _has_attention(module: nn.Module) -> bool:
    return any("attention" in type(one).__name__.lower() for one in module.modules())


def _child(module: nn.Module, names: tuple[str, ...]) -> nn.Module | None:
    found = (getattr(module, name, None) for name in names)
    return next((one for one in found if isinstance(one, nn.Module) and not isinstance(one, nn.Identity)), None)
