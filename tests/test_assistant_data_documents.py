"""JSON of many shapes: the table is found wherever it lies."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from assistant.data.documents import parse_document
from assistant.data.reader import read_dataset
from assistant.errors import FileRejected

DAYS = pd.date_range("2020-01-01", periods=20)
ISO = [f"{day:%Y-%m-%d}" for day in DAYS]
EPOCH = [int(day.timestamp() * 1000) for day in DAYS]
RECORDS = [{"date": day, "v": float(k)} for k, day in enumerate(ISO)]
FRAME = pd.DataFrame({"v": range(20), "w": range(0, 40, 2)}, index=DAYS)
DOCUMENTS: dict[str, tuple[object, list[str]]] = {
    "records": (RECORDS, ["v"]),
    "data": ({"status": "ok", "data": RECORDS}, ["v"]),
    "deep": ({"meta": {"a": 1}, "response": {"total": 20, "rows": RECORDS}}, ["v"]),
    "columns": ({"time": ISO, "v": list(range(20)), "w": list(range(20))}, ["v", "w"]),
    "hourly": ({"lat": 52.5, "units": {"v": "°C"}, "hourly": {"time": ISO, "v": list(range(20))}}, ["v"]),
    "pairs": ([[moment, k] for k, moment in enumerate(EPOCH)], ["value"]),
    "points": ({"series": [{"name": n, "points": [[m, k] for k, m in enumerate(EPOCH)]} for n in "vw"]}, ["v", "w"]),
    "value first": ([{"target": n, "datapoints": [[k, m] for k, m in enumerate(EPOCH)]} for n in "vw"], ["v", "w"]),
    "named lists": ({n: [[m, k] for k, m in enumerate(EPOCH)] for n in ("prices", "volumes")}, ["prices", "volumes"]),
    "by time": (dict(zip(ISO, range(20), strict=True)), ["value"]),
    "records by time": ({"Meta": {"a": "b"}, "Daily": {day: {"v": str(k), "w": k} for k, day in enumerate(ISO)}}, ["v", "w"]),
    "nested records": ([{"date": day, "main": {"v": k}} for k, day in enumerate(ISO)], ["main.v"]),
    "pandas": (json.loads(FRAME.to_json()), ["v", "w"]),
    "pandas split": (json.loads(FRAME.to_json(orient="split")), ["v", "w"]),
    "page and rows": ([{"page": 1}, [{"date": day, "value": k} for k, day in enumerate(ISO)]], ["value"]),
    "columns and values": ({"results": [{"columns": ["time", "v"], "values": [[m, k] for k, m in enumerate(ISO)]}]}, ["v"]),
    "times apart": ({"timestamp": EPOCH, "quote": [{"open": list(range(20)), "low": list(range(20))}]}, ["open", "low"]),
}  # fmt: skip


@pytest.mark.parametrize(("document", "names"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_table_in_a_document_is_found(document: object, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    dataset = read_dataset(path)
    assert sorted(series.name for series in dataset.series) == sorted(names)
    for series in dataset.series:
        assert series.times.equals(DAYS.as_unit("us"))
        assert (series.values[1] in (1, 2), series.frequency) == (True, "D")


def test_a_cube_is_read_by_the_labels_of_its_dimensions(tmp_path: Path) -> None:
    months = [f"2019M{k:02d}" for k in range(1, 13)]
    dimension = {
        "Goods": {"category": {"index": {"01": 0, "02": 1}, "label": {"01": "Milk", "02": "Bread"}}},
        "Tid": {"category": {"index": {month: k for k, month in enumerate(months)}}},
    }
    path = tmp_path / "cube.json"
    path.write_text(json.dumps({"class": "dataset", "id": ["Goods", "Tid"], "dimension": dimension, "value": list(range(24))}))
    found = {series.name: (series.frequency, series.values.tolist()) for series in read_dataset(path).series}
    assert found == {"Milk": ("MS", list(range(12))), "Bread": ("MS", list(range(12, 24)))}


def test_numbers_alone_are_counted_and_other_tables_are_told() -> None:
    assert parse_document("[1.5, 2.5, null]").records == [{"value": 1.5}, {"value": 2.5}, {"value": None}]
    found = parse_document(json.dumps({"small": RECORDS[:3], "large": [{"x": k, "y": k} for k in range(9)]}))
    assert (found.path, len(found.records), found.left_out) == ("large", 9, ("small",))


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", '{"a": {"b": ["x"]}}', "{broken", '[{"a": {"b": [1]}}]'])
def test_documents_without_a_table_are_refused(text: str) -> None:
    with pytest.raises(FileRejected, match="Expected JSON"):
        parse_document(text)


HOURS = pd.date_range("2023-06-01", periods=12, freq="h")
SECONDS = [int(hour.timestamp()) for hour in HOURS]
UTC = [f"{hour:%Y-%m-%dT%H:%M:%SZ}" for hour in HOURS]
BASES = ((0.5, "a"), (100.5, "b"))
MONITORING: dict[str, tuple[object, list[str]]] = {
    "lists of times and values": (
        {
            "Results": [
                {"Id": f"m{b:.0f}", "Label": h, "Timestamps": UTC[::-1], "Values": [b + 11 - k for k in range(12)]}
                for b, h in BASES
            ]
        },
        ["a", "b"],
    ),
    "one metric, tags": (
        [
            {"metric": "cpu", "tags": {"host": h}, "aggregateTags": [], "dps": {str(s): b + k for k, s in enumerate(SECONDS)}}
            for b, h in BASES
        ],
        ["a", "b"],
    ),
    "columns and tags": (
        {
            "results": [
                {
                    "series": [
                        {
                            "name": "cpu",
                            "tags": {"host": h},
                            "columns": ["time", "mean"],
                            "values": [[t, b + k] for k, t in enumerate(UTC)],
                        }
                        for b, h in BASES
                    ]
                }
            ]
        },
        ["a", "b"],
    ),
    "frames": (
        {
            "results": {
                "A": {
                    "frames": [
                        {
                            "schema": {"fields": [{"name": "Time"}, {"name": "Value", "labels": {"host": h}}]},
                            "data": {"values": [[s * 1000 for s in SECONDS], [b + k for k in range(12)]]},
                        }
                        for b, h in BASES
                    ]
                }
            }
        },
        ["a", "b"],
    ),
    "scope": (
        {
            "status": "ok",
            "series": [
                {"metric": "cpu", "scope": f"host:{h}", "pointlist": [[s * 1000, b + k] for k, s in enumerate(SECONDS)]}
                for b, h in BASES
            ],
        },
        ["host:a", "host:b"],
    ),
    "buckets in buckets": (
        {
            "aggregations": {
                "hosts": {
                    "buckets": [
                        {
                            "key": h,
                            "doc_count": 12,
                            "per": {
                                "buckets": [
                                    {"key_as_string": t, "key": s * 1000, "avg": {"value": b + k}}
                                    for k, (t, s) in enumerate(zip(UTC, SECONDS, strict=True))
                                ]
                            },
                        }
                        for b, h in BASES
                    ]
                }
            }
        },
        ["a", "b"],
    ),
    "one list deeper": (
        {
            "value": [
                {
                    "name": {"value": h},
                    "unit": "Percent",
                    "timeseries": [{"data": [{"timeStamp": t, "average": b + k} for k, t in enumerate(UTC)]}],
                }
                for b, h in BASES
            ]
        },
        ["a", "b"],
    ),
    "vectors": (
        [
            {"status": "OK", "object": {"vectorId": int(b), "points": [{"when": t, "value": b + k} for k, t in enumerate(UTC)]}}
            for b, _ in BASES
        ],
        ["series 0", "series 100"],
    ),
    "lists of records": (
        [[{"entity": h, "state": str(b + k), "at": t} for k, t in enumerate(UTC)] for b, h in BASES],
        ["a", "b"],
    ),
    "by name": ({h: {"at": UTC, "close": [b + k for k in range(12)]} for b, h in BASES}, ["a", "b"]),
    "chart": (
        {
            "cols": [{"label": "Day"}, {"label": "a"}, {"label": "b"}],
            "rows": [{"c": [{"v": f"Date(2023, 5, 1, {k}, 0, 0)"}, {"v": 0.5 + k}, {"v": 100.5 + k}]} for k in range(12)],
        },
        ["a", "b"],
    ),
    "names apart": (
        {
            "meta": {"view": {"columns": [{"name": "at"}, {"name": "a"}, {"name": "b"}]}},
            "data": [[t, 0.5 + k, 100.5 + k] for k, t in enumerate(UTC)],
        },
        ["a", "b"],
    ),
    "cube of series": (
        {
            "dataSets": [
                {
                    "series": {
                        f"0:{i}": {"observations": {str(k): [b + k, 0] for k in range(12)}} for i, (b, _) in enumerate(BASES)
                    }
                }
            ],
            "structure": {
                "dimensions": {
                    "series": [
                        {"id": "FREQ", "values": [{"id": "H", "name": "Hourly"}]},
                        {"id": "CURRENCY", "values": [{"id": "x", "name": "a"}, {"id": "y", "name": "b"}]},
                    ],
                    "observation": [{"id": "TIME_PERIOD", "values": [{"id": t} for t in UTC]}],
                }
            },
        },
        ["a", "b"],
    ),
}


@pytest.mark.parametrize(("document", "names"), MONITORING.values(), ids=MONITORING)
def test_series_beside_each_other_keep_their_labels(document: object, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    dataset = read_dataset(path)
    assert [series.name for series in dataset.series] == names
    for (base, _), series in zip(BASES, dataset.series, strict=True):
        assert isinstance(series.times, pd.DatetimeIndex)
        assert (series.frequency, series.times[0].tz_localize(None)) == ("h", HOURS[0])
        assert series.values.tolist() == [base + k for k in range(12)]


def test_records_with_small_lists_inside_stay_records(tmp_path: Path) -> None:
    orders = [
        {"date": day, "total": k + 0.5, "items": [{"at": f"{day}T0{n}:00", "n": n} for n in range(2)]}
        for k, day in enumerate(ISO)
    ]
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(orders))
    (series,) = read_dataset(path).series
    assert (series.name, len(series), series.values[1]) == ("total", 20, 1.5)
