"""Tables in the markup of web pages, LaTeX and wikis → rows of cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from assistant.data.rectangle import is_amount

Records = list[list[str]]

_LATEX = re.compile(r"\\begin\{(tabular[xy*]?|longtable|array|longtabu|tabu)\}(.*?)\\end\{\1\}", re.DOTALL)
_WIKI = re.compile(r"^[ \t]*\{\|(.*?)^[ \t]*\|\}", re.DOTALL | re.MULTILINE)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|small|footnotesize|noalign\{[^}]*\})(?![A-Za-z])"
    r"|\\c(?:mid)?(?:rule|line)(?:\([a-z]*\))?\{[^}]*\}|\\addlinespace(?:\[[^\]]*\])?"
)
_MULTICOLUMN = re.compile(r"^\\multicolumn\{(\d+)\}\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\{(.*)\}$", re.DOTALL)
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\[[^\]]*\])?\s*")
_SKIPPED = frozenset({"script", "style", "sup", "noscript"})
_SPAN = 1_000  # cells that one cell may cover at most


@dataclass
class _Table:
    """A table under way. rows: (cells with their spans). above: cells of earlier rows that reach down, by column."""

    rows: Records = field(default_factory=list)
    above: dict[int, tuple[int, str]] = field(default_factory=dict)

    def add(self, cells: list[tuple[str, int, int]]) -> None:
        """Append a row of (text, columns, rows) with what reaches into it from above; words over columns stand in each."""
        row: list[str] = []
        rest = list(cells)
        reaching = dict(self.above)
        self.above = {column: (left - 1, text) for column, (left, text) in reaching.items() if left > 1}
        while rest or any(column >= len(row) for column in reaching):
            column = len(row)
            if column in reaching:
                row.append(reaching[column][1])
            elif not rest:
                row.append("")
            else:
                text, wide, tall = rest.pop(0)
                again = len(cells) > 1 and not is_amount(text)
                for place in range(wide):
                    row.append(text if place == 0 or again else "")
                    if tall > 1:
                        self.above[column + place] = (tall - 1, row[-1])
        if any(row):
            self.rows.append(row)


class _Pages(HTMLParser):
    """Collects the tables of a page; one inside a cell is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[_Table] = []
        self.open: list[_Table] = []
        self.rows: list[list[tuple[str, int, int]]] = []
        self.cell: list[tuple[list[str], int, int] | None] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag in _SKIPPED:
            self.skipped += 1
        elif tag == "table":
            self.open.append(_Table())
            self.rows.append([])
            self.cell.append(None)
        elif self.open and tag == "tr":
            self._end_row()
        elif self.open and tag in ("td", "th"):
            self._end_cell()
            spans = {name: int(value) for name, value in attrs if value and value.isdecimal()}
            wide, tall = (min(max(spans.get(name, 1), 1), _SPAN) for name in ("colspan", "rowspan"))
            self.cell[-1] = ([], wide, tall)
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close what ends here."""
        if tag in _SKIPPED:
            self.skipped = max(self.skipped - 1, 0)
        elif self.open and tag in ("td", "th"):
            self._end_cell()
        elif self.open and tag == "tr":
            self._end_row()
        elif self.open and tag == "table":
            self._end_row()
            self.done.append(self.open.pop())
            self.rows.pop()
            self.cell.pop()

    def handle_data(self, data: str) -> None:
        """Text of the open cell."""
        if self.cell and (cell := self.cell[-1]) is not None and not self.skipped:
            cell[0].append(data)

    def _end_cell(self) -> None:
        cell = self.cell[-1]
        if cell is not None:
            self.rows[-1].append((" ".join("".join(cell[0]).split()), cell[1], cell[2]))
        self.cell[-1] = None

    def _end_row(self) -> None:
        self._end_cell()
        if self.rows[-1]:
            self.open[-1].add(self.rows[-1])
        self.rows[-1] = []


def tables_of_page(text: str) -> list[Records]:
    """The tables of an HTML page, the one with most numbers first; without footnote marks, with merged cells spread."""
    page = _Pages()
    page.feed(text)
    page.close()
    while page.open:
        page.handle_endtag("table")
    return _ranked([table.rows for table in page.done])


def tables_of_text(text: str) -> list[Records]:
    """The tables of a LaTeX or wiki text, the one with most numbers first; empty for any other text."""
    if "\\begin{" in text:
        return _ranked(
            [
                _latex_rows(found[2], 2 if found[1] in ("tabular*", "tabularx", "tabulary") else 1)
                for found in _LATEX.finditer(text)
            ]
        )
    if "{|" in text and "|}" in text:
        return _ranked([_wiki_rows(found[1]) for found in _WIKI.finditer(text)])
    return []


def _ranked(tables: list[Records]) -> list[Records]:
    counted = [(sum(is_amount(cell) for row in table for cell in row), table) for table in tables]
    return [table for amounts, table in sorted(counted, key=lambda one: -one[0]) if amounts]


def _latex_rows(body: str, settings: int) -> Records:
    """The rows between \\\\ of a LaTeX table, commands resolved. settings: how many groups in braces come before them."""
    body = re.sub(r"^\s*\[[^\]]*\]", "", body)
    for _ in range(settings):
        body = _without_group(body)
    body = re.sub(r"(?<!\\)%.*", "", body)
    table = _Table()
    for line in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", body):
        cells = []
        for cell in re.split(r"(?<!\\)&", _RULES.sub("", line)):
            text = cell.strip()
            wide = _MULTICOLUMN.match(text)
            cells.append((_plain(wide[2] if wide else text), min(int(wide[1]), _SPAN) if wide else 1, 1))
        table.add(cells)
    return table.rows


def _without_group(body: str) -> str:
    """A text without the group in braces that it begins with."""
    depth = 0
    for place, mark in enumerate(body):
        depth += (mark == "{") - (mark == "}")
        if depth == 0 and mark == "}":
            return body[place + 1 :]
        if depth == 0 and not mark.isspace():
            return body
    return body


def _plain(cell: str) -> str:
    """A LaTeX cell as text."""
    text = cell.replace("{,}", ",").replace("\\,", "").replace("\\ ", " ").replace("~", " ").replace("---", "").replace("--", "-")
    text = re.sub(r"\\([%&#_$])", r"\1", text)
    text = _COMMAND.sub("", text)
    return " ".join(re.sub(r"(?<!\\)\$(?=.*\$)|(?<=.)\$$|[{}]", "", text).split())


def _wiki_rows(body: str) -> Records:
    """The rows of a wiki table: |- parts rows, ! and | begin cells, || and !! part cells in a line."""
    table = _Table()
    row: list[tuple[str, int, int]] = []
    for line in body.split("\n")[1:]:
        text = line.strip()
        if text.startswith("|-"):
            if row:
                table.add(row)
            row = []
        elif text.startswith(("|+", "|}")):
            continue
        elif text.startswith(("|", "!")):
            parts = re.split(r"\|\||!!" if text.startswith("!") else r"\|\|", text[1:])
            row += [_wiki_cell(part) for part in parts]
        elif row and text:
            row[-1] = (f"{row[-1][0]} {_wiki_text(text)}".strip(), row[-1][1], row[-1][2])
    if row:
        table.add(row)
    return table.rows


def _wiki_cell(part: str) -> tuple[str, int, int]:
    """The text of a cell and the columns and rows it covers; attributes stand before a single pipe."""
    found = re.match(r"^([^\[{|]*=[^\[{|]*)\|(?!\|)(.*)$", part, re.DOTALL)
    attributes, text = (found[1], found[2]) if found else ("", part)
    wide, tall = (re.search(rf'{name}\s*=\s*"?(\d+)', attributes) for name in ("colspan", "rowspan"))
    return _wiki_text(text), min(int(wide[1]), _SPAN) if wide else 1, min(int(tall[1]), _SPAN) if tall else 1


def _wiki_text(text: str) -> str:
    text = re.sub(r"<ref[^>/]*/>|<ref.*?</ref>|<[^>]+>|'{2,}", "", text)
    text = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]", r"\1", text)
    text = re.sub(r"\{\{(?:nts|formatnum:|val|number|dts)[|]?([^}|]*)[^}]*\}\}", r"\1", text)
    return " ".join(re.sub(r"\{\{[^}]*\}\}", "", text).replace("&nbsp;", " ").split())
