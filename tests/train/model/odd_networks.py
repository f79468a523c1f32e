"""Odd networks that people hand over, mostly timm's test models wrapped, each with what must happen."""

from dataclasses import dataclass

# `build` and what it needs stand in one file, as a person has it; Odd is what each of them overrides.
HEAD = """\
import random
import timm
import torch
from torch import nn

class Odd(nn.Module):
    def __init__(self, num_classes, in_chans):
        super().__init__()
        self.net = timm.create_model("test_resnet", num_classes=num_classes, in_chans=in_chans)
    def forward(self, x):
        return self.net(x)

def build(num_classes, in_chans, img_size):
    return Odd(num_classes, in_chans)
"""
FORWARD = """
class Other(Odd):
    def forward(self, x):
        logits = self.net(x)
        return {returned}

Odd = Other
"""
CHANGED = """
def build(num_classes, in_chans, img_size):
    model = Odd(num_classes, in_chans)
    {change}
    return model
"""


@dataclass(frozen=True, kw_only=True)
class OddNetwork:
    """The text of a module, and what must happen to a run of it.

    Attributes:
        code: of the module, below `HEAD`.
        refused: words of the line that refuses it before the run; None: it trains to the end.
        failed: words of the line that ends the run itself, in place of both.
    """

    code: str = ""
    refused: str | None = None
    failed: str | None = None


def _returns(returned: str, refused: str | None = None, *, failed: str | None = None) -> OddNetwork:
    return OddNetwork(code=FORWARD.format(returned=returned), refused=refused, failed=failed)


def _changed(change: str, refused: str | None = None) -> OddNetwork:
    return OddNetwork(code=CHANGED.format(change=change), refused=refused)


ODD_NETWORKS: dict[str, OddNetwork] = {
    "wrapped": OddNetwork(),
    "draws_by_chance_and_prints": _returns(
        "print('hello') or logits * (1 + 0.01 * random.random()) + 0 * torch.rand(1)"
    ),
    "ties_its_weights": _changed("model.again = model.net"),
    "ties_one_tensor": _changed("model.register_parameter('again', model.net.fc.weight)"),
    "weights_that_are_views": _changed(
        "model.net.fc.weight = nn.Parameter(model.net.fc.weight.detach().T.contiguous().T)"
    ),
    "buffers_of_no_size_and_of_whole_numbers": _changed(
        "model.register_buffer('none', torch.zeros(0)); model.register_buffer('count', torch.tensor(3))"
    ),
    "frozen_in_part": _changed("model.net.conv1.requires_grad_(False)"),
    "frozen_whole": _changed("model.requires_grad_(False)", "no weights to train"),
    "auxiliary_output_in_training": _returns("(logits, logits) if self.training else logits", "tuple"),
    "features_in_evaluation": _returns(
        "logits if self.training else self.net.forward_features(x)", "returns a tensor of shape"
    ),
    "dictionary": _returns("{'logits': logits}", "dict"),
    "map_of_one_pixel": _returns("logits[:, :, None, None]", r"shape \[1, 10, 1, 1\]"),
    "squeezed": _returns("logits.squeeze()", r"shape \[10\]"),
    "one_logit": _returns("logits[:, :1]", r"shape \[1, 1\]"),
    "head_of_1000_classes": _changed("model.net.reset_classifier(1000)", r"shape \[1, 1000\]"),
    "no_gradient": _returns("logits.detach()", "cannot learn"),
    "doubles": _changed("model.double()", "Double"),
    "fixed_batch": _returns("logits.view(32, -1)", "is invalid for input"),
    "names_a_class": OddNetwork(
        code="\ndef build(num_classes, in_chans, img_size):\n    return Odd\n", refused="torch.nn.Module is needed"
    ),
    "does_not_take_the_size": OddNetwork(
        code="\ndef build(num_classes):\n    return Odd(num_classes, 1)\n", refused="unexpected keyword"
    ),
    "raises_in_two_lines": _returns("(_ for _ in ()).throw(RuntimeError('first\\nsecond'))", "first"),
    "not_finite": _returns("logits * float('nan')", failed="diverged"),
}
