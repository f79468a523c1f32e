"""Operations on uint8 images that give what torchvision's give, to the bit, in a fraction of the time.

Those of torchvision's that are fast already are not here.
"""

import math

import torch


def choose(mask: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return `first` where the mask is true and `second` elsewhere (uint8 images; torch.where is 4 times slower)."""
    bits = mask.view(torch.uint8).neg()  # 255 where true
    return second ^ ((first ^ second) & bits)


def solarize(images: torch.Tensor, threshold: float) -> torch.Tensor:
    """Return images (B, C, H, W) uint8 with the pixels that reach the threshold (in float32) inverted."""
    least = math.ceil(torch.tensor(threshold, dtype=torch.float32).item())
    return images ^ (images >= least).view(torch.uint8).neg()


def sharpen(images: torch.Tensor, factor: float) -> torch.Tensor:
    """Return images (B, C, H, W) uint8 blended with their blurred selves: factor 0 is blurred, 1 the image.

    The blur weighs the centre 5 and its neighbours 1, of 13; the outermost pixels stay. Sums are whole numbers, so
    rows and columns can be added apart without any rounding.
    """
    if min(images.shape[2:]) <= 2:
        return images
    pixels = images.float()
    rows = pixels[..., :-2] + pixels[..., 1:-1]
    rows += pixels[..., 2:]
    blurred = rows[..., :-2, :] + rows[..., 1:-1, :]
    blurred += rows[..., 2:, :]
    inner = pixels[..., 1:-1, 1:-1]
    blurred.add_(inner, alpha=4).div_(13).round_()
    inner.add_(blurred.sub_(inner), alpha=1 - factor)
    return pixels.clamp_(0, 255).to(torch.uint8)


def equalize(images: torch.Tensor) -> torch.Tensor:
    """Return images (B, C, H, W) uint8 with the histogram of each channel made flat, by PIL's rule.

    Source: Pillow, ImageOps.equalize.
    """
    pixels = images.flatten(2).flatten(0, 1).long()
    counts = torch.zeros(len(pixels), 256, dtype=torch.int32, device=images.device)
    counts.scatter_add_(1, pixels, torch.ones(1, dtype=torch.int32, device=images.device).expand_as(pixels))
    cumulated = counts.cumsum(1, dtype=torch.int32)
    num_pixels = pixels.shape[1]
    # The brightest colour is where the sum first becomes whole.
    brightest = counts.gather(1, (cumulated < num_pixels).sum(1, keepdim=True))
    step = (num_pixels - brightest).div(255, rounding_mode="floor")
    # Quotients of whole numbers below 2**24 are exact enough in float32 to be cut off.
    quotients = (cumulated[:, :-1] + step // 2).float() / step.clamp(min=1)
    table = torch.zeros(len(pixels), 256, dtype=torch.uint8, device=images.device)
    table[:, 1:] = quotients.clamp_(max=255).to(torch.uint8)
    is_flat = step == 0  # too few colours: the image stays
    table = choose(is_flat, torch.arange(256, dtype=torch.uint8, device=images.device).expand_as(table), table)
    return table.gather(1, pixels).view_as(images)


def move_pixels(images: torch.Tensor, sources: torch.Tensor) -> torch.Tensor:
    """Return images (B, C, H, W) uint8 whose pixels come from elsewhere in the image.

    Args:
        sources: (H * W,) int64 on the images' device: 1 + the position each pixel comes from; 0: it becomes black.
    """
    flat = images.flatten(2).flatten(0, 1)
    moved = flat.gather(1, (sources - 1).clamp(min=0).expand_as(flat))
    return (moved * (sources > 0)).view_as(images)
