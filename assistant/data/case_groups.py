"""Whose cases those of a labelled table are: a column that names people, animals or devices with several cases each."""

from __future__ import annotations

import re

from assistant.data.recordings import recordings
from assistant.data.series import Dataset

_WHOSE = re.compile(
    r"(?:^|[^a-z])(subject|person|patient|participant|wearer|user|volunteer|individual|animal|driver|athlete|speaker|writer"
    r"|proband|device|machine|vehicle|ptid)(?:$|[^a-z])|(?:subject|person|patient|participant|user|writer|machine|device)(?:id|no|nr)$"
)


def shared_column(dataset: Dataset) -> str | None:
    """The column that says whose each case is, where several cases are of one and there are at least two; None without one.

    Such cases are more alike than those of others, so an accuracy on held-out ones is better than on somebody new.
    """
    table, recording = dataset.table, dataset.recording_column
    starts = range(len(table)) if recording is None else [one.start for one in recordings(table, recording)]
    for name in map(str, table.columns):
        if name in (dataset.label_column, recording) or not _WHOSE.search(re.sub(r"[_\W]+", " ", name.casefold())):
            continue
        owners = [str(cell).strip() for cell in table[name].iloc[list(starts)]]
        if 1 < len(set(owners)) < len(owners):
            return name
    return None
