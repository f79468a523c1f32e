"""Columns of Python values as an Arrow table."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json


def arrow_table(columns: Mapping[str, Sequence[Any]], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return columns of equal length as a table, in their order.

    By way of JSON: what takes Python values directly imports pandas, for longer than all else that the first page of a
    fresh server needs.

    Args:
        columns: numbers, texts, lists of either, times with a zone and durations; None where a value is not known.
        types: of every column.
    """
    if not columns:
        return pa.Table.from_batches([], schema=pa.schema([]))
    written = pa.schema([(name, _written(types[name])) for name in columns])
    # One object that holds the columns: one for each row takes twice as long.
    data = json.dumps({name: list(values) for name, values in columns.items()}, default=_number).encode()
    schema = pa.schema([(field.name, pa.list_(field.type)) for field in written])
    read = pyarrow.json.read_json(
        io.BytesIO(data),
        read_options=pyarrow.json.ReadOptions(block_size=len(data) + 1),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
    )
    arrays = [read[name].chunk(0).flatten() for name in columns]
    return pa.Table.from_arrays(arrays, schema=written).cast(pa.schema([(name, types[name]) for name in columns]))


def taken_rows(table: pa.Table, places: Sequence[int]) -> pa.Table:
    """Return these rows of a table; without pandas too."""
    held = pa.py_buffer(np.array(places, dtype=np.int64))
    return table.take(pa.Array.from_buffers(pa.int64(), len(places), [None, held]))


def _written(kind: pa.DataType) -> pa.DataType:
    """Return the type that a column has in JSON: times and durations are whole numbers there."""
    return pa.int64() if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) else kind


def _number(value: object) -> int:
    """Return a time in milliseconds of 1970, a duration in seconds."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    raise TypeError(f"{value!r} is no value of a list")
