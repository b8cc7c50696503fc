"""What columns of times and of parts of dates are called, in many languages."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

DatePart = Literal["year", "month", "day", "hour", "minute", "second", "quarter", "week", "weekday", "yearday"]

_PARTS: dict[DatePart, str] = {
    "year": "year years yr yyyy jahr jaar annee année año ano anno calendaryear yearofdate år aar vuosi rok leto godina"
    " година год рік г metai gads aasta év yıl yil an anul έτος ετος 年 年份 年度 西暦 연도 년도 년 ปี năm tahun سنة"
    " السنة שנה वर्ष साल urte mwaka жыл",
    "month": "month months mon mnth mm mo seas monat maand mois mes mês mese monthnumber mth måned maaned månad mánuður"
    " kuukausi miesiąc miesiac měsíc mesic mesiac mjesec mesec месец месяц місяць mėnuo menuo mēnesis menesis kuu hónap"
    " honap luna lună μήνας μηνας 月 月份 월 เดือน tháng thang bulan شهر الشهر חודש महीना माह hilabete mwezi",
    "day": "day dd dy da dom dayofmonth tag dag jour dia día giorno mday päivä paiva dzień dzien deň ден день diena päev"
    " gün ziua ημέρα ημερα 日 일 วัน ngày ngay hari يوم اليوم יום दिन dagur",
    "hour": "hour hr hh he hourending hournumber stunde uur heure hora ora hourofday hours timme tunti godzina hodina"
    " ura час година valanda stunda tund óra saat ώρα ωρα 時 时 小时 時間 시 시간 ชั่วโมง giờ ساعة שעה घंटा",
    "minute": "minute min mi minuten minuut minuto minutes minuutti minuta минута хвилина perc dakika λεπτό 分 分钟 분"
    " นาที phút menit",
    "second": "second sec ss sekunde seconde segundo seconds sekund sekunti sekunda секунда saniye 秒 초",
    "quarter": "quarter qtr quartal kwartaal trimestre trim kvartal kvartalet neljännes vuosineljännes kwartał kwartal"
    " čtvrtletí ctvrtleti štvrťrok tromjesečje četrtletje квартал тримесечие ketvirtis ceturksnis negyedév çeyrek ceyrek"
    " trimestru τρίμηνο 季度 季 四半期 분기 ไตรมาส quý kuartal triwulan ربع רבעון ársfjórðungur",
    "week": "week wk kw woche isoweek weeknumber weekofyear semaine semana uge uke vecka viikko tydzień tydzien týden"
    " tyden týždeň tjedan teden неделя тиждень savaitė nedēļa nädal hét hafta săptămâna εβδομάδα 周 週 주 สัปดาห์ tuần"
    " minggu settimana vika",
    "yearday": "doy dayofyear jday julian julianday yday yearday jultag",
    "weekday": "weekday dayofweek dow wday wochentag dayname",
}
_MOMENTS = (
    "дата 日期 日付 年月日 年月 时间 日時 날짜 일자 시점 기간 วันที่ tarih dato päivämäärä pvm ngày tanggal ημερομηνία"
    " ημερομηνια dátum kuupäev datums التاريخ תאריך तारीख okres období obdobie razdoblje obdobje период період"
    " laikotarpis période período aika ajankohta tidpunkt tidspunkt aeg laikas czas čas vreme время zaman idő timp"
    " χρόνος dagsetning"
)


@lru_cache(maxsize=20_000)
def plain_name(name: str) -> str:
    """A column name in small letters without anything but letters, their marks and digits."""
    folded = unicodedata.normalize("NFC", name.casefold())
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c).startswith("M"))


PART_OF: dict[str, DatePart] = {plain_name(word): part for part, words in _PARTS.items() for word in words.split()}
_ADDED = frozenset(
    word for word, part in PART_OF.items() if part in ("year", "month", "day", "quarter", "week") and not word.isascii()
)
TIME_WORDS = frozenset(map(plain_name, _MOMENTS.split())) | _ADDED
