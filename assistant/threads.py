"""Worker threads of one conversation, watched: what a stopped turn left behind must end before its session is deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Any, TypeVar

_T = TypeVar("_T")


class WatchedThreads(Executor):
    """Hands work on to a shared pool and remembers what of it has not ended."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._working: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Run the work on the pool."""
        future = self._pool.submit(fn, *args, **kwargs)
        self._working.add(future)
        future.add_done_callback(self._working.discard)
        return future

    async def ended(self, seconds: float) -> bool:
        """Wait until nothing is at work, at most so long; whether that is so."""
        if not self._working:
            return True
        outcome = await asyncio.to_thread(wait, list(self._working), seconds)
        return not outcome.not_done
