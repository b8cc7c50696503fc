"""The historian: stored episodes that look like a stretch of the user's series, or like words."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, report, series_fact
from assistant.agents.forecast_prepare import main_period
from assistant.data.series import Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import ELSEWHERE, FactBook, Reference
from assistant.plan import HistorianArgs

if TYPE_CHECKING:
    from retrieval.episode import Match

# Episode lengths that uploads are indexed at; a query takes the one nearest to its own length (shapes are resampled anyway).
LENGTHS = (8, 12, 16, 24, 30, 52, 64, 96, 128, 168, 256, 288, 365, 512, 672, 1024, 1440, 2016)
_SHORTEST_QUERY = 4
# Below these similarities a match is a coincidence more often than not, and the answer says so.
_WEAK_SHAPE, _WEAK_WORDS = 0.6, 0.45
# Two steps of one plan may want the same windows at the same time; the second must find what the first has stored.
_INDEXING = threading.Lock()


def run(step: int, args: HistorianArgs, context: AgentContext) -> AgentReport:
    """Search by words where there are some, else by the shape of a stretch."""
    book = FactBook(f"s{step}")
    refs = context.refs(args.series)
    if args.index_only:
        _index_all(book, refs, context)
        return report(step, "historian", book, [], context)
    document = _by_words(book, args, refs, context) if args.text else _by_shape(book, args, refs[0], context)
    return report(step, "historian", book, [context.keep(document, title="Similar episodes")], context)


def _index_all(book: FactBook, refs: list[SeriesRef], context: AgentContext) -> None:
    for ref in refs:
        length = nearest_length(len(_last_season(context.load(ref))))
        added = index_series(context, [ref], length)
        count = book.number(added, f"Episodes stored from {ref.name}", "retrieval.windows")
        rows = book.number(length, f"Rows in an episode of {ref.name}", "retrieval.windows")
        verb = "were stored" if added else "are new: the series was indexed before, or is too short"
        book.say(f"- {series_fact(book, ref.name)}: {count} episodes of {rows} rows {verb}")


def _by_shape(book: FactBook, args: HistorianArgs, ref: SeriesRef, context: AgentContext) -> results.Episodes:
    from retrieval.episode import ExcludeRule

    whole = context.load(ref)
    query = context.load(ref, args.span) if args.span else _last_season(whole)
    if len(query) < _SHORTEST_QUERY:
        raise BadRequest(f"The stretch holds {len(query)} rows, and a shape needs at least {_SHORTEST_QUERY}. Name a longer one.")
    length = nearest_length(len(query))
    index_series(context, [r for r in context.series if r.n >= 2 * length], length)
    start, end = query.time_text(0), query.time_text(len(query) - 1)
    rule = ExcludeRule(series=ref.name, source=ref.source, start=start, end=end, any_time=args.any_time)
    context.progress(None, "searching")
    matches = context.tools.episodes().search_shape(
        query.values, owner=context.owner, k=args.k, exclude=rule, collections=_collections(context, length)
    )
    name, source = series_fact(book, ref.name), "retrieval.search_shape"
    first = book.time(query.times[0], query.frequency, "Start of the stretch searched for", source)
    last = book.time(query.times[-1], query.frequency, "End of the stretch searched for", source)
    what = f"the stretch of {name} from {first} to {last}"
    if not matches:
        earlier = "" if args.any_time else " Only earlier stretches were searched; say “any time” to include later ones."
        book.say(f"I found no stored episode to set beside {what}.{earlier}")
    else:
        weak = matches[0].similarity < _WEAK_SHAPE
        book.say(f"{'Nothing stored is much like' if weak else 'Most like'} {what}{'; the nearest are' if weak else ''}:")
        _say_matches(book, matches, source, context.session)
        if not args.any_time:
            book.say("Only stretches that ended before it began were searched.")
    return _document({"series": ref.name, "start": start, "end": end, "text": None}, matches)


def _by_words(book: FactBook, args: HistorianArgs, refs: list[SeriesRef], context: AgentContext) -> results.Episodes:
    assert args.text is not None
    lengths: set[int] = set()
    for ref in refs:
        length = nearest_length(len(_last_season(context.load(ref))))
        index_series(context, [ref], length)
        lengths.add(length)
    collections = [name for length in sorted(lengths) for name in _collections(context, length)]
    matches = context.tools.episodes().search_text(args.text, owner=context.owner, k=args.k, collections=collections)
    source = "retrieval.search_text"
    words = book.name(args.text, "text", "Words searched for: {}", source)
    if matches:
        weak = matches[0].similarity < _WEAK_WORDS
        lead = "Nothing stored fits the words" if weak else "Nearest to the words"
        book.say(f"{lead} “{words}”{' well; the nearest are' if weak else ''}:")
        _say_matches(book, matches, source, context.session)
    else:
        book.say(f"I found no stored episode for the words “{words}”.")
    return _document({"series": None, "start": None, "end": None, "text": args.text}, matches)


def _last_season(series: Series) -> Series:
    """The end of a series: one season, or a tenth of it where there is no season; at least 8 rows."""
    length = main_period(series.frequency, len(series))
    if length == 1:
        length = max(8, min(len(series) // 10, 64))
    return series.rows(max(0, len(series) - max(length, 8)))


def nearest_length(length: int) -> int:
    """The indexed episode length nearest to a query's (by ratio)."""
    return min(LENGTHS, key=lambda indexed: abs(np.log(indexed / max(length, 1))))


def collection_of(session: str, length: int, ref: SeriesRef) -> str:
    """The name of the collection that holds a series' episodes of one length; begins with the session it belongs to."""
    return f"{session}:{length}:{ref.id[:16]}"


def _collections(context: AgentContext, length: int) -> list[str]:
    """Collections to search: the owner's, of this length, from every session."""
    known = context.tools.episodes().collections(context.owner)
    return [name for name in known if name.split(":")[1:2] == [str(length)]]


def index_series(context: AgentContext, refs: list[SeriesRef], length: int) -> int:
    """Store the series' windows of a length as episodes, unless they are there; returns how many were added."""
    with _INDEXING:
        return _index_missing(context, refs, length)


def _index_missing(context: AgentContext, refs: list[SeriesRef], length: int) -> int:
    from retrieval.windows import windows_of

    store = context.tools.episodes()
    known = store.collections(context.owner)
    added = 0
    for position, ref in enumerate(refs):
        name = collection_of(context.session, length, ref)
        if name in known or ref.n < length:
            continue
        context.stop_if_cancelled()
        context.progress(position / len(refs), f"indexing {ref.name}")
        series = context.load(ref)
        times = [series.time_text(i) for i in range(len(series))]
        windows = windows_of(
            series.values,
            times,
            series=ref.name,
            source=ref.source,
            collection=name,
            length=length,
            stride=max(1, length // 12),
            frequency=series.frequency,
        )
        if windows:
            added += len(store.add(windows, context.owner))
    return added


def _say_matches(book: FactBook, matches: list[Match], tool: str, session: str) -> None:
    import pandas as pd

    for match in matches:
        episode = match.episode
        source = tool if episode.collection.split(":")[0] == session else f"{tool}, {ELSEWHERE}"

        def moment(text: str) -> pd.Timestamp | str:
            return text if text.lstrip("-").isdigit() else pd.Timestamp(text)

        about = f"the episode of {episode.series} that starts {episode.start}"
        name = series_fact(book, episode.series)
        start = book.time(moment(episode.start), episode.frequency, f"Start of {about}", source)
        end = book.time(moment(episode.end), episode.frequency, f"End of {about}", source)
        similarity = book.number(round(match.similarity, 3), f"Similarity of {about} (1 is the same shape)", source)
        words = book.name(episode.text, "text", f"In words, {about}: {{}}", source)
        book.say(f"- {name}, {start} to {end} (similarity {similarity}): {words}{_followed(book, match, about, source)}")


def _followed(book: FactBook, match: Match, about: str, source: str) -> str:
    """What came after an episode, in a clause."""
    seen = match.followed_by[np.isfinite(match.followed_by)]
    before = match.episode.values[np.isfinite(match.episode.values)]
    if not len(seen) or not len(before):
        return ""
    steps = book.number(len(match.followed_by), f"Steps known after {about}", source)
    mean: Reference = book.number(float(seen.mean()), f"The mean (average) after {about}", source)
    last: Reference = book.number(float(before.mean()), f"The mean (average) during {about}", source)
    return f". In the {steps} steps after it the mean was {mean}, against {last} during it"


def _document(query: dict[str, str | None], matches: list[Match]) -> results.Episodes:
    return results.Episodes(
        query=query,
        matches=tuple(
            results.EpisodeMatch(
                series=m.episode.series,
                start=m.episode.start,
                end=m.episode.end,
                similarity=float(m.similarity),
                text=m.episode.text,
                followed_by=tuple(float(v) if np.isfinite(v) else None for v in m.followed_by),
            )
            for m in matches
        ),
    )
