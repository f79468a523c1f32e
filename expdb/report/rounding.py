"""Rounding from the exact decimal value, half-up: 0.76125 as percent is 76.13, never 76.12."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

# A spread this small beside the values is what rounding leaves of none: it would give any p one likes.
ROUNDING = 1e-12

_WIDE = Context(prec=400)  # quantize refuses results longer than the precision; a float has at most 309 digits


def exact(value: float) -> Decimal:
    """Return the decimal number that a float or integer prints as, which is the one that was meant."""
    return Decimal(repr(value))


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to so many digits after the point."""
    return value.quantize(_unit(decimals), rounding=ROUND_HALF_UP, context=_WIDE)


def cut_off(value: Decimal, decimals: int) -> Decimal:
    """Round towards zero to so many digits after the point."""
    return value.quantize(_unit(decimals), rounding=ROUND_DOWN, context=_WIDE)


@lru_cache
def _unit(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)
