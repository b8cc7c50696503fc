"""Imitations of downloads from statistics offices, central banks and health agencies. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.fresh_parts import cells, columns, month_dates, quoted, slashed
from scripts.evaluation.ingestion.synthetic import GERMAN_MONTHS, grouped, holes, months, printed, table, walk

Random = np.random.Generator


def fred_mixed_rhythms(random: Random) -> Case:
    """FRED graph download of a monthly and a quarterly series: the quarterly one is blank in two months of three."""
    times = months("1990-01", 240)
    rate = walk(random, 240, 5.5, 0.1, 1)
    rate[-1] = np.nan
    gdp = walk(random, 240, 14000.0, 60.0, 3)
    quarter = times.month.to_numpy() % 3 == 1
    gdp[~quarter] = np.nan
    rows = ["observation_date,UNRATE,GDPC1"]
    rows += table([f"{time:%Y-%m-%d}" for time in times], [cells(rate, 1), cells(gdp, 3)])
    quarterly = series("GDPC1", times, gdp, "MS", trim=True) + series("GDPC1", times[quarter], gdp[quarter], "QS")
    return Case("fredgraph.csv", lines(rows), ((series("UNRATE", times, rate, "MS", trim=True), quarterly),))


def fred_md_transforms(random: Random) -> Case:
    """McCracken and Ng's FRED-MD: a row of transformation codes below the header, month/day/year, blanks at both ends."""
    times = months("1959-01", 300)
    named = [("RPI", walk(random, 300, 2500.0, 10.0, 3)), ("CUMFNS", walk(random, 300, 82.0, 0.5, 3))]
    named += [("ACOGNO", walk(random, 300, 90000.0, 900.0, 0)), ("S&P 500", walk(random, 300, 60.0, 1.0, 2))]
    named[2][1][:110] = np.nan
    named[2][1][-1:] = np.nan
    rows = ["sasdate,RPI,CUMFNS,ACOGNO,S&P 500", "Transform:,5,2,5,5"]
    rows += table([slashed(time) for time in times], [cells(values, 3) for _, values in named])
    return Case("2024-01.csv", lines(rows, end="\r\n"), (columns(named, times, "MS", trim=True),))


def bls_flat_file(random: Random) -> Case:
    """Bureau of Labor Statistics flat file: tabs and padding, M01 to M12, and M13 for every year's average."""
    times = months("1985-01", 240)
    named = [("CUUR0000SA0", walk(random, 240, 150.0, 0.8, 1)), ("CUUR0000SAF1", walk(random, 240, 140.0, 0.9, 1))]
    rows = ["series_id                      \tyear\tperiod\t       value\tfootnote_codes"]
    for name, values in named:
        for start in range(0, 240, 12):
            year = values[start : start + 12]
            months_of_year = [*year, year.mean()]
            rows += [
                f"{name:<17}\t{times[start].year}\tM{month:02d}\t{value:12.3f}\t" for month, value in enumerate(months_of_year, 1)
            ]
    return Case("cu.data.2.Summaries.txt", lines(rows, end="\r\n"), (columns(named, times, "MS"),))


def eurostat_bulk_tsv(random: Random) -> Case:
    """Eurostat bulk file: the keys in one comma-joined column, months across by tabs, ":" for missing, flags after the number."""
    times = months("2005-01", 200)
    places = ["AT", "BE", "EA20", "FR"]
    named = [(place, holes(random, walk(random, 200, 8.0, 0.15, 1), 2)) for place in places]
    named[2][1][:14] = np.nan
    rows = ["freq,s_adj,age,unit,sex,geo\\TIME_PERIOD\t" + "\t".join(f"{time:%Y-%m} " for time in times)]
    for name, values in named:
        texts = [text + (" b" if row == 60 else " p" if row > 197 else " ") for row, text in enumerate(cells(values, 1, ":"))]
        rows.append(f"M,SA,TOTAL,PC_ACT,T,{name}\t" + "\t".join(texts))
    return Case("estat_une_rt_m.tsv", lines(rows), (columns(named, times, "MS", trim=True),))


def eurostat_sdmx_table(random: Random) -> Case:
    """Eurostat's SDMX-CSV: the flow and the moment of its update in every row before the keys, flags after the value."""
    times = months("2015-01", 110)
    named = [("DE", walk(random, 110, 102.0, 0.4, 2)), ("IT", walk(random, 110, 101.0, 0.4, 2))]
    rows = ["DATAFLOW,LAST UPDATE,freq,unit,coicop,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"]
    for name, values in named:
        rows += [
            f"ESTAT:PRC_HICP_MIDX(1.0),17/01/24 11:00:00,M,I15,CP00,{name},{time:%Y-%m},{value:.2f},{'p' if row == 109 else ''},"
            for row, (time, value) in enumerate(zip(times, values, strict=True))
        ]
    return Case("prc_hicp_midx_linear.csv", lines(rows, end="\r\n"), (columns(named, times, "MS"),))


def world_bank_databank(random: Random) -> Case:
    """World Bank DataBank: years across as "1990 [YR1990]", ".." for missing, the source and the update below empty rows."""
    times = pd.date_range("1990-01-01", periods=33, freq="YS")
    series_codes = [
        ("Population, total", "SP.POP.TOTL", 2.1e8, 0),
        ("Inflation, consumer prices (annual %)", "FP.CPI.TOTL.ZG", 6, 4),
    ]
    rows = ["Country Name,Country Code,Series Name,Series Code," + ",".join(f"{t.year} [YR{t.year}]" for t in times)]
    named = []
    for country, code in (("Brazil", "BRA"), ("Mexico", "MEX")):
        for title, indicator, level, digits in series_codes:
            values = walk(random, 33, level, level / 60, digits)
            values[:2] = np.nan if digits else values[:2]
            rows.append(f'{country},{code},"{title}",{indicator},' + ",".join(cells(values, digits, "..")))
            named.append(((f"{country} {title}", f"{code} {indicator}", f"{country} {indicator}", f"{code} {title}"), values))
    rows += ["", "", "", "Data from database: World Development Indicators,,,,", "Last Updated: 06/28/2024,,,,"]
    return Case("P_Data_Extract_From_WDI.csv", lines(rows, encoding="utf-8-sig"), (columns(named, times, "YS", trim=True),))


def imf_outlook(random: Random) -> Case:
    """IMF World Economic Outlook: tabs in UTF-16 under an .xls name, years across, "n/a", "--", thousands, a year as a note."""
    times = pd.date_range("1980-01-01", periods=50, freq="YS")
    rows = ["WEO Country Code\tISO\tWEO Subject Code\tCountry\tSubject Descriptor\tSubject Notes\tUnits\tScale\t"]
    rows[0] += "Country/Series-specific Notes\t" + "\t".join(str(t.year) for t in times) + "\tEstimates Start After"
    subjects = [("NGDPD", "Gross domestic product, current prices", "U.S. dollars\tBillions", 2100.0)]
    subjects += [("LUR", "Unemployment rate", "Percent of total labor force\t", 7.0)]
    named = []
    for code, iso, country in ((134, "DEU", "Germany"), (184, "ESP", "Spain")):
        for subject, title, units, level in subjects:
            values = walk(random, 50, level, level / 30, 3)
            values[: 11 if country == "Spain" else 0] = np.nan
            texts = ["n/a" if np.isnan(v) else grouped(v, 3, ",") for v in values]
            head = f"{code}\t{iso}\t{subject}\t{country}\t{title}\tSee notes.\t{units}\tSource: national office."
            rows.append(head + "\t" + "\t".join(f'"{text}"' if "," in text else text for text in texts) + "\t2022")
            named.append(((f"{country} {title}", f"{country} {subject}", f"{iso} {subject}", f"{iso} {title}"), values))
    rows += ["", "International Monetary Fund, World Economic Outlook Database, April 2024"]
    return Case("WEOApr2024all.xls", b"\xff\xfe" + lines(rows, encoding="utf-16-le"), (columns(named, times, "YS", trim=True),))


def ecb_portal(random: Random) -> Case:
    """ECB Data Portal: the last day of the month, the month again as "1997Jan", and a long name that ends with the key."""
    times = months("1997-01", 260)
    values = walk(random, 260, 2.0, 0.2, 1)
    rows = [quoted(["DATE", "TIME PERIOD", "HICP - Overall index, Euro area (ICP.M.U2.N.000000.4.ANR)"])]
    rows += [quoted([f"{t + pd.offsets.MonthEnd(0):%Y-%m-%d}", f"{t:%Y%b}", f"{v}"]) for t, v in zip(times, values, strict=True)]
    return Case("ECB Data Portal_20240118.csv", lines(rows), (month_dates(times, [("HICP", values)]),))


def bundesbank_rates(random: Random) -> Case:
    """Bundesbank: two lines of names and nine of attributes, semicolons, decimal commas, "." and a remark where closed."""
    times = pd.date_range("2023-01-01", periods=180, freq="D")
    named = [
        ("BBEX3.D.USD.EUR.BB.AC.000", walk(random, 180, 1.08, 0.004, 4)),
        ("BBEX3.D.GBP.EUR.BB.AC.000", walk(random, 180, 0.87, 0.003, 5)),
    ]
    closed = times.dayofweek.to_numpy() > 4
    for _, values in named:
        values[closed] = np.nan
    names = [name for name, _ in named]
    rows = ['"";' + ";".join(f"{name};{name}_FLAGS" for name in names)]
    rows += ['"";Euro-Referenzkurs der EZB / 1 EUR = ... USD / Vereinigte Staaten;;Euro-Referenzkurs der EZB / 1 EUR = ... GBP;']
    pairs = [
        ("Dezimalstellen", "4", "5"),
        ("Dimension", "Eins", "Eins"),
        ("Einheit", "USD", "GBP"),
        ("Kategorie", "WEDE", "WEDE"),
    ]
    pairs += [("Quelle", "EZB", "EZB"), ("Stand vom", "03.07.2023 16:05:03 Uhr", "03.07.2023 16:05:03 Uhr")]
    rows += [f"{label};{first};;{second};" for label, first, second in pairs]
    for row, time in enumerate(times):
        parts = [
            printed(v[row], d, ".").replace(".", ",") if not closed[row] else "." for (_, v), d in zip(named, (4, 5), strict=True)
        ]
        flag = "Kein Wert vorhanden" if closed[row] else ""
        rows.append(f"{time:%Y-%m-%d};" + ";".join(f"{part};{flag}" for part in parts))
    reading = tuple(series(n, times, v, "D", trim=True) + series(n, times[~closed], v[~closed], ("B", "D")) for n, v in named)
    return Case("BBEX3.csv", lines(rows), (reading,), optional=tuple(f"{name}_FLAGS" for name in names))


def ons_stacked(random: Random) -> Case:
    """Office for National Statistics time series: titles, then the years, the quarters and the months below one another."""
    times = months("1989-01", 408)
    values = walk(random, 408, 70.0, 0.3, 1)
    rows = [
        quoted(pair) for pair in (("Title", "CPI INDEX 00: ALL ITEMS 2015=100"), ("CDID", "D7BT"), ("Source dataset ID", "MM23"))
    ]
    rows += [quoted(pair) for pair in (("PreUnit", ""), ("Unit", "Index, base year = 100"), ("Release date", "17-01-2024"))]
    rows += [quoted(pair) for pair in (("Next release", "14 February 2024"), ("Important notes", ""))]
    years, quarters = values.reshape(-1, 12).mean(axis=1).round(1), values.reshape(-1, 3).mean(axis=1).round(1)
    rows += [quoted([times[12 * row].year, f"{value}"]) for row, value in enumerate(years)]
    rows += [quoted([f"{times[3 * row].year} Q{row % 4 + 1}", f"{value}"]) for row, value in enumerate(quarters)]
    rows += [quoted([f"{t:%Y %b}".upper(), f"{v}"]) for t, v in zip(times, values, strict=True)]
    monthly = series((), times, values, "MS")
    others = (series((), times[::12], years, "YS"), series((), times[::3], quarters, "QS"))
    return Case("series-170124.csv", lines(rows), ((monthly,), (*others, monthly)))


def statcan_table(random: Random) -> Case:
    """Statistics Canada's full table: byte order mark, everything in quotes, codes, status and precision around the value."""
    times = months("2012-01", 130)
    head = ["REF_DATE", "GEO", "DGUID", "Products and product groups", "UOM", "UOM_ID", "SCALAR_FACTOR", "SCALAR_ID", "VECTOR"]
    rows = [quoted([*head, "COORDINATE", "VALUE", "STATUS", "SYMBOL", "TERMINATED", "DECIMALS"])]
    places = {"Canada": "2016A000011124", "Ontario": "2016A000235"}
    keys = [(geo, item) for geo in places for item in ("All-items", "Food")]
    known = {key: holes(random, walk(random, 130, 120.0, 0.5, 1), 2) for key in keys}
    for row, time in enumerate(times):
        for number, (geo, item) in enumerate(keys):
            value = known[geo, item][row]
            codes = [
                f"{time:%Y-%m}",
                geo,
                places[geo],
                item,
                "2002=100",
                "17",
                "units ",
                "0",
                f"v4169097{number}",
                f"2.{number + 1}",
            ]
            rows.append(quoted([*codes, printed(value, 1), ".." if np.isnan(value) else "", "", "", "1"]))
    named = [((f"{geo} {item}", f"v4169097{number}"), known[geo, item]) for number, (geo, item) in enumerate(keys)]
    optional = ("UOM_ID", "SCALAR_ID", "DECIMALS", "COORDINATE")
    return Case("18100004.csv", lines(rows, encoding="utf-8-sig"), (columns(named, times, "MS"),), optional=optional)


def insee_series(random: Random) -> Case:
    """INSEE's BDM: the title, number and update of the series above, newest quarter first as "2023-T4", a code on each value."""
    times = pd.date_range("1996-01-01", periods=110, freq="QS")
    values = walk(random, 110, 90.0, 1.0, 1)
    values[-1] = np.nan
    rows = ['"Libellé";"Indice des prix des logements anciens - Île-de-France - Base 100 en moyenne annuelle 2015";"Codes"']
    rows += ['"idBank";"010567012";""', '"Dernière mise à jour";"30/11/2023 08:45";""', '"Période";"";""']
    for row in range(109, -1, -1):
        code = "" if np.isnan(values[row]) else "P" if row > 106 else "A"
        rows.append(f'"{times[row].year}-T{times[row].quarter}";"{printed(values[row], 1)}";"{code}"')
    return Case("valeurs_trimestrielles.csv", lines(rows), ((series((), times, values, "QS", trim=True),),))


def destatis_genesis(random: Random) -> Case:
    """Destatis: Latin-1, titles and two header rows, year and German month, decimal commas and plus signs, a ruled footer."""
    times = months("2010-01", 144)
    index, change = walk(random, 144, 95.0, 0.3, 1), walk(random, 144, 0.0, 0.4, 1)
    change[:12] = np.nan
    rows = [
        "GENESIS-Tabelle: 61111-0002;;;",
        "Verbraucherpreisindex: Deutschland, Monate;;;",
        "Verbraucherpreisindex für Deutschland;;;",
    ]
    rows += ["Deutschland;;;", ";;Verbraucherpreisindex;Veränderung zum Vorjahresmonat", ";;2020=100;in (%)"]
    for time, level, rate in zip(times, index, change, strict=True):
        rise = "..." if np.isnan(rate) else f"{rate:+.1f}".replace(".", ",")
        rows.append(f"{time.year};{GERMAN_MONTHS[time.month - 1]};{level:.1f}".replace(".", ",") + f";{rise}")
    rows += ["__________", "(C)opyright Statistisches Bundesamt (Destatis), 2022", "Stand: 11.01.2022 / 20:48:54"]
    named = [("Verbraucherpreisindex", index), ("Veränderung", change)]
    return Case("61111-0002.csv", lines(rows, encoding="latin-1"), (columns(named, times, "MS", trim=True),))


def oecd_explorer(random: Random) -> Case:
    """OECD Data Explorer with labels: every code column followed by its label's column, the labels of time and value empty."""
    times = pd.date_range("2005-01-01", periods=70, freq="QS")
    rows = ["STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,REF_AREA,Reference area,UNIT_MEASURE,Unit of measure,"]
    rows[0] += (
        "TIME_PERIOD,Time period,OBS_VALUE,Observation value,OBS_STATUS,Observation status,"
        "UNIT_MULT,Unit multiplier,DECIMALS,Decimals"
    )
    named = []
    for code, label in (("DNK", "Denmark"), ("KOR", "Korea")):
        values = walk(random, 70, 4.5, 0.2, 2)
        named.append(((label, code), values))
        for time, value in zip(times, values, strict=True):
            rows.append(
                f'DATAFLOW,OECD.SDD.TPS:DSD_LFS@DF_IALFS_UNE_Q(1.0),"Unemployment rate, quarterly",I,{code},{label},PT_LF_SUB,'
                f"Percentage of labour force,{time.year}-Q{time.quarter},,{value},,A,Normal value,0,Units,1,One"
            )
    return Case("OECD.SDD.TPS,DSD_LFS.csv", lines(rows), (columns(named, times, "QS"),), optional=("UNIT_MULT", "DECIMALS"))


def undata_footnotes(random: Random) -> Case:
    """UNdata: country, year, value newest first, numbers of footnotes, and the footnotes as a second table below."""
    times = pd.date_range("1971-01-01", periods=50, freq="YS")
    named = [("Kenya", walk(random, 50, 820.0, 9.0, 2)), ("Viet Nam", walk(random, 50, 1500.0, 25.0, 2))]
    rows = [quoted(["Country or Area", "Year", "Value", "Value Footnotes"])]
    for name, values in named:
        rows += [quoted([name, times[row].year, f"{values[row]:.2f}", "1" if row > 47 else ""]) for row in range(49, -1, -1)]
    rows += ['"fnSeqID","Footnote"', '"1","Excludes data not yet reported by the office."', '"2","Break in series."']
    return Case("UNdata_Export.csv", lines(rows, end="\r\n"), (columns(named, times, "YS"),), optional=("Footnotes",))


def estat_japan(random: Random) -> Case:
    """Japan's e-Stat: Shift JIS, title lines, code and label side by side, months as 2023年12月 with the newest first."""
    times = months("2015-01", 108)
    named = [("総合", walk(random, 108, 100.0, 0.3, 1)), ("食料", walk(random, 108, 100.0, 0.4, 1))]
    rows = [
        quoted(["統計名：", "消費者物価指数 2020年基準消費者物価指数"]),
        quoted(["表番号：", "0003427113"]),
        quoted(["実施日：", "2023/12/22"]),
        "",
    ]
    rows += [
        quoted(
            [
                "表章項目 コード",
                "表章項目",
                "品目 コード",
                "品目",
                "地域 コード",
                "地域",
                "時間軸 コード",
                "時間軸（年・月）",
                "単位",
                "value",
            ]
        )
    ]
    for number, (name, values) in enumerate(named, 1):
        for row in range(107, -1, -1):
            time = times[row]
            code = f"{time.year}00{time.month:02d}{time.month:02d}"
            head = [
                "1",
                "指数",
                f"{number:04d}",
                name,
                "00000",
                "全国",
                code,
                f"{time.year}年{time.month}月",
                "",
                f"{values[row]:.1f}",
            ]
            rows.append(quoted(head))
    return Case(
        "FEH_00200573_231222.csv", lines(rows, end="\r\n", encoding="cp932"), (columns(named, times, "MS"),), optional=("コード",)
    )


def rba_table(random: Random) -> Case:
    """Reserve Bank of Australia: ten lines of attributes beside their label, blank lines, then dates as 04-Jan-2011."""
    times = pd.bdate_range("2011-01-04", periods=220)
    cash, bills = np.repeat(walk(random, 11, 4.5, 0.25, 2), 20), holes(random, walk(random, 220, 4.8, 0.03, 3), 9)
    rows = ["F1  INTEREST RATES AND YIELDS – MONEY MARKET,,", "Title,Cash Rate Target,EOD 3-month BABs/NCDs"]
    rows += [
        "Description,Cash Rate Target; monthly and daily,Bank Accepted Bills; 3 months",
        "Frequency,Daily,Daily",
        "Type,Original,Original",
    ]
    rows += [
        "Units,Per cent,Per cent",
        "",
        "",
        "Source,RBA,ASX",
        "Publication date,06-Dec-2011,06-Dec-2011",
        "Series ID,FIRMMCRTD,FIRMMBAB90D",
    ]
    rows += table([f"{time:%d-%b-%Y}" for time in times], [cells(cash, 2), cells(bills, 3)])
    named = [(("FIRMMCRTD", "Cash Rate Target"), cash), (("FIRMMBAB90D", "EOD 3-month BABs/NCDs"), bills)]
    return Case("f1-data.csv", lines(rows, end="\r\n", encoding="cp1252"), (columns(named, times, ("B", "D")),))


def eia_monthly_review(random: Random) -> Case:
    """EIA Monthly Energy Review: YYYYMM with month 13 for the year, "Not Available", the order of the column as a number."""
    times = months("1973-01", 240)
    rows = ["MSN,YYYYMM,Value,Column_Order,Description,Unit"]
    named = []
    titles = [
        ("CLETPUS", "Coal Consumption", "Thousand Short Tons"),
        ("NGETPUS", "Natural Gas Consumption", "Billion Cubic Feet"),
    ]
    for order, (code, title, unit) in enumerate(titles, 1):
        values = walk(random, 240, 9000.0, 150.0, 3)
        values[: 24 * (order - 1)] = np.nan
        named.append(((code, title), values))
        for start in range(0, 240, 12):
            for month, value in enumerate([*values[start : start + 12], values[start : start + 12].sum()], 1):
                text = printed(value, 3, "Not Available")
                rows.append(f'{code},{times[start].year}{month:02d},{text},{order},"{title}, Electric Power Sector",{unit}')
    return Case("MER_T07_03A.csv", lines(rows), (columns(named, times, "MS", trim=True),), optional=("Column_Order",))
