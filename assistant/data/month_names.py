"""The names of months, weekdays and three-month seasons in the languages that uploads come in."""

from __future__ import annotations

MONTH_NAMES = {
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
WEEKDAY_NAMES = {
    name: weekday
    for weekday, names in enumerate(
        (
            "monday mon montag lundi lun maandag maa lunes lunedì segunda",
            "tuesday tue tues dienstag die mardi dinsdag din martes martedì terça",
            "wednesday wed weds mittwoch mit mercredi mer woensdag woe miércoles mié mercoledì quarta",
            "thursday thu thur thurs donnerstag don jeudi jeu donderdag jueves jue giovedì gio quinta",
            "friday fri freitag fre vendredi ven vrijdag vri viernes vie venerdì sexta",
            "saturday sat samstag sam samedi zaterdag zat sábado sáb sabato sab",
            "sunday sun sonntag son dimanche dim zondag zon domingo dom domenica",
        )
    )
    for name in names.split()
}
# Overlapping three-month seasons, named by their initials, stand for their middle month.
_SEASONS = ("djf", "jfm", "fma", "mam", "amj", "mjj", "jja", "jas", "aso", "son", "ond", "ndj")
SEASON_MONTHS = {name: month for month, name in enumerate(_SEASONS, start=1)}
