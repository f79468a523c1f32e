"""Frequencies of images and feature maps: radii, bands, filters, noise of a band, waves, spectra.

A frequency is given in units of Nyquist along each axis: 1 is the fastest wave that a row of pixels holds, a corner of
the plane lies at 1.414. Everything is computed in float64, and planes are laid out as `torch.fft.fft2` does.
"""

import functools
import math
from typing import Literal

import numpy as np
import torch

Mask = Literal["ideal", "gaussian"]
FrequencyBand = tuple[float, float]

_EDGE = 1e-9  # a frequency this near to a bound lies on it
_NO_ENERGY = 1e-12  # of a map's energy: less than this beside its mean is rounding, not a pattern

# Rings of equal width up to Nyquist, and one of the corners.
BANDS: tuple[FrequencyBand, ...] = (*((tenth / 10, (tenth + 1) / 10) for tenth in range(10)), (1.0, 1.42))
LOW_BANDS = (0, 1, 2)  # places in `BANDS`: up to 0.3
HIGH_BANDS = (7, 8, 9)  # from 0.7 to 1.0


@functools.cache
def radii(height: int, width: int) -> torch.Tensor:
    """Return the radius of each frequency of the plane, (height, width) float64."""
    down, right = (2 * torch.fft.fftfreq(side, dtype=torch.float64) for side in (height, width))
    return torch.hypot(down[:, None], right[None, :])


def in_band(radius: torch.Tensor, band: FrequencyBand) -> torch.Tensor:
    """Tell which radii lie in a band, its lower bound included; the zero frequency lies in none."""
    low, high = band
    return (radius >= low - _EDGE) & (radius < high - _EDGE) & (radius > 0)


def low_pass_mask(radius: torch.Tensor, cutoff: float, mask: Mask = "ideal") -> torch.Tensor:
    """Return by what each frequency is multiplied, float64: 1 at zero frequency.

    Args:
        radius: of the frequencies.
        cutoff: the last one that passes an ideal mask; the standard deviation of a Gaussian one, which lets 0.61 of
            that frequency's amplitude pass.
        mask: its kind. An ideal one cuts sharply, and rings.
    """
    if mask == "ideal":
        return (radius <= cutoff + _EDGE).double()
    return torch.exp(-0.5 * (radius / cutoff) ** 2)


def low_passed(pixels: torch.Tensor, cutoff: float, mask: Mask = "ideal") -> torch.Tensor:
    """Return images (..., H, W) without their high frequencies, float64; values may leave [0, 1]."""
    factors = low_pass_mask(radii(*pixels.shape[-2:]), cutoff, mask)
    filtered: torch.Tensor = torch.fft.ifft2(torch.fft.fft2(pixels.double()) * factors).real
    return filtered


def high_passed(pixels: torch.Tensor, cutoff: float, mask: Mask = "ideal") -> torch.Tensor:
    """Return images (B, C, H, W) less what a low pass leaves of them, plus each one's mean over pixels and channels."""
    own = pixels.double()
    return own - low_passed(own, cutoff, mask) + own.mean((1, 2, 3), keepdim=True)


def white_noise(places: range, shape: tuple[int, ...], *, seed: int) -> torch.Tensor:
    """Return standard normal noise, (len(places), *shape) float64: the same for an image's place, however batched."""
    drawn = [np.random.default_rng((seed, place)).standard_normal(shape) for place in places]
    return torch.from_numpy(np.stack(drawn))


def band_noise(spectrum: torch.Tensor, band: FrequencyBand) -> torch.Tensor:
    """Return the noise of one band, (B, C, H, W) float64 with norm 1 an image over all channels.

    Norms are equal because bands hold unequal numbers of frequencies: of 32 px the lowest 8, that below Nyquist 136.

    Args:
        spectrum: `torch.fft.fft2` of white noise (B, C, H, W).
        band: from, and up to.
    """
    mask = in_band(radii(*spectrum.shape[-2:]), band)
    noise = torch.fft.ifft2(spectrum * mask).real
    norms = torch.linalg.vector_norm(noise, dim=(1, 2, 3), keepdim=True)
    of_norm_1: torch.Tensor = noise / torch.where(norms > 0, norms, 1.0)
    return of_norm_1


def wave(down: int, right: int, *, height: int, width: int) -> torch.Tensor:
    """Return the wave of so many periods a side, (height, width) float64 with norm 1.

    Its spectrum is that frequency and the mirror image of it, and nothing else. Source: Yin et al. 2019, section 2.
    """
    rows = torch.arange(height, dtype=torch.float64)[:, None] * down / height
    columns = torch.arange(width, dtype=torch.float64)[None, :] * right / width
    pattern = torch.cos(2 * math.pi * ((rows + columns) % 1))
    of_norm_1: torch.Tensor = pattern / torch.linalg.vector_norm(pattern)
    return of_norm_1


def log_amplitudes(spectrum: torch.Tensor) -> torch.Tensor:
    """Return the log amplitude along the diagonal from zero frequency, (B, ceil(side / 2)) float64, mean over channels.

    The k-th is that of frequency 2 k / side along both axes. Source: Park and Kim 2022, figure 2a, and its notebook.

    Args:
        spectrum: of square maps (B, C, side, side).
    """
    places = torch.arange((spectrum.shape[-2] + 1) // 2)
    return torch.log(spectrum[..., places, places].abs() + 1e-6).mean(1)


def spectrum_of(maps: torch.Tensor) -> torch.Tensor:
    """Return the spectrum of real maps (B, C, H, W): complex128, with the right half of the plane alone."""
    spectrum: torch.Tensor = torch.fft.rfft2(maps.double())
    return spectrum


def high_frequency_ratio(spectrum: torch.Tensor, *, width: int, cutoff: float) -> torch.Tensor:
    """Return the share of energy beyond a radius, of all that is not at zero frequency: (B,), mean over channels.

    It depends neither on a map's mean nor on its scale. Channels without any pattern do not count; of a map that has
    no other it is NaN.

    Args:
        spectrum: from `spectrum_of` maps (B, C, H, width).
        width: of the maps.
        cutoff: the radius.
    """
    radius = radii(spectrum.shape[-2], width)[:, : spectrum.shape[-1]]
    energy = spectrum.abs() ** 2
    energy[..., 1 : (width + 1) // 2] *= 2  # these columns stand for their mirror images too
    is_pattern = radius > 0
    patterned = energy[..., is_pattern].sum(-1)
    high = energy[..., is_pattern & (radius > cutoff + _EDGE)].sum(-1)
    counts = patterned > _NO_ENERGY * energy.sum((-2, -1))
    return torch.where(counts, high / patterned, torch.nan).nanmean(1)


def tells_high_from_low(side: int, cutoff: float) -> bool:
    """Tell whether square maps have frequencies on both sides of a radius; else the ratio says nothing of them."""
    radius = radii(side, side)
    is_high = radius[radius > 0] > cutoff + _EDGE
    return bool(is_high.any()) and not bool(is_high.all())
