"""The sets of imitations: the main one, to learn from, the unseen one, to report on, and the fresh one, written after both.

Which layout is in which of the first two is decided by its name alone (a seeded checksum, about a third unseen), before anything
is read. The fresh set is of formats in neither, written without a look at the reader: it is measured, never learned from.
"""

from __future__ import annotations

import zlib
from types import ModuleType

from scripts.evaluation.ingestion import (
    devices,
    documents,
    exports_more,
    instruments_fresh,
    layouts_added_unseen,
    layouts_held_unseen,
    layouts_known_unseen,
    layouts_more_unseen,
    layouts_unseen,
    locales,
    markets,
    offices_fresh,
    offices_more,
    packaged_tables,
    platforms_fresh,
    refused_fresh,
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
    "fresh": (offices_fresh, instruments_fresh, platforms_fresh, refused_fresh),
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
