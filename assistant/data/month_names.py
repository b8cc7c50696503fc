"""The names of months, weekdays and three-month seasons in the languages that uploads come in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

_USUAL = {
    name: month
    for month, names in enumerate(
        (
            "january jan januar januari janvier janv enero ene gennaio gen janeiro styczeń sty 一月",
            "february feb februar februari février fevrier févr fevr fév fev febrero febbraio fevereiro luty lut",
            "march mar märz maerz mär mrz maart mrt mars marzo março marts marzec",
            "april apr avril avr abril abr aprile kwiecień kwi",
            "may mai mei mayo maggio mag maio maj",
            "june jun juni juin junio giugno giu junho czerwiec cze",
            "july jul juli juillet juil julio luglio lug julho lipiec lip",
            "august aug augustus augusti août aout agosto ago sierpień sie",
            "september sep sept septembre septiembre settembre set setembro wrzesień wrz",
            "october oct oktober okt octobre octubre ottobre ott outubro out październik paź",
            "november nov novembre noviembre novembro listopad lis",
            "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro desember des grudzień gru",
        ),
        start=1,
    )
    for name in names.split()
}
_TOKEN = re.compile(r"[^\W\d_]+")
_SHORT = 4  # letters up to which an unaccented name of a language met less often is a word of others too


def _further() -> dict[str, dict[str, int]]:
    """The names of month_names.txt by language: a line each, its months parted by bars; a blank within a name is “_” there."""
    languages = {}
    for line in files(__package__).joinpath("month_names.txt").read_text(encoding="utf-8").splitlines():
        language, _, months = line.partition(":")
        forms = enumerate((month.split() for month in months.split("|")), start=1)
        languages[language] = {name.replace("_", " "): number for number, names in forms for name in names}
    return languages


_LANGUAGES = _further()
_FURTHER = {name: number for names in _LANGUAGES.values() for name, number in names.items() if name not in _USUAL}
SPELLED_NAMES = {
    name: number for name, number in _FURTHER.items() if not _TOKEN.fullmatch(name)
}  # of several words or with marks
# Names such as “pro” and “led”, which are months beside a year of four digits only.
SHORT_NAMES = {name: number for name, number in _FURTHER.items() if len(name) <= _SHORT and name.isascii()}
MONTH_NAMES = _USUAL | {
    name: number for name, number in _FURTHER.items() if name not in SHORT_NAMES and name not in SPELLED_NAMES
}
# Croatian shares words with its neighbours and means other months by them; these it has for itself.
_CROATIAN = frozenset(name for name in _LANGUAGES["Croatian"] if len(name) > _SHORT)
CROATIAN_MONTHS = MONTH_NAMES | {"listopad": 10, "listopada": 10, "lis": 10, "lip": 6, "srp": 7}


def are_croatian(words: Iterable[str]) -> bool:
    """Whether some of the words, case-folded, are Croatian months, so that “listopad” among them is October and not November."""
    return not _CROATIAN.isdisjoint(words)


WEEKDAY_NAMES = {
    name: weekday
    for weekday, names in enumerate(
        (
            (
                "monday mon måndag mandag mån man poniedziałek pondělí pondelok понедельник пн понеділок понеделник "
                "pazartesi hétfő maanantai δευτέρα luni ponedjeljak ponedeljek montag lundi lun maandag maa lunes lunedì "
                "segunda"
            ),
            (
                "tuesday tue tisdag tirsdag wtorek úterý utorok вторник вт вівторок salı kedd tiistai τρίτη marți utorak "
                "torek tues dienstag die mardi dinsdag din martes martedì terça"
            ),
            (
                "wednesday wed onsdag ons środa středa streda среда ср середа сряда çarşamba szerda keskiviikko τετάρτη "
                "miercuri srijeda sreda weds mittwoch mit mercredi mer woensdag woe miércoles mié mercoledì quarta"
            ),
            (
                "thursday thu torsdag czwartek čtvrtek štvrtok четверг чт четвер четвъртък perşembe csütörtök torstai "
                "πέμπτη joi četvrtak četrtek thur thurs donnerstag don jeudi jeu donderdag jueves jue giovedì gio quinta"
            ),
            (
                "friday fri fredag piątek pátek piatok пятница пт петък cuma péntek perjantai παρασκευή vineri petak petek "
                "freitag fre vendredi ven vrijdag vri viernes vie venerdì sexta"
            ),
            (
                "saturday sat lördag lørdag sobota sob суббота сб субота cumartesi szombat lauantai σάββατο sâmbătă subota "
                "samstag sam samedi zaterdag zat sábado sáb sabato sab"
            ),
            (
                "sunday sun söndag søndag niedziela neděle nedeľa воскресенье вс неділя нд неделя pazar vasárnap sunnuntai "
                "κυριακή duminică nedjelja nedelja sonntag son dimanche dim zondag zon domingo dom domenica"
            ),
        )
    )
    for name in names.split()
}
# Overlapping three-month seasons, named by their initials, stand for their middle month.
_SEASONS = ("djf", "jfm", "fma", "mam", "amj", "mjj", "jja", "jas", "aso", "son", "ond", "ndj")
SEASON_MONTHS = {name: month for month, name in enumerate(_SEASONS, start=1)}
