"""The trained weights on disk."""

from pathlib import Path

from safetensors.torch import save
from torch import nn

from expdb.train.atomic import replacing


def write_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state as safetensors: read it back with `safetensors.torch.load_file`.

    The file is never seen half-written.
    """
    # A copy of each: safetensors refuses tied and channels-last tensors.
    state = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in model.state_dict().items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(state, metadata={"format": "pt"}))
