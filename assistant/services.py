"""The composition root: opens the stores, the graph and the models, and hands them to conversations.

Everything heavy is opened on demand, so that a command that needs no embedding model never loads one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.agents.base import FORECAST_SECONDS, Tools
from assistant.agents.trainer_stages import forget_stages
from assistant.claims import Claims
from assistant.data.workspace import Workspace
from assistant.embedding import DeviceEmbedder
from assistant.errors import TidingsError
from assistant.language import LanguageModel, open_language_model
from assistant.plan import PlanWriter
from assistant.records import Quotas, Records
from assistant.records_rows import SessionRecord
from assistant.session import Conversation
from assistant.settings import Settings

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from retrieval.embed import TextEmbedder
    from retrieval.store import EpisodeStore

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

# So many conversations, the latest opened, keep their series in memory.
WARM_CONVERSATIONS = 32

# Read when langgraph and the model libraries are imported: no tracing, downloads, progress bars or unknown types.
_QUIET = {
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
}


@dataclass(frozen=True)
class Parts:
    """What to use in place of what the settings name; None leaves the choice to them."""

    planner: PlanWriter | None = None
    language_model: LanguageModel | None = None
    embedder: TextEmbedder | None = None
    forecast_seconds: float | None = None


class Services:
    """One installation's services. Open with `open_services`; safe to use from one event loop and many threads."""

    def __init__(
        self,
        settings: Settings,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        checkpointer: Any,
        parts: Parts = Parts(),
    ) -> None:
        self._parts = parts
        self.settings = settings
        self.graph = graph
        self.checkpointer = checkpointer
        self.records = Records(settings.records_path, Quotas.of(settings))
        self.claims = Claims(settings.home / "turns.lock")
        self.executor = ThreadPoolExecutor(max_workers=settings.max_concurrency, thread_name_prefix="tidings")
        self.notices: list[str] = []
        self._lock = threading.Lock()
        self._making: dict[str, threading.RLock] = {}
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._adding: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def _once(self, name: str, make: Callable[[], _T]) -> _T:
        """Make a shared thing at first use, once, whichever thread asks first."""
        if name not in self.__dict__:
            # A lock for each thing: loading a model must hold up nobody who wants another one, or a conversation.
            with self._making.setdefault(name, threading.RLock()):
                if name not in self.__dict__:
                    self.__dict__[name] = make()
        found: _T = self.__dict__[name]
        return found

    def embedder(self) -> DeviceEmbedder:
        """The sentence embedder, on the device of the settings."""

        def make() -> DeviceEmbedder:
            from models.device import choose_device
            from retrieval.embed import MiniLmEmbedder

            return DeviceEmbedder(MiniLmEmbedder, choose_device(self.settings.device), self.notices.append)

        return self._once("_embedder", make)

    def take_notices(self) -> list[str]:
        """What the machine has to say since the last answer, such as a fallback to the CPU."""
        taken = list(self.notices)
        del self.notices[: len(taken)]
        return taken

    def planner(self) -> PlanWriter:
        """The planner; it asks for embeddings only when its rules do not decide."""

        def make() -> PlanWriter:
            if self._parts.planner is not None:
                return self._parts.planner
            from assistant.planning.planner import Planner
            from models.registry import available

            names = tuple(entry.name for entry in available("forecaster"))
            return Planner(lambda texts: self.embedder().embed(texts), forecasters=names)

        return self._once("_planner", make)

    def language_model(self) -> LanguageModel | None:
        """The configured writer, or None for templates."""
        return self._once(
            "_language_model",
            lambda: self._parts.language_model or open_language_model(self.settings, on_fallback=self.notices.append),
        )

    def episodes(self) -> EpisodeStore:
        """The store of episodes."""

        def make() -> EpisodeStore:
            from retrieval.embed import ShapeEmbedder
            from retrieval.store import EpisodeStore

            return EpisodeStore(self.settings.episodes_folder, ShapeEmbedder(), self.embedder())

        return self._once("_episodes", make)

    def tools(self, record: SessionRecord) -> Tools:
        """What the agents of a session may open."""
        return Tools(
            episodes=self.episodes,
            trained=lambda: self.trained(record.owner),
            shipped=self.shipped,
            model_folder=lambda name: self.settings.session_folder(record.id) / "models" / name,
            device=self.settings.device,
            training_seconds=self.settings.training_seconds,
            forecast_seconds=self._parts.forecast_seconds or FORECAST_SECONDS,
        )

    def trained(self, owner: str) -> dict[str, Path]:
        """The owner's trained models by name, the latest first. They lie in their sessions and are deleted with them."""
        found: dict[str, Path] = {}
        for session in self.records.sessions(owner):
            for manifest in (self.settings.session_folder(session.id) / "models").glob("*/manifest.json"):
                found.setdefault(manifest.parent.name, manifest.parent)
        return found

    def shipped(self) -> dict[str, Path]:
        """The trained models that come with the product, by name."""
        from models.registry import shipped_checkpoints

        return {entry.name: entry.folder for entry in shipped_checkpoints()}

    def classes(self, owner: str) -> tuple[str, ...]:
        """All classes that the shipped and the owner's trained classifiers know."""
        from models.checkpoint import known_classes

        return known_classes([*self.shipped().values(), *self.trained(owner).values()])

    def workspace(self, session_id: str) -> Workspace:
        """The folder of one session."""
        return Workspace(self.settings.session_folder(session_id))

    def sessions(self, owner: str) -> list[SessionRecord]:
        """An owner's sessions, the most recently used first."""
        return self.records.sessions(owner)

    async def create_session(self, owner: str, title: str = "") -> Conversation:
        """Start a conversation. Raises QuotaExceeded when the owner has too many."""
        return self._conversation(self.records.create_session(owner, title))

    async def open_session(self, session_id: str, owner: str) -> Conversation:
        """Open a conversation of the owner's. Raises NotFound or AccessDenied."""
        return self._conversation(self.records.session(session_id, owner))

    def adding(self, owner: str) -> asyncio.Lock:
        """What to hold while a file of the owner's is added, or a session of theirs deleted."""
        return self._adding[owner]

    def _conversation(self, record: SessionRecord) -> Conversation:
        with self._lock:
            if record.id not in self._conversations:
                self._conversations[record.id] = Conversation(self, record)
            self._conversations.move_to_end(record.id)
            for cold in islice(reversed(self._conversations.values()), WARM_CONVERSATIONS, WARM_CONVERSATIONS + 1):
                cold.workspace.forget()
            return self._conversations[record.id]

    async def delete_session(self, session_id: str, owner: str) -> None:
        """Delete a conversation with its files, checkpoints, models and vectors, and what stopped trainings left.

        Raises NotFound or AccessDenied.
        """
        record = self.records.session(session_id, owner)
        conversation = self._conversation(record)
        await conversation.close()
        async with self.adding(owner):
            for turn in self.records.turns(session_id):
                await self.checkpointer.adelete_thread(str(turn.id))
            await self.off_loop(lambda: self.forget_episodes(record))
            await self.off_loop(self.workspace(session_id).delete)
            await self.off_loop(forget_stages)
            self.records.delete_session(session_id, owner)
        with self._lock:
            self._conversations.pop(session_id, None)

    def forget_episodes(self, record: SessionRecord, series: Collection[str] | None = None) -> None:
        """Delete the episodes that a session's series gave, of all of them or of those with the ids in `series`."""
        if not self.settings.episodes_folder.exists():
            return
        store = self.episodes()
        # Collections are called SESSION:LENGTH:BEGINNING-OF-THE-SERIES-ID.
        parts = {name: name.split(":") for name in store.collections(record.owner)}
        for name, (session, *rest) in parts.items():
            if session == record.id and (series is None or any(identity.startswith(rest[-1]) for identity in series)):
                store.delete_collection(record.owner, name)

    async def off_loop(self, work: Callable[[], _T]) -> _T:
        """Run blocking work on the worker threads."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)

    def warm_up(self) -> None:
        """Load what the first question would wait for; call it from a thread of its own once the page is up."""
        import statsmodels.tsa.stattools  # noqa: F401  (the import itself is the point)

        self.embedder().embed(["warm up"])

    async def finish_pending(self) -> int:
        """Finish the turns that a crash interrupted; returns how many there were.

        One that cannot be finished holds up no other.
        """
        pending = self.records.pending_turns()
        for turn in pending:
            try:
                conversation = self._conversation(self.records.session(turn.session, turn.owner))
                async for _ in conversation.resume():
                    pass
            except TidingsError as error:
                _LOG.warning("the interrupted turn %s could not be finished: %s", turn.id, error)
        return len(pending)

    def close(self) -> None:
        """Close the stores; running work is waited for."""
        self.executor.shutdown(wait=True, cancel_futures=True)
        if "_episodes" in self.__dict__:
            self.episodes().close()
        self.claims.close()
        self.records.close()


@asynccontextmanager
async def open_services(settings: Settings, parts: Parts = Parts()) -> AsyncIterator[Services]:
    """Open everything in the running event loop (the checkpointer belongs to it), and close it in order.

    Raises StorageError when the home folder cannot be used.
    """
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    settings.prepare()
    from assistant.checkpoints import open_checkpoints
    from assistant.graph import build_graph

    async with open_checkpoints(settings.graph_path) as saver:
        services = Services(settings, build_graph(saver), saver, parts)
        try:
            yield services
        finally:
            await asyncio.to_thread(services.close)
