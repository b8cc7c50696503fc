"""The sets of imitations: main and earlier, to learn from, unseen, to report on, and fresh, written after all of them.

Which layout was in main and which in unseen was decided by its name alone (a seeded checksum, about a third unseen), before
anything was read. The fresh set is of public downloads and exports, written without a look at the reader: it is measured, never
learned from. The earlier set was the fresh one of its day.
"""

from __future__ import annotations

import zlib
from types import ModuleType

from scripts.evaluation.ingestion import (
    agencies_fresh,
    business_fresh,
    devices,
    documents,
    engineering_fresh,
    exports_more,
    instruments,
    layouts_added_unseen,
    layouts_held_unseen,
    layouts_known_unseen,
    layouts_more_unseen,
    layouts_unseen,
    locales,
    markets,
    offices_abroad,
    offices_more,
    packaged_tables,
    platforms,
    public_fresh,
    refusals,
    spreadsheets_fresh,
    statistics_offices,
    tables_more,
    unreadable,
    weather,
)
from scripts.evaluation.ingestion.expectation import Case
from scripts.evaluation.ingestion.synthetic import generator

SETS: dict[str, tuple[ModuleType, ...]] = {
    "main": (
        *(statistics_offices, offices_more, weather, markets, devices, locales),
        *(tables_more, exports_more, documents, packaged_tables, unreadable),
    ),
    "unseen": (layouts_unseen, layouts_more_unseen, layouts_added_unseen, layouts_held_unseen, layouts_known_unseen),
    "earlier": (offices_abroad, instruments, platforms, refusals),
    "fresh": (public_fresh, agencies_fresh, engineering_fresh, business_fresh, spreadsheets_fresh),
}
_SPLIT = "split 7"


def is_unseen(layout: str) -> bool:
    """Whether the layout of this name belongs to the unseen set."""
    return zlib.crc32(f"{_SPLIT}:{layout}".encode()) % 3 == 0


def layouts(chosen: str) -> list[str]:
    """The names of a set's layouts, module by module in their order."""
    return [name for module in SETS[chosen] for name in _layouts_of(module)]


def build(chosen: str, seed: int = 0) -> dict[str, Case]:
    """Layout → its file, the same on every call; another seed fills the layouts with other values."""
    makers = {name: getattr(module, name) for module in SETS[chosen] for name in _layouts_of(module)}
    return {name: maker(generator(name, seed)) for name, maker in makers.items()}


def _layouts_of(module: ModuleType) -> list[str]:
    return [
        name
        for name, item in vars(module).items()
        if callable(item) and not name.startswith("_") and getattr(item, "__module__", "") == module.__name__
    ]
