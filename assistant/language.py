"""Chat models behind one protocol: none, one on this machine, or any OpenAI-compatible address.

A language model only ever words an answer: it sees facts and names, never rows, and what it writes is verified afterwards.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from assistant.errors import Cancelled, LanguageModelError, TidingsError
from assistant.settings import Settings, is_loopback

if TYPE_CHECKING:
    import httpx
    from langchain_openai import ChatOpenAI

_POLL_SECONDS = 0.05
_RETRIES = 2
# A whole answer may take this many times the wait for a single word.
_PATIENCE = 4
# More characters than any model makes of a token: a server that never stops is cut off here.
_CHARACTERS_PER_TOKEN = 20
_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
# The client library adds these unasked; they describe the user's machine and account, which no answer needs.
_TELLING_HEADERS = re.compile(r"x-stainless-.*|openai-organization|openai-project", re.IGNORECASE)


class Message(BaseModel):
    """One message of a prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Something that continues a conversation. leaves_machine: whether the messages go to another machine or program."""

    name: str
    leaves_machine: bool

    def complete(self, messages: Sequence[Message], *, max_tokens: int = 600, cancelled: Callable[[], bool] | None = None) -> str:
        """The model's reply, never empty. Errors: LanguageModelError where there is none, Cancelled where the user stopped it."""
        ...


class Generate(Protocol):
    """Text generation on this machine: returns the reply, ends early once `stop` says so, calls `on_text` with each new piece."""

    def __call__(
        self,
        messages: list[dict[str, str]],
        *,
        max_new_tokens: int,
        stop: Callable[[], bool] | None,
        on_text: Callable[[str], None] | None,
    ) -> str:
        """The reply to messages of the form {"role", "content"}."""
        ...


class Sent(BaseModel):
    """Exactly what leaves the machine for one completion, to be shown to the user. recipient: model and address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipient: str
    messages: tuple[Message, ...]


def what_leaves(model: LanguageModel | None, messages: Sequence[Message]) -> Sent | None:
    """What `model.complete(messages)` sends away; None where nothing leaves the machine."""
    if model is None or not model.leaves_machine:
        return None
    return Sent(recipient=model.name, messages=tuple(messages))


def open_language_model(
    settings: Settings, generate: Generate | None = None, on_fallback: Callable[[str], None] | None = None
) -> LanguageModel | None:
    """The configured model, None for "none" (templates write the answers).

    generate: what runs a "local" model; None: the one that ships, whose weights are loaded by its first reply.
    on_fallback: told when that one has to leave a full GPU for the CPU.
    Errors: LanguageModelError where a package is not installed.
    """
    if settings.language_model == "none":
        return None
    if settings.language_model == "openai":
        return OpenAiCompatible(
            settings.openai_base_url, settings.openai_model, settings.openai_api_key, timeout=settings.openai_timeout
        )
    if generate is None:
        from models.language.generate import LocalLanguageModel

        generate = LocalLanguageModel(device=settings.device, on_fallback=on_fallback).generate
    return LocalModel(generate)


class LocalModel:
    """A model on this machine; one completion at a time, the others wait for their turn."""

    leaves_machine = False

    def __init__(self, generate: Generate, name: str = "local model") -> None:
        self.name = name
        self._generate = generate
        self._turn = threading.Lock()

    def complete(self, messages: Sequence[Message], *, max_tokens: int = 600, cancelled: Callable[[], bool] | None = None) -> str:
        """See `LanguageModel.complete`."""
        while not self._turn.acquire(timeout=_POLL_SECONDS):
            _stop_if(cancelled)
        try:
            _stop_if(cancelled)
            plain = [message.model_dump() for message in messages]
            reply = self._generate(plain, max_new_tokens=max_tokens, stop=cancelled, on_text=None)
        except TidingsError:
            raise
        except Exception as error:
            raise LanguageModelError(
                f"The local language model failed: {_cause(error)} Ask again, or set TIDINGS_LANGUAGE_MODEL=none."
            ) from error
        finally:
            self._turn.release()
        _stop_if(cancelled)
        return _told(reply, self.name)


class OpenAiCompatible:
    """A chat model at an OpenAI-compatible address (vLLM, llama-server, Ollama, OpenAI …), through langchain-openai.

    base_url: http(s) address up to and with "/v1". timeout: seconds to wait for the first word and between words.
    Nothing but the messages, the model's name and sampling options is sent: no tracing, no description of the machine, no
    redirects followed. Errors: LanguageModelError where langchain-openai is not installed.
    """

    leaves_machine = True

    def __init__(self, base_url: str, model: str, api_key: SecretStr, *, timeout: float = 60.0) -> None:
        self.name = f"{model} at {base_url}"
        self._base_url = base_url
        self._model = model
        self._timeout = timeout
        self._at_openai = urlsplit(base_url).hostname == "api.openai.com"
        self._client = self._open(api_key)

    def complete(self, messages: Sequence[Message], *, max_tokens: int = 600, cancelled: Callable[[], bool] | None = None) -> str:
        """See `LanguageModel.complete`."""
        outcome: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()
        abandoned = threading.Event()
        # In a thread of its own: a read that blocks must not keep the user from stopping. What is abandoned ends by its timeout.
        work = threading.Thread(target=self._work, args=(list(messages), max_tokens, abandoned, outcome), daemon=True)
        deadline = time.monotonic() + _PATIENCE * self._timeout
        work.start()
        try:
            while True:
                try:
                    reply = outcome.get(timeout=_POLL_SECONDS)
                    break
                except queue.Empty:
                    _stop_if(cancelled)
                    if time.monotonic() > deadline:
                        raise self._too_slow() from None
        finally:
            abandoned.set()
        if isinstance(reply, BaseException):
            raise self._explained(reply) from None
        return _told(reply, self.name)

    def _open(self, api_key: SecretStr) -> ChatOpenAI:
        try:
            import httpx
            from langchain_openai import ChatOpenAI
        except ImportError as error:
            raise LanguageModelError(
                "The language model is set to 'openai', which needs the package langchain-openai, and that is not installed. "
                'Run: pip install "tidings[openai]"'
            ) from error
        http = httpx.Client(
            event_hooks={"request": [_tell_less]},
            follow_redirects=False,
            # A proxy from the environment would carry local traffic off the machine.
            trust_env=not is_loopback(urlsplit(self._base_url).hostname or ""),
        )
        return ChatOpenAI(
            model=self._model,
            base_url=self._base_url,
            api_key=SecretStr(api_key.get_secret_value() or "none"),
            timeout=self._timeout,
            max_retries=_RETRIES,
            http_client=http,
            openai_proxy=None,
            stream_usage=False,
            use_responses_api=False,
        )

    def _options(self, max_tokens: int) -> dict[str, Any]:
        # OpenAI's newest models refuse `max_tokens` and a temperature; many compatible servers know no other word.
        return {"max_tokens": max_tokens} if self._at_openai else {"extra_body": {"max_tokens": max_tokens}, "temperature": 0.0}

    def _work(
        self,
        messages: list[Message],
        max_tokens: int,
        abandoned: threading.Event,
        outcome: queue.SimpleQueue[str | BaseException],
    ) -> None:
        from langsmith.run_helpers import tracing_context

        try:
            pieces: list[str] = []
            room = max_tokens * _CHARACTERS_PER_TOKEN
            with tracing_context(enabled=False):
                prompt = [(message.role, message.content) for message in messages]
                for chunk in self._client.stream(prompt, **self._options(max_tokens)):
                    pieces.append(chunk.text)
                    room -= len(pieces[-1])
                    if abandoned.is_set() or room <= 0:
                        break
            outcome.put("".join(pieces))
        except BaseException as error:
            outcome.put(error)

    def _too_slow(self) -> LanguageModelError:
        return LanguageModelError(
            f"The language model {self.name} did not answer in time (TIDINGS_OPENAI_TIMEOUT is {self._timeout:g} s). "
            "Try again, allow more time, or take a smaller model."
        )

    def _explained(self, error: BaseException) -> LanguageModelError:
        """The error in our words. The library's text stays out: servers echo keys and prompts in it."""
        import openai

        if isinstance(error, openai.APITimeoutError) or type(error).__name__.endswith("Timeout"):
            return self._too_slow()
        match error:
            case openai.APIConnectionError():
                problem = "cannot be reached. Start the server, or correct TIDINGS_OPENAI_BASE_URL"
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                problem = f"refused the key (HTTP {error.status_code}). Correct TIDINGS_OPENAI_API_KEY"
            case openai.NotFoundError():
                problem = (
                    "is not known there (HTTP 404). Correct TIDINGS_OPENAI_MODEL or TIDINGS_OPENAI_BASE_URL (it ends in /v1)"
                )
            case openai.RateLimitError():
                problem = "is busy or over its quota (HTTP 429). Try again later"
            case openai.APIStatusError():
                problem = f"answered with an error (HTTP {error.status_code}). See that server's log, or try again later"
            case _:
                kind = type(error).__name__
                problem = f"sent something that is no chat completion ({kind}). Check that the address is OpenAI-compatible"
        return LanguageModelError(f"The language model {self.name} {problem}.")


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("Stopped while the language model was writing.")


def _cause(error: Exception) -> str:
    """The models package's own words are fit to be shown; of any other error, its kind is."""
    from models.errors import ModelError

    return str(error) if isinstance(error, ModelError) else f"{type(error).__name__}."


def _told(reply: str, name: str) -> str:
    """The reply without what a reasoning model thought aloud."""
    said = _THOUGHTS.sub("", reply).strip()
    if not said:
        raise LanguageModelError(f"The language model {name} sent an empty answer. Ask again, or take another model.")
    return said


def _tell_less(request: httpx.Request) -> None:
    for header in [name for name in request.headers if _TELLING_HEADERS.fullmatch(name)]:
        del request.headers[header]
    request.headers["User-Agent"] = "tidings"
