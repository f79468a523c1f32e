"""What is done to images before a network is asked about them: images (B, C, H, W) in [0, 1], at their stored side.

What comes out may leave [0, 1]; `Network.prepared` cuts that off. Widths are in pixels of the stored image, frequencies
in Nyquist (1 is that of one axis).
"""

import torch
from torch.nn import functional

from expdb.analysis.parts.fourier import low_pass_mask, radii

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def luma_of(pixels: torch.Tensor) -> torch.Tensor:
    """Return how bright images are, (B, 1, H, W); those of one channel as they are."""
    if pixels.shape[1] == 1:
        return pixels
    return (pixels * pixels.new_tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)


def without_colour(pixels: torch.Tensor) -> torch.Tensor:
    """Return images whose channels are all their luma."""
    return luma_of(pixels).expand(-1, pixels.shape[1], -1, -1)


def with_contrast(pixels: torch.Tensor, contrast: float) -> torch.Tensor:
    """Return images drawn towards mid-grey: 1 leaves them as they are, 0 leaves grey.

    Source: Geirhos et al. 2018, "Generalisation in humans and deep neural networks", section 2.
    """
    return contrast * pixels + (1 - contrast) / 2


def blurred(pixels: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return images under a Gaussian of that standard deviation, cut off at three of them; edges are mirrored."""
    radius = min(-int(-3 * sigma // 1), min(pixels.shape[-2:]) - 1)
    places = torch.arange(-radius, radius + 1, dtype=pixels.dtype)
    weights = torch.exp(-(places**2) / (2 * sigma**2))
    weights = (weights / weights.sum()).expand(pixels.shape[1], 1, 1, -1)
    padded = functional.pad(pixels, [radius] * 4, mode="reflect")
    across = functional.conv2d(padded, weights, groups=pixels.shape[1])
    return functional.conv2d(across, weights.transpose(-2, -1), groups=pixels.shape[1])


def edges_alone(pixels: torch.Tensor) -> torch.Tensor:
    """Return the magnitude of Sobel's gradient of the luma, in all channels: the strongest edge of an image is white.

    Source: Sobel and Feldman 1968, "A 3x3 isotropic gradient operator for image processing".
    """
    kernel = pixels.new_tensor(_SOBEL)
    padded = functional.pad(luma_of(pixels), [1] * 4, mode="reflect")
    gradient = functional.conv2d(padded, torch.stack([kernel, kernel.T])[:, None])
    magnitude = gradient.square().sum(1, keepdim=True).sqrt()
    strongest = magnitude.amax((-2, -1), keepdim=True).clamp(min=1e-3)  # less than one step of a byte
    return (magnitude / strongest).expand(-1, pixels.shape[1], -1, -1)


def shuffled(pixels: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Return images whose patches stand elsewhere; what is left over at the edges, where they do not fit, stays.

    Args:
        pixels: the images.
        order: (B, G * G): from which patch, row by row, each one is taken.

    Source: Naseer et al. 2021, "Intriguing Properties of Vision Transformers", section 3.2.
    """
    num_images, channels, height, width = pixels.shape
    grid = round(order.shape[1] ** 0.5)
    rows, columns = height // grid, width // grid
    top, left = (height - grid * rows) // 2, (width - grid * columns) // 2
    inside = pixels[..., top : top + grid * rows, left : left + grid * columns]
    patches = inside.reshape(num_images, channels, grid, rows, grid, columns).permute(0, 2, 4, 1, 3, 5)
    patches = patches.reshape(num_images, grid * grid, channels, rows, columns)
    taken = patches[torch.arange(num_images)[:, None], order].reshape(num_images, grid, grid, channels, rows, columns)
    found = pixels.clone()
    found[..., top : top + grid * rows, left : left + grid * columns] = taken.permute(0, 3, 1, 4, 2, 5).reshape(
        inside.shape
    )
    return found


def hybrid_of(low: torch.Tensor, high: torch.Tensor, cutoff: float) -> torch.Tensor:
    """Return the frequencies of `low` up to the cut-off, with its mean, and those of `high` above it.

    Source: Oliva, Torralba and Schyns 2006, "Hybrid images", with a mask that cuts sharply.
    """
    is_low = low_pass_mask(radii(*low.shape[-2:]), cutoff) > 0
    spectrum = torch.where(is_low, torch.fft.fft2(low.double()), torch.fft.fft2(high.double()))
    mixed: torch.Tensor = torch.fft.ifft2(spectrum).real
    return mixed.to(low.dtype)


def with_phase_of(amplitude: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
    """Return images of the one's amplitude spectrum and the other's phase, channel by channel.

    Source: Oppenheim and Lim 1981, "The importance of phase in signals".
    """
    strength = torch.fft.fft2(amplitude.double()).abs()
    angle = torch.fft.fft2(phase.double()).angle()
    mixed: torch.Tensor = torch.fft.ifft2(torch.polar(strength, angle)).real
    return mixed.to(amplitude.dtype)


def with_style_of(pixels: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """Return images of mean and standard deviation, over places, of the other images' channels.

    Source: Huang and Belongie 2017, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization",
    equation 8, of pixels in place of features.
    """
    own_std, own_mean = torch.std_mean(pixels, (-2, -1), keepdim=True, correction=0)
    std, mean = torch.std_mean(style, (-2, -1), keepdim=True, correction=0)
    return (pixels - own_mean) / own_std.clamp(min=1e-6) * std + mean
