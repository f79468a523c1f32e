"""A network's modules as a tree: what each gives, its parameters and its multiply-accumulates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.train.model.build import build_model
from expdb.train.model.first_pass import pass_forward

_NOTHING = (nn.Identity, nn.Dropout)  # change nothing of what goes through an evaluated network


@dataclass(frozen=True, kw_only=True)
class ModuleNode:
    """A module.

    Attributes:
        name: within the one around it; empty for the network itself.
        kind: the name of its class.
        output: shape for one image, without the batch; None where it gives no tensor, or was not called.
        num_params: of it and of what is in it.
        macs: multiply-accumulates of one image; None where they cannot be counted.
    """

    name: str
    kind: str
    output: tuple[int, ...] | None
    num_params: int
    macs: int | None
    parts: tuple["ModuleNode", ...] = field(default=())

    @property
    def looks(self) -> tuple[Any, ...]:
        """All but its name: equal of modules that are alike, with all that is in them."""
        return self.kind, self.output, self.num_params, self.macs, tuple((one.name, one.looks) for one in self.parts)


def module_tree(spec: RunSpec) -> ModuleNode:
    """Return the modules of a spec's network, without weights and computing (one of the user's own: on the CPU).

    Raises:
        SpecError: it cannot be built, or does not take these images.
    """
    device = torch.device("cpu" if is_own_model(spec.model.arch) else "meta")
    with device:
        model = build_model(spec, device).eval().requires_grad_(requires_grad=False)
    shapes: dict[str, tuple[int, ...]] = {}

    def look(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(output, torch.Tensor) and output.ndim:
                shapes[name] = tuple(output.shape[1:])

        return hook

    handles = [module.register_forward_hook(look(name)) for name, module in model.named_modules()]
    counts: dict[str, int] | None
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            pass_forward(model, spec, device)
        counts = {name: sum(each.values()) // 2 for name, each in counter.get_flop_counts().items()}
    except (AttributeError, AssertionError, KeyError):  # torch's counter trips over some networks
        counts = None
        with torch.no_grad():
            pass_forward(model, spec, device)
    finally:
        for handle in handles:
            handle.remove()
    return _node(model, "", "", shapes, counts, root=type(model).__name__)


def _node(
    module: nn.Module,
    name: str,
    path: str,
    shapes: dict[str, tuple[int, ...]],
    counts: dict[str, int] | None,
    *,
    root: str,
) -> ModuleNode:
    counted = f"{root}.{path}" if path else "Global"
    return ModuleNode(
        name=name,
        kind=type(module).__name__,
        output=shapes.get(path),
        num_params=sum(parameter.numel() for parameter in module.parameters()),
        macs=None if counts is None else counts.get(counted, 0),
        parts=tuple(
            _node(part, key, f"{path}.{key}" if path else key, shapes, counts, root=root)
            for key, part in module.named_children()
            if not isinstance(part, _NOTHING) and type(part).__name__ != "DropPath"
        ),
    )


@dataclass(frozen=True, kw_only=True)
class TreeRow:
    """A line of a tree: one module, or several alike that follow each other, whose numbers are added up.

    Attributes:
        depth: 0 for the network itself.
        name: within the one around it; `0-11` of several.
        count: of how many modules the numbers are.
    """

    depth: int
    name: str
    node: ModuleNode
    count: int

    @property
    def num_params(self) -> int:
        """Of all of them."""
        return self.count * self.node.num_params

    @property
    def macs(self) -> int | None:
        """Of all of them."""
        return None if self.node.macs is None else self.count * self.node.macs


def tree_rows(tree: ModuleNode, *, depth: int) -> Iterator[TreeRow]:
    """Yield the lines of a tree, from the network down to modules at this depth."""
    yield TreeRow(depth=0, name=tree.kind, node=tree, count=1)
    yield from _rows(tree, at=1, depth=depth, times=1)


def _rows(node: ModuleNode, *, at: int, depth: int, times: int) -> Iterator[TreeRow]:
    if at > depth:
        return
    start = 0
    while start < len(node.parts):
        first = node.parts[start]
        end = start + 1
        while end < len(node.parts) and node.parts[end].looks == first.looks:
            end += 1
        name = first.name if end == start + 1 else f"{first.name}-{node.parts[end - 1].name}"
        count = times * (end - start)
        yield TreeRow(depth=at, name=name, node=first, count=count)
        yield from _rows(first, at=at + 1, depth=depth, times=count)
        start = end
