"""A series as bytes and back: Parquet, with what Parquet has no word for in the schema's metadata."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from assistant.data.series import Series
from assistant.errors import StorageError

_KEY = b"tidings.series"
_VERSION = 1


def series_identity(series: Series) -> str:
    """SHA-256 (hexadecimal) of all that makes the series: header, times and the values' bits."""
    digest = hashlib.sha256(json.dumps(_header(series), sort_keys=True).encode())
    if isinstance(series.times, pd.DatetimeIndex):
        digest.update(series.times.asi8.astype("<i8").tobytes())
    digest.update(np.ascontiguousarray(series.values, dtype="<f8").tobytes())
    return digest.hexdigest()


def encode_series(series: Series) -> bytes:
    """Parquet bytes: column `value` (double, NaN kept) and, where dated, `time` (int64 since the epoch, in the header's unit).

    Errors: StorageError for values that are not (time,) float64 of the index's length.
    """
    import pyarrow as pa
    from pyarrow import parquet

    values = series.values
    if values.ndim != 1 or values.dtype != np.float64 or len(values) != len(series.times):
        raise StorageError(
            f"Expected one float64 value for each of the {len(series.times)} times of {series.name!r}, "
            f"found {values.dtype} of shape {values.shape}."
        )
    columns = {"value": pa.array(values, from_pandas=False)}
    if isinstance(series.times, pd.DatetimeIndex):
        columns["time"] = pa.array(series.times.asi8)
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(_header(series))})
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def decode_series(content: bytes) -> Series:
    """The series in Parquet bytes. Errors: StorageError for anything that `encode_series` did not write."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(content))
        header = json.loads(table.schema.metadata[_KEY])
        if header["version"] != _VERSION:
            raise StorageError(
                f"A stored series has layout {header['version']}, this release reads {_VERSION}. Use the release that wrote it."
            )
        values = table["value"].to_numpy().astype(np.float64)
        times = _times(header, table["time"].to_numpy() if "time" in table.column_names else None)
        return Series(header["name"], times, values, header["frequency"], header["unit"])
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            "A stored series cannot be read: its file is truncated or damaged. Restore a backup, or upload the file again."
        ) from error


def _header(series: Series) -> dict[str, Any]:
    header: dict[str, Any] = {
        "version": _VERSION,
        "name": series.name,
        "frequency": series.frequency,
        "unit": series.unit,
        "index_name": None if series.times.name is None else str(series.times.name),
    }
    if isinstance(series.times, pd.DatetimeIndex):
        return header | {"time_unit": series.times.unit, "zone": _zone(series.times.tz), "offset_alias": series.times.freqstr}
    return header | {"range": [int(series.times.start), int(series.times.stop), int(series.times.step)]}


def _times(header: dict[str, Any], stamps: np.ndarray | None) -> pd.DatetimeIndex | pd.RangeIndex:
    if "range" in header:
        start, stop, step = header["range"]
        return pd.RangeIndex(start, stop, step, name=header["index_name"])
    if stamps is None:
        raise KeyError("time")
    moments = pd.DatetimeIndex(stamps.view(f"M8[{header['time_unit']}]"), name=header["index_name"])
    zone = header["zone"]
    if zone is not None:
        where = ZoneInfo(zone) if isinstance(zone, str) else timezone(timedelta(seconds=zone))
        moments = moments.tz_localize("UTC").tz_convert(where)
    return pd.DatetimeIndex(moments, freq=header["offset_alias"])


def _zone(zone: tzinfo | None) -> str | float | None:
    """A zone's name, or a fixed offset's seconds."""
    if zone is None:
        return None
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    if isinstance(zone, timezone):
        return zone.utcoffset(None).total_seconds()
    raise StorageError(f"Expected a named time zone or a fixed offset, found {zone!r}. Convert the times to one of these first.")
