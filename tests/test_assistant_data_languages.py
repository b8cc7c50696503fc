"""Files of many languages: old code pages, digits, names of months and periods, and counts of years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.code_pages import code_page, stray_bytes
from assistant.data.eras import persian_day
from assistant.data.named_dates import NamedDate, parse_named
from assistant.data.period_words import parse_period
from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, ReadOptions
from assistant.data.wrapped_times import bare_moment

Read = Callable[..., Dataset]

HEADERS = {  # by code page: what an office writes above its numbers
    "cp949": ("일자,종가,거래량", "시점;지역별;총인구수 (명)", "관측소,수위,유량", "시군구,매매가격지수", "월,관광객"),
    "big5": ("日期,成交股數,收盤價", "測站,雨量,氣溫", "年度,出生人數,死亡人數", "營業收入,毛利"),
    "gb18030": ("日期,收盘价,成交量", "站名,水位,流量", "省份,确诊病例,死亡", "产品,库存"),
    "cp932": ("日付,売上", "店舗,来客数", "集計日,感染者数", "日時,ﾃﾞｰﾀ"),
    "euc_jp": ("日付,売上,データ", "集計日,感染者数"),
    "cp1250": ("data;dolar amerykański;forint (Węgry)", "Zůstatek;Částka", "Godzina;Obciążenie", "Település;Lélekszám"),
    "iso8859_2": ("data;dolar amerykański;pełny", "Měsíc;Počet;Šířka"),
    "cp1251": ("Дата;Курс;Объём", "Показатель;Значение", "Область;Ціна", "Година;Брой"),
    "koi8_u": ("Дата;Курс;Объём", "Регион;Численность"),
    "cp866": ("Дата;Курс;Объём", "Показатель;Значение"),
    "cp1252": (
        "Zähler;Stände",
        "Évolution;Ventes",
        "Producción;Año",
        "Città;Popolazione",
        "Nedbør;Højde",
        "x;Temp (°C);µg/m³",
        "½ h;¼ h",
    ),
    "cp1253": ("Ημερομηνία;Τιμή", "Εισαγωγές;Εξαγωγές"),
    "cp1254": ("Şehir;Sıcaklık", "Üretim;Tüketim (MWh);İthalat", "Bölge;Yağış"),
    "cp1255": ("תאריך,מחיר,כמות", "אוכלוסייה"),
    "cp1256": ("اليوم;الكمية", "الربع;الناتج المحلي"),
    "cp1257": ("Mėnuo;Gyventojų skaičius", "Aasta;Elanike arv jäi õues"),
    "cp874": ("เดือน,นักท่องเที่ยว", "จังหวัด,ประชากร"),
    "cp850": ("Producción;Año", "Évolution;Été"),
    "mac_roman": ("Évolution;Élèves", "Zähler;Größe"),
}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(text: str, options: ReadOptions = ReadOptions(), encoding: str = "utf-8") -> Dataset:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return read_dataset(path, options)

    return write_and_read


@pytest.mark.parametrize(("codec", "header"), [(codec, header) for codec, headers in HEADERS.items() for header in headers])
def test_a_header_alone_tells_its_code_page(codec: str, header: str) -> None:
    content = (header + "\n" + "\n".join(f"2020-01-{day:02d};{day}.5;{7 * day}" for day in range(1, 25))).encode(codec)
    assert content.decode(code_page(content)[0]).startswith(header)


def test_another_code_page_that_fits_as_well_is_named(read: Read) -> None:
    dataset = read("date;Ca\u00f1\u00f3n\n" + "\n".join(f"2020-01-{day:02d};{day}" for day in range(1, 20)), encoding="cp1252")
    assert [series.name for series in dataset.series] == ["Cañón"]
    encoding = next(guess for guess in dataset.guesses if guess.what == "encoding")
    assert encoding.chosen.startswith("Windows-1252")


def test_a_few_broken_bytes_leave_a_file_utf8() -> None:
    content = ("Größe;Höhe\n" * 20).encode() + b"\xe4\n"
    assert stray_bytes(content) == 1
    assert stray_bytes("Größe;Höhe\n".encode("cp1252") * 20) is None


MONTHS = {  # January to December, as a table writes them
    "Russian": "янв. фев. март апр. май июнь июль авг. сент. окт. нояб. дек.",
    "Russian, inflected": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Czech": "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
    "Croatian": "siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Hungarian": "január február március április május június július augusztus szeptember október november december",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "Finnish": "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
    "Lithuanian": "sausis vasaris kovas balandis gegužė birželis liepa rugpjūtis rugsėjis spalis lapkritis gruodis",
    "Greek": "Ιαν Φεβ Μάρ Απρ Μάι Ιούν Ιούλ Αύγ Σεπ Οκτ Νοέ Δεκ",
    "Ukrainian": "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
    "Arabic": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "Hebrew": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "Hindi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "Thai": "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.",
    "Indonesian": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "Romanian": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "Bulgarian": "януари февруари март април май юни юли август септември октомври ноември декември",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_of_many_languages(read: Read, language: str) -> None:
    names = MONTHS[language].split()
    dataset = read("x;y\n" + "\n".join(f"{names[k % 12]} {2018 + k // 12};{k}" for k in range(30)))
    (series,) = dataset.series
    assert (series.frequency, len(series), series.times[0]) == ("MS", 30, pd.Timestamp("2018-01-01"))
    np.testing.assert_array_equal(series.values, np.arange(30))


def test_short_names_are_months_beside_a_whole_year_only() -> None:
    assert parse_named("led 2020") == NamedDate(2020, 1, None)
    assert parse_named("led 20") is None
    assert parse_named("pro 12") is None


def test_digits_of_other_scripts_and_text_cells(read: Read) -> None:
    arabic = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
    bengali = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
    plain = "\n".join(f"2021-03-{day:02d};{day + 0.5}" for day in range(1, 25))
    for text in (plain.translate(arabic), plain.translate(bengali), plain.replace(";", ";'"), "'" + plain.replace("\n", "\n'")):
        (series,) = read("day;level\n" + text).series
        assert (series.frequency, len(series), series.values[-1]) == ("D", 24, 24.5)
    formulas = "\n".join(f'="2021-03-{day:02d}",="{day}"' for day in range(1, 25))
    (series,) = read("day,level\n" + formulas).series
    assert (series.frequency, series.values[-1]) == ("D", 24.0)


QUARTERS: dict[str, Callable[[int, int], str]] = {
    "Dutch": lambda y, q: f"{y} {q}e kwartaal",
    "German": lambda y, q: f"{q}. Quartal {y}",
    "French": lambda y, q: f"{q}{'er' if q == 1 else 'e'} trimestre {y}",
    "French, short": lambda y, q: f"T{q} {y}",
    "Polish": lambda y, q: f"{('I', 'II', 'III', 'IV')[q - 1]} kw. {y}",
    "Polish, year first": lambda y, q: f"{y} {('I', 'II', 'III', 'IV')[q - 1]} kw.",
    "Czech": lambda y, q: f"{q}. čtvrtletí {y}",
    "Hungarian": lambda y, q: f"{y}. {('I', 'II', 'III', 'IV')[q - 1]}. negyedév",
    "Russian": lambda y, q: f"{q} квартал {y} г.",
    "Portuguese": lambda y, q: f"{q}º trimestre {y}",
    "Korean": lambda y, q: f"{y}년 {q}분기",
    "Korean office": lambda y, q: f"{y}.{q}/4",
    "Japanese": lambda y, q: f"{y}年第{q}四半期",
    "Chinese": lambda y, q: f"{y}年第{'一二三四'[q - 1]}季度",
    "analysts": lambda y, q: f"{q}Q{y % 100}{'A' if y < 2018 else 'E'}",
    "year first, short": lambda y, q: f"{y % 100}Q{q}",
}


@pytest.mark.parametrize("language", QUARTERS)
def test_quarters_in_many_languages(read: Read, language: str) -> None:
    dataset = read("x;y\n" + "\n".join(f"{QUARTERS[language](2015 + k // 4, k % 4 + 1)};{k}.5" for k in range(18)))
    (series,) = dataset.series
    assert (series.frequency, len(series), series.times[0]) == ("QS", 18, pd.Timestamp("2015-01-01"))


@pytest.mark.parametrize(
    "written", ["KW {w} {y}", "{w}. KW {y}", "semaine {w} {y}", "{y} vecka {w}", "{y}年第{w}周", "{y} tydz. {w}"]
)
def test_weeks_in_many_languages(read: Read, written: str) -> None:
    cells = [written.format(y=2018 + k // 52, w=k % 52 + 1) for k in range(70)]
    (series,) = read("x;y\n" + "\n".join(f"{cell};{k}" for k, cell in enumerate(cells))).series
    assert (series.frequency, len(series), series.times[0]) == ("W-MON", 70, pd.Timestamp("2018-01-01"))


def test_estimates_among_quarters_are_said(read: Read) -> None:
    cells = [QUARTERS["analysts"](2015 + k // 4, k % 4 + 1) for k in range(18)]
    down = read("x;y\n" + "\n".join(f"{cell};{k}.5" for k, cell in enumerate(cells)))
    assert "Marks behind times (such as p or *) were left out (18 cells)." in down.warnings


def test_a_financial_quarter_is_said(read: Read) -> None:
    dataset = read("x;y\n" + "\n".join(f"Q{k % 4 + 1} FY{16 + k // 4};{k}.5" for k in range(18)))
    assert dataset.series[0].frequency == "QS"
    assert any("financial years" in warning for warning in dataset.warnings)


@pytest.mark.parametrize("cell", ["9M 2020", "Model 3 2020", "Q5 2020", "4Q 2015 vs 2014", "2015/17 Q1", "T 2020", "K2"])
def test_what_is_no_period(cell: str) -> None:
    assert parse_period(cell) is None


ERAS: dict[str, tuple[Callable[[pd.Timestamp], str], str]] = {
    "Minguo": (lambda t: f"{t.year - 1911}/{t:%m/%d}", "Minguo era (Republic of China)"),
    "Buddhist": (lambda t: f"{t:%d/%m}/{t.year + 543}", "Buddhist era"),
    "Reiwa": (lambda t: f"令和{t.year - 2018}年{t.month}月{t.day}日", ""),
    "Reiwa letter": (lambda t: f"R{t.year - 2018}.{t.month}.{t.day}", ""),
    "Minguo in words": (lambda t: f"民國{t.year - 1911}年{t.month}月{t.day}日", ""),
    "Japanese weekday": (lambda t: f"{t:%Y/%m/%d}({'月火水木金土日'[t.dayofweek]})", ""),
    "Korean": (lambda t: f"{t.year}년 {t.month}월 {t.day}일", ""),
}


@pytest.mark.parametrize("era", ERAS)
def test_other_counts_of_years(read: Read, era: str) -> None:
    writer, named = ERAS[era]
    days = pd.date_range("2020-01-01", periods=80, freq="D")
    dataset = read("x;y\n" + "\n".join(f"{writer(t)};{k}" for k, t in enumerate(days)))
    (series,) = dataset.series
    assert (series.frequency, len(series), series.times[0]) == ("D", 80, days[0])
    assert [guess.chosen for guess in dataset.guesses if guess.what == "era"] == ([named] if named else [])


def test_the_persian_calendar(read: Read) -> None:
    assert str(persian_day(1399, 1, 1)) == "2020-03-20"
    assert str(persian_day(1400, 1, 1)) == "2021-03-21"
    assert str(persian_day(1387, 12, 30)) == "2009-03-20"
    cells = [f"1399/{month:02d}/{day:02d}" for month in (1, 2, 3) for day in range(1, 32)]
    dataset = read("تاریخ,y\n" + "\n".join(f"{cell},{k}" for k, cell in enumerate(cells)))
    (series,) = dataset.series
    assert (series.frequency, len(series), series.times[0]) == ("D", 93, pd.Timestamp("2020-03-20"))
    assert any("Persian calendar" in warning for warning in dataset.warnings)


def test_prices_are_no_years_of_another_count(read: Read) -> None:
    values = [100.0 + k % 12 / 10 + 0.1 for k in range(24)]
    dataset = read("x;y\n" + "\n".join(f"{2000 + k};{value:.1f}" for k, value in enumerate(values)))
    assert dataset.series[0].values[1] == 100.2
    assert not any("era" in warning for warning in dataset.warnings)


def test_thai_years_of_two_digits(read: Read) -> None:
    names = MONTHS["Thai"].split()
    dataset = read("x,y\n" + "\n".join(f"{names[k % 12]} {60 + k // 12},{k}" for k in range(24)))
    assert dataset.series[0].times[0] == pd.Timestamp("2017-01-01")
    assert any("Buddhist" in warning for warning in dataset.warnings)


def test_clocks_of_korea_and_china(read: Read) -> None:
    times = pd.date_range("2020-01-01", periods=48, freq="h")
    korean = [f"{t:%Y-%m-%d} {'오전' if t.hour < 12 else '오후'} {t:%I:%M}" for t in times]
    chinese = [f"{t.year}年{t.month}月{t.day}日{t.hour}时" for t in times]
    for cells in (korean, chinese):
        (series,) = read("x;y\n" + "\n".join(f"{cell};{k}" for k, cell in enumerate(cells))).series
        assert (series.frequency, series.times[13]) == ("h", times[13])


@pytest.mark.parametrize(
    ("header", "written", "frequency"),
    [
        ("week", "{w.year}{w.week:02d}", "W-MON"),
        ("YearWeek", "{w.year}{w.week:02d}", "W-MON"),
        ("Kalenderwoche", "{w.week}/{w.year}", "W-MON"),
        ("Semaine", "{w.year}-{w.week:02d}", "W-MON"),
        ("Quartal", "{t.year}/{t.quarter}", "QS"),
        ("quarter", "{t.year}{t.quarter}", "QS"),
        ("Trimestre", "{roman}/{t.year}", "QS"),
        ("Halbjahr", "{half}/{t.year}", "6MS"),
    ],
)
def test_periods_that_only_the_name_of_the_column_explains(read: Read, header: str, written: str, frequency: str) -> None:
    times = pd.date_range("2018-01-01", periods=40, freq={"6MS": "6MS"}.get(frequency, frequency))
    cells = [
        written.format(t=t, w=t.isocalendar(), roman=("I", "II", "III", "IV")[t.quarter - 1], half=(t.month + 5) // 6)
        for t in times
    ]
    (series,) = read(f"{header};v\n" + "\n".join(f"{cell};{k}.5" for k, cell in enumerate(cells))).series
    assert (series.frequency, len(series), series.times[-1]) == (frequency, 40, times[-1])


@pytest.mark.parametrize("mark", "-./")
def test_short_years_before_month_and_day(read: Read, mark: str) -> None:
    days = pd.date_range("2020-01-01", periods=60, freq="D")
    dataset = read("일자;v\n" + "\n".join(f"{t:%y{mark}%m{mark}%d};{k}.5" for k, t in enumerate(days)))
    (series,) = dataset.series
    assert (series.frequency, series.times[0], series.times[-1]) == ("D", days[0], days[-1])


def test_short_years_behind_stay_behind(read: Read) -> None:
    days = pd.date_range("2020-01-01", periods=60, freq="D")
    (series,) = read("d;v\n" + "\n".join(f"{t:%d-%m-%y};{k}.5" for k, t in enumerate(days))).series
    assert (series.frequency, series.times[0]) == ("D", days[0])


@pytest.mark.parametrize(("written", "first"), [("109{0:%m%d}", "2020-01-01"), ("1399{0:%m%d}", "2020-03-20")])
def test_packed_days_of_other_counts_of_years(read: Read, written: str, first: str) -> None:
    days = pd.date_range("2020-01-01", periods=29, freq="D")
    dataset = read("d;v\n" + "\n".join(f"{written.format(t)};{k}.5" for k, t in enumerate(days)))
    (series,) = dataset.series
    assert (series.frequency, series.times[0]) == ("D", pd.Timestamp(first))
    assert any(guess.what == "era" for guess in dataset.guesses)


@pytest.mark.parametrize(
    ("cell", "bare"),
    [
        ("01/02/2020 09h30", "01/02/2020 9:30"),
        ("01/02/2020 à 9h", "01/02/2020 9:00"),
        ("1.2.2020 klo 9.30", "1.2.2020 9:30"),
        ("01-02-2020 kl. 09:30", "01-02-2020 09:30"),
        ("2020-02-01 09.30", "2020-02-01 09:30"),
        ("1/2/2020 09:30 p. m.", "1/2/2020 09:30 PM"),
        ("1/2/2020 09:30 μμ", "1/2/2020 09:30 PM"),
        ("Mo, 01.02.2020", "01.02.2020"),
        ("1. II. 2020", "1.2.2020"),
        ("30.12.-05.01.2020", "30.12.2019"),
        ("30 Dec - 5 Jan 2020", "30 Dec 2019"),
        ("01.02.2020-07.02.2020", "01.02.2020"),
        ("01.02.2020, 13:00", "01.02.2020, 13:00"),
    ],
)
def test_what_many_languages_write_around_a_moment(cell: str, bare: str) -> None:
    plain = bare_moment(cell)
    assert pd.to_datetime(plain, dayfirst=True) == pd.to_datetime(bare, dayfirst=True)


ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@pytest.mark.parametrize("written", ["{roman}.{year}", "{year}. {roman}.", "T{month}/{year}", "tháng {month} năm {year}"])
def test_counted_months(read: Read, written: str) -> None:
    months = pd.date_range("2018-01-01", periods=30, freq="MS")
    cells = [written.format(roman=ROMAN[t.month - 1], month=t.month, year=t.year) for t in months]
    (series,) = read("x;v\n" + "\n".join(f"{cell};{k}.5" for k, cell in enumerate(cells))).series
    assert (series.frequency, len(series), series.times[0]) == ("MS", 30, months[0])


def test_tuesday_is_no_month(read: Read) -> None:
    days = pd.date_range("2020-01-01", periods=40, freq="D")
    weekday, month = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"], ["ene", "feb", "mar"]
    cells = [f"{weekday[t.dayofweek]} {t.day} {month[t.month - 1]} {t.year}" for t in days]
    (series,) = read("Fecha;v\n" + "\n".join(f"{cell};{k}.5" for k, cell in enumerate(cells))).series
    assert (series.frequency, len(series)) == ("D", 40)
