"""Settings: every knob of the product in one frozen object, read from `TIDINGS_*` environment variables.

Light to import on purpose: `tidings --help` needs it and loads neither pandas nor torch.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import BadRequest, StorageError

_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{15,63}")


class Settings(BaseSettings):
    """How this installation runs. Environment variables carry the prefix `TIDINGS_` (`TIDINGS_HOME`, `TIDINGS_DEVICE` …).

    home: the folder that holds all state. device: where models run; "auto" takes CUDA where present. language_model: who words
    answers; "none" uses templates and "local" a model on this machine; "openai" sends facts and column names to
    `openai_base_url`, an OpenAI-compatible address. redact: column names leave this machine as s1, s2 …
    training_seconds: where no classifier is named, those that would train for longer are not tried.
    Sizes in bytes, times in seconds. `load_settings` turns pydantic's errors into one that a user can read.
    """

    model_config = SettingsConfigDict(
        env_prefix="TIDINGS_",
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("tidings", appauthor=False)))
    device: Literal["auto", "cpu", "cuda"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    language_model: Literal["none", "local", "openai"] = "none"
    openai_base_url: str = "http://127.0.0.1:8080/v1"
    openai_model: str = ""
    openai_api_key: SecretStr = SecretStr("none")
    openai_timeout: float = Field(default=60.0, gt=0, le=600)
    redact: bool = False

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65_535)
    max_concurrency: int = Field(default=4, ge=1, le=64)
    queue_size: int = Field(default=64, ge=1, le=10_000)
    confirmation_seconds: float = Field(default=30.0, gt=0)
    training_seconds: float = Field(default=900.0, ge=0)
    question_characters: int = Field(default=4_000, ge=1, le=100_000)

    file_bytes: int = Field(default=200_000_000, ge=1)
    upload_bytes_per_user: int = Field(default=2_000_000_000, ge=1)
    files_per_session: int = Field(default=50, ge=1)
    sessions_per_user: int = Field(default=200, ge=1)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return Path(home).expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, level: Any) -> Any:
        return level.upper() if isinstance(level, str) else level

    @field_validator("openai_base_url")
    @classmethod
    def _plain_address(cls, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("expected an http:// or https:// address such as http://127.0.0.1:8080/v1")
        if parts.username or parts.password or parts.query:
            raise ValueError("the address must not hold a key or password; put it into TIDINGS_OPENAI_API_KEY")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _model_named(self) -> Settings:
        if self.language_model == "openai" and not self.openai_model:
            raise ValueError("language_model is 'openai' but no model is named; set TIDINGS_OPENAI_MODEL")
        return self

    @property
    def records_path(self) -> Path:
        """Sessions, uploads and turns (SQLite)."""
        return self.home / "records.db"

    @property
    def graph_path(self) -> Path:
        """Checkpoints of conversations under way (SQLite)."""
        return self.home / "graph.db"

    @property
    def episodes_folder(self) -> Path:
        """The historian's episodes and their indexes."""
        return self.home / "episodes"

    @property
    def sessions_folder(self) -> Path:
        """One folder for each chat session."""
        return self.home / "sessions"

    def session_folder(self, session_id: str) -> Path:
        """The folder of one chat session. Errors: BadRequest for text that cannot be a session's id."""
        if not _SESSION.fullmatch(session_id):
            raise BadRequest(
                "Expected a session id (16 to 64 letters, digits, '-' and '_'), found something else. "
                "Take one that `tidings sessions` lists."
            )
        return self.sessions_folder / session_id

    def prepare(self) -> Settings:
        """Create `home`, readable by its owner alone. Errors: StorageError where that is impossible."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.sessions_folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The folder {self.home} cannot be created ({error.strerror}). Set TIDINGS_HOME to a folder you can write to."
            ) from error
        return self


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """The settings from the environment, with overrides (None: not overridden). Errors: BadRequest naming each bad setting."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        problems = "; ".join(_problem(detail["loc"], detail["msg"]) for detail in details)
        raise BadRequest(f"The settings are not usable: {problems}.") from None


def _problem(location: tuple[int | str, ...], message: str) -> str:
    words = message.removeprefix("Value error, ")
    return f"TIDINGS_{str(location[0]).upper()}: {words}" if location else words
