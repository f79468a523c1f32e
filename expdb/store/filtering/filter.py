"""The filter language: `dataset = cifar100 and top1 > 82% and (tag = best or group = "my group")`.

    filter    = either
    either    = both ("or" both)*
    both      = inverse ("and" inverse)*
    inverse   = "not" inverse | "(" either ")" | field operator value | field ["not"] "in" "(" value ("," value)* ")"
    operator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" (contains)
    value     = a bare word, "quoted" or 'quoted' text, or null (unknown)

A comparison with an unknown value is false, and `not` and `!=` turn it round: every filter splits the runs in two.

What stands in a table's cell finds its runs:

- A field is called by its name (`num_params`), its setting's key (`optim.lr`), or a column's heading without what is
  in brackets there (`Params`, `Image size`). What documents state is called `metrics.NAME` and `settings.NAME`.
- Text is equal without regard to case, in all alphabets, and to how accents are composed. Models, datasets and presets
  are known by name and by label: `model = ResNet-mini`, `dataset = CIFAR-100`, `aug = "crop + flip"`.
- Numbers may have a unit and thousands: `82.85%`, `0.3M`, `1.3G`, `2GB`, `1h 7m 26s`, `10,000` (in a list `"10,000"`).
  `=` with a unit holds for what prints so: `top1 = 82.85%` from 82.845% on and below 82.855%. A loss or a throughput is
  equal to the number that it prints as; any other number is equal as it stands. `<` and `>` go by the exact value.
- What tables tell of several fields is found as it prints: `state = reported`, `model_aug = "ResNet50 + AutoAugment"`,
  `gpus = "DDP - 2"`, `optimizer_batch = "sgd / 256"`, `gpu_hours < 2`, `tags = "a, b"`, the line of `settings`.
- A time stands for the whole of it, in UTC: `created_at = 2026-11-30` for the day, `> 2026-11-30` for what came after
  the day, `= "2026-11-30 13:05 UTC"` for the minute.
- Accuracies are fractions: `top1 > 98` is refused, `98%` and `0.98` are the same.
"""

from collections.abc import Collection

import sqlalchemy as sa

from expdb.errors import FilterError
from expdb.store.filtering.filter_fields import FIELDS as FIELDS
from expdb.store.filtering.filter_parser import FilterParser, ParsedFilter
from expdb.store.filtering.text_conditions import Condition
from expdb.store.filtering.told_values import NOTHING_TOLD, ToldValues

MAX_LENGTH = 2000


def parse_filter(text: str, told: ToldValues = NOTHING_TOLD, *, unknown: Collection[str] = ()) -> ParsedFilter:
    """Return the condition on `runs` that a filter says, and its terms; an empty one holds for all.

    Args:
        text: the filter.
        told: what is told of several fields of the runs; without it, no run has any of that.
        unknown: fields of which nothing can be said yet: where it depends on them, the condition is null.

    Raises:
        FilterError: the filter cannot be understood; names the position and what was expected.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"the filter has {len(text)} characters: use at most {MAX_LENGTH}")
    if not text.strip():
        return ParsedFilter(condition=sa.true(), terms=())
    return FilterParser(text, unknown, told).parse()


def compile_filter(text: str, told: ToldValues = NOTHING_TOLD, *, unknown: Collection[str] = ()) -> Condition:
    """Return the condition on `runs` that a filter says. Raises FilterError, see `parse_filter`."""
    return parse_filter(text, told, unknown=unknown).condition
