"""Files of many languages: old code pages, digits, names of months and periods, and counts of years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.data.code_pages import code_page, stray_bytes
from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, ReadOptions

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
