import pytest
import torch
from torch import nn

from expdb.train.model.last_grid import GridObserver


class Tokens(nn.Module):
    def __init__(self, num_tokens: int, *, num_prefix_tokens: int | None = None) -> None:
        super().__init__()
        self.num_tokens = num_tokens
        if num_prefix_tokens is not None:
            self.num_prefix_tokens = num_prefix_tokens

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images.new_zeros(len(images), self.num_tokens, 8)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.forward_features(images)[:, 0]


class Map(nn.Module):
    num_features = 8

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images.new_zeros(len(images), *self.shape)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.forward_features(images).flatten(1)


def last_grid(model: nn.Module) -> tuple[int, int] | None:
    observer = GridObserver(model)
    model(torch.zeros(1, 3, 12, 10))
    return observer.last_grid()


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (Tokens(65), (8, 8)),
        (Tokens(66), (8, 8)),
        (Tokens(64), (8, 8)),
        (Tokens(21, num_prefix_tokens=5), (4, 4)),
        (Tokens(6), (2, 2)),
        (Tokens(7), None),
        (Tokens(20, num_prefix_tokens=0), None),
        (Map(8, 4, 3), (4, 3)),
        (Map(4, 3, 8), (4, 3)),
        (Map(8, 8, 8), (8, 8)),
        (Map(8), None),
    ],
)
def test_grid_of_what_forward_features_returns(model: nn.Module, grid: tuple[int, int] | None) -> None:
    assert last_grid(model) == grid


def test_network_without_forward_features_is_judged_by_its_last_map_before_global_pooling() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    assert last_grid(model) == (6, 5)


def test_network_without_any_map_has_no_grid() -> None:
    assert last_grid(nn.Sequential(nn.Flatten(), nn.Linear(360, 2))) is None
