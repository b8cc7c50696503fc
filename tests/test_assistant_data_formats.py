"""Files that are no delimited text: markup, PC-Axis, XML, archives around tables, and the files of statistics programs."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.content import SUFFIXES
from assistant.data.markup import tables_of_page, tables_of_text
from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, Limits, ReadOptions
from assistant.errors import BadRequest, FileRejected

YEARS = range(2000, 2010)
DAYS = pd.date_range("2020-01-01", periods=10)
FRAME = pd.DataFrame({"day": DAYS, "load": np.arange(10) + 0.5, "wind": np.arange(10) * 2.0})
CSV = FRAME.to_csv(index=False)


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str, float]]:
    return [(s.name, len(s), s.frequency, s.time_text(0), float(s.values[1])) for s in dataset.series]


MARKUP = {
    "page.html": "<!DOCTYPE html><html><body><table><tr><td>menu</td></tr></table><table><thead><tr><th>Year</th>"
    "<th>Goods<sup>[1]</sup></th></tr></thead>"
    + "".join(f"<tr><td>{y}</td><td>{y - 1990}.5&nbsp;</td></tr>" for y in YEARS)
    + "</table></body></html>",
    "table.tex": "\\begin{table}\\begin{tabular}{lS[table-format=2.1]}\\toprule\n\\textbf{Year} & {Goods} \\\\ \\midrule\n"
    + "".join(f"{y} & ${y - 1990}.5$ \\\\\n" for y in YEARS)
    + "\\bottomrule\\end{tabular}\\end{table}",
    "article.txt": '{| class="wikitable"\n|+ Trade\n! Year !! Goods<ref>a</ref>\n'
    + "".join(f"|-\n| {y} || align=right | {y - 1990}.5\n" for y in YEARS)
    + "|}",
    "table.md": "| Year | Goods |\n|------|------:|\n" + "".join(f"| {y} | {y - 1990}.5 |\n" for y in YEARS),
    "rows.xml": '<?xml version="1.0"?><root xmlns="urn:x"><row><Year>'
    + "</row><row><Year>".join(f"{y}</Year><Goods>{y - 1990}.5</Goods>" for y in YEARS)
    + "</row></root>",
    "book.xml": '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>'
    "<Row><Cell><Data>Year</Data></Cell><Cell><Data>Goods</Data></Cell></Row>"
    + "".join(f"<Row><Cell><Data>{y}</Data></Cell><Cell><Data>{y - 1990}.5</Data></Cell></Row>" for y in YEARS)
    + "</Table></Worksheet></Workbook>",
}


@pytest.mark.parametrize("name", MARKUP)
def test_tables_in_markup(read: Callable[..., Dataset], name: str) -> None:
    assert summary(read(MARKUP[name], name=name)) == [("Goods", 10, "YS", "2000-01-01T00:00:00", 11.5)]


def test_merged_cells_and_a_choice_of_tables(read: Callable[..., Dataset]) -> None:
    page = (
        "<html><table><tr><th rowspan=2>Year</th><th colspan=2>Trade</th></tr><tr><th>in</th><th>out</th></tr>"
        + "".join(f"<tr><td>{y}</td><td>{y - 1990}</td><td>{y - 1900}</td></tr>" for y in YEARS)
        + "</table><table><tr><th>Year</th><th>Rain</th></tr>"
        + "".join(f"<tr><td>{y}<td>{y - 1995}.5" for y in YEARS)
        + "</table></html>"
    )
    assert [row[0] for row in summary(read(page, name="p.html"))] == ["Trade in", "Trade out"]
    second = read(page, ReadOptions(sheet="table 2"), name="p.html")
    assert summary(second) == [("Rain", 10, "YS", "2000-01-01T00:00:00", 6.5)]
    with pytest.raises(BadRequest, match="table 2"):
        read(page, ReadOptions(sheet="table 9"), name="p.html")


def test_cells_of_latex_and_of_broken_pages() -> None:
    ((_, row, last),) = tables_of_text(
        r"\begin{longtable}{ll} A & \multicolumn{2}{c}{B} \\ \hline 1{,}234 & \textit{3.4} & 5\,\% % note"
        "\n"
        r"\\ 1 & -- & ~ \\ \end{longtable}"
    )
    assert (row, last) == (["1,234", "3.4", "5%"], ["1", "-", ""])
    assert tables_of_page("<table><tr><td>1<td>2<tr><td rowspan=2>3<td>4<tr><td>5") == [[["1", "2"], ["3", "4"], ["3", "5"]]]


PX = """CHARSET="ANSI";
TITLE="Nights; by region";
STUB="region";
HEADING="sex","month";
VALUES("region")="North","South";
VALUES[sv]("region")="Norr","Syd";
VALUES("sex")="men","women";
VALUES("month")={months};
DATA=
{data};
"""


def test_pc_axis(read: Callable[..., Dataset]) -> None:
    months = ",\n".join(f'"2015M{k:02d}"' for k in range(1, 13))
    cells = [f"{k}.5" for k in range(48)]
    cells[13] = '".."'
    dataset = read(PX.format(months=months, data=" ".join(cells)), name="nights.px")
    assert [row[:4] for row in summary(dataset)][3] == ("South · women", 12, "MS", "2015-01-01T00:00:00")
    assert [series.missing for series in dataset.series] == [0, 1, 0, 0]
    assert dataset.series[3].values[0] == 36.5
    with pytest.raises(FileRejected, match="48 values"):
        read(PX.format(months=months, data=" ".join(cells[:-1])), name="nights.px")


def test_xml_of_days_with_rates_inside(read: Callable[..., Dataset]) -> None:
    days = "".join(
        f'<Cube time="{day:%Y-%m-%d}"><Cube currency="USD" rate="1.{k}"/><Cube currency="JPY" rate="12{k}.5"/></Cube>'
        for k, day in enumerate(DAYS)
    )
    dataset = read(f'<?xml version="1.0"?><e:Envelope xmlns:e="urn:a"><Cube>{days}</Cube></e:Envelope>', name="rates.xml")
    assert [row[:3] for row in summary(dataset)] == [("USD", 10, "D"), ("JPY", 10, "D")]
    assert dataset.series[1].values[1] == 121.5
    with pytest.raises(FileRejected, match="entities"):
        read('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', name="bomb.xml")
    with pytest.raises(FileRejected, match="damaged"):
        read('<?xml version="1.0"?><a><b></a>', name="broken.xml")


EXPECTED = [("load", 10, "D", "2020-01-01T00:00:00", 1.5), ("wind", 10, "D", "2020-01-01T00:00:00", 2.0)]


def _matlab(path: Path) -> None:
    from scipy import io as scipy_io

    days = (DAYS - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1) + 719_529.0
    scipy_io.savemat(path, {"date": days.to_numpy(), "load": FRAME["load"].to_numpy(), "wind": FRAME["wind"].to_numpy(), "n": 3})


def _netcdf(path: Path) -> None:
    from scipy import io as scipy_io

    with scipy_io.netcdf_file(path, "w") as file:
        file.createDimension("time", 10)
        time = file.createVariable("time", "i4", ("time",))
        time[:] = np.arange(10) * 24
        time.units = "hours since 2020-01-01 00:00:0.0"
        for name in ("load", "wind"):
            variable = file.createVariable(name, "i2", ("time",))
            variable[:] = (FRAME[name] * 2).to_numpy(np.int16)
            variable.scale_factor = 0.5


def _ods(path: Path) -> None:
    cells: list[list[str | float]] = [
        list(map(str, FRAME.columns)),
        *(
            [f"{day:%Y-%m-%d}", load, wind]
            for day, load, wind in zip(DAYS, FRAME["load"].tolist(), FRAME["wind"].tolist(), strict=True)
        ),
    ]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
            if isinstance(cell, float)
            else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<a/>")


WRITERS: dict[str, Callable[[Path], object]] = {
    "t.feather": lambda path: FRAME.to_feather(path),
    "t.orc": lambda path: FRAME.to_orc(path),
    "t.dta": lambda path: FRAME.to_stata(path, write_index=False, convert_dates={"day": "td"}),
    "t.mat": _matlab,
    "t.nc": _netcdf,
    "t.ods": _ods,
    "t.csv.bz2": lambda path: path.write_bytes(bz2.compress(CSV.encode())),
    "t.csv.xz": lambda path: path.write_bytes(lzma.compress(CSV.encode())),
}


@pytest.mark.parametrize("name", WRITERS)
def test_files_of_other_programs(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    assert summary(read_dataset(tmp_path / name)) == EXPECTED
    assert Path(name).suffix in SUFFIXES


@pytest.mark.parametrize("name", ["t.feather", "t.orc", "t.dta", "t.mat", "t.nc", "t.csv.bz2", "t.csv.xz"])
def test_cut_files_are_refused(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(FileRejected, match="damaged"):
        read_dataset(tmp_path / name)


def test_an_array_of_numbers_and_one_of_objects(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.column_stack([np.arange(5.0), np.arange(5.0) * 2]))
    assert [len(series) for series in read_dataset(tmp_path / "a.npy").series] == [5, 5]
    np.save(tmp_path / "b.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FileRejected, match="numpy"):
        read_dataset(tmp_path / "b.npy")


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_archives_of_files(tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", {"data/t.csv": CSV, "__MACOSX/._t.csv": "x", "README.txt": "hello"})
    assert summary(read_dataset(one)) == EXPECTED
    assert read_dataset(one).name == "one.zip"
    parts = [FRAME.iloc[:4].to_csv(index=False), FRAME.iloc[4:].to_csv(index=False)]
    joined = read_dataset(zipped(tmp_path / "parts.zip", {"b/2021.csv": parts[1], "a/2020.csv": parts[0]}))
    assert summary(joined) == EXPECTED
    assert any("put together" in warning for warning in joined.warnings)
    regions = {
        f"{region}.csv": FRAME.assign(load=FRAME["load"] + base).to_csv(index=False)
        for base, region in ((1.0, "North"), (2.0, "South"))
    }
    by_file = read_dataset(zipped(tmp_path / "regions.zip", regions))
    assert [(s.name, len(s), s.values[0]) for s in by_file.series][::2] == [("North · load", 10, 1.5), ("South · load", 10, 2.5)]
    several = zipped(tmp_path / "several.zip", {"data.csv": CSV, "regions.csv": "code,area\nA,1\nB,2\n"})
    dataset = read_dataset(several)
    assert summary(dataset) == EXPECTED
    assert next(guess.alternatives for guess in dataset.guesses if guess.what == "sheet") == ("regions.csv",)
    assert len(read_dataset(several, ReadOptions(sheet="regions.csv")).series[0]) == 2
    with pytest.raises(BadRequest, match="regions"):
        read_dataset(several, ReadOptions(sheet="other.csv"))


def test_archives_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match="after unpacking"):
        read_dataset(zipped(tmp_path / "big.zip", {"t.csv": CSV * 20}), limits=Limits(unpacked_bytes=1_000))
    (tmp_path / "big.csv.bz2").write_bytes(bz2.compress((CSV * 20).encode()))
    with pytest.raises(FileRejected, match="after unpacking"):
        read_dataset(tmp_path / "big.csv.bz2", limits=Limits(unpacked_bytes=1_000))
    with pytest.raises(FileRejected, match="Word document"):
        read_dataset(zipped(tmp_path / "letter.docx", {"word/document.xml": "<a/>"}))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as inner:
        inner.writestr("t.csv", CSV)
    zipped(tmp_path / "outer.zip", {"inner.zip": "x"})
    with pytest.raises(FileRejected, match=r"inner\.zip"):
        read_dataset(tmp_path / "outer.zip")


@pytest.mark.parametrize(
    ("head", "found"),
    [(b"$FL2@(#)", "SPSS"), (b"\x89HDF\r\n\x1a\n", "HDF5"), (b"RDX3\nX\n", "an R workspace"), (b"GRIB\x00", "GRIB")],
)
def test_formats_that_need_another_program_are_named(head: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "t.bin").write_bytes(head + b"\x00" * 100)
    with pytest.raises(FileRejected, match=found):
        read_dataset(tmp_path / "t.bin")
