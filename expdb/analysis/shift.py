"""Whether a network's answer stays when the image moves by a few pixels.

Source: Zhang 2019, "Making Convolutional Networks Shift-Invariant Again", section 4: consistency of classification.
"""

import torch

from expdb.analysis.estimates import mean_of, share
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import ShiftSettings
from expdb.domain.analyses.result import Chart, Line
from expdb.domain.spec import RunSpec

DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # down and right in pixels: right, left, down, up


def num_forward_shift(settings: ShiftSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network."""
    return num_images * (1 + len(DIRECTIONS) * len(settings.shifts))


def moved(pixels: torch.Tensor, *, down: int, right: int) -> torch.Tensor:
    """Return images (B, C, H, W) moved by so many pixels; what comes in is the mirror image of the edge."""
    height, width = pixels.shape[-2:]
    padded = torch.nn.functional.pad(pixels, [abs(right)] * 2 + [abs(down)] * 2, mode="reflect")
    top, left = abs(down) - down, abs(right) - right
    return padded[..., top : top + height, left : left + width]


def analyse_shift(subject: Subject, settings: ShiftSettings) -> Found:
    """Compare the answer to each image with those to the image moved in four directions."""
    network = subject.network
    own = network.logits(network.pixels).argmax(1)
    stays: dict[int, torch.Tensor] = {}
    for shift in settings.shifts:
        same = []
        for down, right in DIRECTIONS:
            answers = [
                network.logits(moved(network.images[some].float() / 255, down=shift * down, right=shift * right))
                for some in network.batches()
            ]
            same.append(torch.cat(answers).argmax(1) == own)
        stays[shift] = torch.stack(same)
    shares = [share(one.flatten()) for one in stays.values()]
    line = Line(
        label="answers that stay",
        x=settings.shifts,
        y=tuple(one.value for one in shares),
        low=tuple(one.low or 0 for one in shares),
        high=tuple(one.high or 0 for one in shares),
    )
    chart = Chart(
        key="shift",
        title="Answers that stay when the image moves",
        x_label="moved by (px)",
        y_label="answers that stay (%)",
        percent=True,
        lines=(line,),
    )
    # Answers to the same image are not independent: images are counted.
    of_image = torch.stack(list(stays.values())).double().mean((0, 1))
    return Found(values={"shift_consistency": mean_of(of_image)}, charts=(chart,))
