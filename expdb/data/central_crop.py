"""The part of an image that is looked at where nothing is drawn by chance: in evaluation, and in small pictures."""

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def evaluation_box(width: int, height: int) -> Box:
    """Return the central square of 87.5 % of the short side, which evaluation looks at, as timm and torchvision do."""
    return central_box(width, height, share=0.875)


def central_box(width: int, height: int, *, share: float = 1.0) -> Box:
    """Return the central square whose side is that share of the short side."""
    side = max(1, round(min(width, height) * share))
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side
