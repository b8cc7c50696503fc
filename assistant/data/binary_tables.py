"""Tables of statistics programs and of scientific archives: Feather, ORC, Stata, SAS, MATLAB, NetCDF 3, numpy → typed columns."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from assistant.data.limits import check_cells
from assistant.data.notes import Notes, clean_name, counted, listing
from assistant.data.series import Limits, display_name
from assistant.errors import FileRejected

_SAS7BDAT = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_SINCE = re.compile(r"^\s*(days?|hours?|h|hrs?|minutes?|min|seconds?|secs?|s)\s+since\s+(.+)$", re.IGNORECASE)
_USUAL_CALENDARS = frozenset({"standard", "gregorian", "proleptic_gregorian", ""})
_DATENUM = 719_529.0  # of 1970-01-01 as MATLAB counts days
_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"ARROW1", "feather"),
    (b"FEA1", "feather"),
    (b"ORC", "orc"),
    (b"<stata_dta>", "stata"),
    (b"HEADER RECORD*******LIBRARY HEADER RECORD", "xport"),
    (b"HEADER RECORD*******LIBV8", "xport"),
    (_SAS7BDAT, "sas7bdat"),
    (b"MATLAB 5.0 MAT-file", "mat"),
    (b"CDF\x01", "netcdf"),
    (b"CDF\x02", "netcdf"),
    (b"\x93NUMPY", "numpy"),
)
_OLD_STATA = {0x69, 0x6C, 0x6E, 0x6F, 0x71, 0x72, 0x73}


def format_of(head: bytes) -> str | None:
    """The format of a binary file that can be read as a table, or None."""
    found = next((name for magic, name in _FORMATS if head.startswith(magic)), None)
    if found is None and len(head) > 109 and head[0] in _OLD_STATA and head[1] in (1, 2) and head[2] == 1 and head[3] == 0:
        return "stata"
    return found


def read_binary(path: Path, head: bytes, notes: Notes, limits: Limits) -> pd.DataFrame:
    """The table of a binary file with its types.

    Errors: FileRejected when it is damaged, holds no table, or one beyond the limits.
    """
    name = format_of(head)
    readers: dict[str, Callable[[], pd.DataFrame]] = {
        "feather": lambda: _arrow(path),
        "orc": lambda: _orc(path, limits),
        "stata": lambda: pd.read_stata(path, convert_categoricals=True),
        "xport": lambda: _decoded(pd.read_sas(path, format="xport")),
        "sas7bdat": lambda: _decoded(pd.read_sas(path, format="sas7bdat")),
        "mat": lambda: _matlab(path, notes),
        "netcdf": lambda: _netcdf(path, notes, limits),
        "numpy": lambda: _array(np.load(path, allow_pickle=False)),
    }
    if name is None:
        raise FileRejected(f"Expected a table, found another kind of file: “{display_name(path)}”. Export it as CSV.")
    try:
        frame = readers[name]()
    except FileRejected:
        raise
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        OSError,
        EOFError,
        OverflowError,
        struct.error,
        ArithmeticError,
    ) as error:
        raise FileRejected(
            f"Expected a whole {name} file, found a damaged or unusual one: “{display_name(path)}” "
            f"({clean_name(str(error), limit=120)}). Export the table as CSV."
        ) from error
    check_cells(*frame.shape, limits)
    if frame.index.name is not None or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return frame


def _arrow(path: Path) -> pd.DataFrame:
    from pyarrow import feather

    frame: pd.DataFrame = feather.read_table(path, memory_map=False).to_pandas()
    return frame


def _orc(path: Path, limits: Limits) -> pd.DataFrame:
    from pyarrow import orc

    file = orc.ORCFile(path)
    check_cells(file.nrows, len(file.schema), limits)
    frame: pd.DataFrame = file.read().to_pandas()
    return frame


def _decoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Words as text and not as bytes."""
    words = {
        name: column.map(lambda cell: cell.decode("utf-8", errors="replace").strip() if isinstance(cell, bytes) else cell)
        for name, column in frame.items()
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column)
    }
    return frame.assign(**{str(name): column for name, column in words.items()})


def _array(array: np.ndarray) -> pd.DataFrame:
    """An array of one or two dimensions (or of named fields) as columns."""
    if array.dtype.names:
        return pd.DataFrame({name: array[name].ravel() for name in array.dtype.names})
    if array.ndim not in (1, 2) or array.dtype.kind not in "iufbM":
        raise FileRejected(
            f"Expected numbers in one or two dimensions, found {array.ndim} dimensions of {array.dtype}. Save the table as CSV."
        )
    columns = array[:, None] if array.ndim == 1 else array
    names = ["value"] if columns.shape[1] == 1 else [f"column {k}" for k in range(1, columns.shape[1] + 1)]
    return pd.DataFrame(columns, columns=pd.Index(names))


def _matlab(path: Path, notes: Notes) -> pd.DataFrame:
    """The variables of a MATLAB file that have as many rows as most of them."""
    from scipy import io

    found = {
        name: np.asarray(value)
        for name, value in io.loadmat(path, squeeze_me=True).items()
        if not name.startswith("__") and np.asarray(value).dtype.kind in "iufb" and np.asarray(value).size > 1
    }
    whole = {name: value for name, value in found.items() if value.ndim in (1, 2)}
    if not whole:
        raise FileRejected("Expected vectors or matrices of numbers in the MATLAB file, found none. Save the table as CSV.")
    rows = max((len(value) for value in whole.values()), key=lambda n: sum(len(value) == n for value in whole.values()) * n)
    columns: dict[str, np.ndarray] = {}
    for name, value in whole.items():
        if len(value) != rows:
            continue
        parts = [value] if value.ndim == 1 else list(value.T)
        columns |= {name if len(parts) == 1 else f"{name} {k}": part for k, part in enumerate(parts, start=1)}
    left_out = [name for name in found if not any(column == name or column.startswith(f"{name} ") for column in columns)]
    if left_out:
        notes.warn(f"Left out because they have another number of rows: {listing(left_out)}.")
    return pd.DataFrame({name: _from_datenum(name, column.astype(np.float64)) for name, column in columns.items()})


def _from_datenum(name: str, column: np.ndarray) -> pd.Series:
    """Days as MATLAB counts them as times, where the name speaks of time and every number lies in living memory."""
    plain = pd.Series(column)
    if (
        not re.search(r"date|time|datum|^t$|^dn$", name.casefold())
        or plain.isna().any()
        or not plain.between(693_961, 767_011).all()
    ):
        return plain
    return pd.Series(pd.to_datetime(((plain - _DATENUM) * 86_400).round(3), unit="s"))


def _netcdf(path: Path, notes: Notes, limits: Limits) -> pd.DataFrame:
    """The variables of a NetCDF file along its time; a variable over a few further places becomes a column each."""
    from scipy import io

    with io.netcdf_file(path, "r", mmap=False) as file:
        times = next((name for name in file.variables if _is_time(file.variables[name])), None)
        if times is None:
            raise FileRejected("Expected a NetCDF file with a time axis, found none. Export the values as CSV.")
        axis = file.variables[times]
        (along,) = axis.dimensions
        columns = {str(times): _moments(axis)}
        left_out = []
        for name, variable in file.variables.items():
            if name == times or along not in variable.dimensions or variable.data.dtype.kind not in "iuf":
                continue
            values = np.moveaxis(_unpacked_values(variable), variable.dimensions.index(along), 0).reshape(len(axis.data), -1)
            if values.shape[1] > limits.columns:
                left_out.append(name)
                continue
            labels = [name] if values.shape[1] == 1 else [f"{name} {k}" for k in range(1, values.shape[1] + 1)]
            columns |= {label: pd.Series(values[:, k]) for k, label in enumerate(labels)}
        if left_out:
            notes.warn(f"Left out because they cover too many places (columns = {limits.columns:,}): {listing(left_out)}.")
    if len(columns) < 2:
        raise FileRejected("Expected variables along the time axis, found none that can be columns. Export one place as CSV.")
    notes.guess("layout", f"{counted(len(columns) - 1, 'column')} along {times}", "The file names its time axis.")
    return pd.DataFrame(columns)


def _attribute(variable: object, name: str) -> object:
    value = getattr(variable, name, None)
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _is_time(variable: object) -> bool:
    dimensions = getattr(variable, "dimensions", ())
    return len(dimensions) == 1 and bool(_SINCE.match(str(_attribute(variable, "units") or "")))


def _moments(variable: object) -> pd.Series:
    """The times of an axis in units such as `days since 1900-01-01`."""
    found = _SINCE.match(str(_attribute(variable, "units")))
    calendar = str(_attribute(variable, "calendar") or "").casefold()
    assert found is not None
    if calendar not in _USUAL_CALENDARS:
        raise FileRejected(f"Expected times of the usual calendar, found those of “{calendar}”. Convert them and save as CSV.")
    seconds = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}[found[1][0].lower()]
    origin = pd.Timestamp(re.sub(r"\s*(?:UTC|GMT|Z)$", "", found[2].strip()).split(".")[0])
    counts = np.array(variable.data, dtype=np.float64)  # type: ignore[attr-defined]
    spans = np.round(counts * seconds * 1e6).astype(np.int64)
    start = origin.tz_convert("UTC").tz_localize(None) if origin.tzinfo is not None else origin
    return pd.Series(np.datetime64(start, "us") + spans.astype("timedelta64[us]"))


def _unpacked_values(variable: object) -> np.ndarray:
    """Numbers with the file's missing marks, scale and offset applied."""
    raw = np.array(variable.data, dtype=np.float64)  # type: ignore[attr-defined]
    values = raw.copy()
    for name in ("_FillValue", "missing_value"):
        mark = _attribute(variable, name)
        if mark is not None:
            values[raw == float(np.asarray(mark).ravel()[0])] = np.nan
    scale, offset = (_attribute(variable, name) for name in ("scale_factor", "add_offset"))
    scaled: np.ndarray = values * (1.0 if scale is None else float(scale)) + (0.0 if offset is None else float(offset))  # type: ignore[arg-type]
    return scaled
