"""Settings: defaults are pinned, the environment is read, errors name what to change, and the import stays light."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.errors import BadRequest, StorageError
from assistant.settings import Settings, is_loopback, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TIDINGS_")]:
        monkeypatch.delenv(name)


def test_every_default_is_pinned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    values = Settings().model_dump()
    assert values.pop("openai_api_key").get_secret_value() == "none"
    assert values.pop("home").name == "tidings"
    assert values == {
        "device": "auto",
        "log_level": "WARNING",
        "language_model": "none",
        "openai_base_url": "http://127.0.0.1:8080/v1",
        "openai_model": "",
        "openai_timeout": 60.0,
        "redact": False,
        "host": "127.0.0.1",
        "port": 7860,
        "max_concurrency": 4,
        "queue_size": 64,
        "confirmation_seconds": 30.0,
        "training_seconds": 900.0,
        "question_characters": 4_000,
        "file_bytes": 200_000_000,
        "upload_bytes_per_user": 2_000_000_000,
        "files_per_session": 50,
        "sessions_per_user": 200,
    }


def test_environment_and_overrides(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("TIDINGS_PORT", "8000")
    monkeypatch.setenv("TIDINGS_LOG_LEVEL", "info")
    monkeypatch.setenv("TIDINGS_REDACT", "true")
    monkeypatch.setenv("TIDINGS_DEVICE", "")
    settings = load_settings(port=9000, device=None)
    assert (settings.port, settings.log_level, settings.redact, settings.device) == (9000, "INFO", True, "auto")
    assert settings.home == home
    assert settings.records_path == home / "records.db"
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"device": "tpu"}, "TIDINGS_DEVICE"),
        ({"port": 70_000}, "TIDINGS_PORT"),
        ({"language_model": "openai"}, "TIDINGS_OPENAI_MODEL"),
        ({"openai_base_url": "ftp://host/v1"}, "http://"),
        ({"nonsense": 1}, "TIDINGS_NONSENSE"),
    ],
)
def test_bad_settings_say_which(overrides: dict[str, object], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        load_settings(**overrides)


def test_secrets_show_nowhere() -> None:
    with pytest.raises(BadRequest) as caught:
        load_settings(openai_base_url="http://user:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(Settings(openai_api_key="hunter2"))


def test_session_folder_refuses_paths(home: Path) -> None:
    settings = Settings()
    assert settings.session_folder("a" * 24) == home / "sessions" / ("a" * 24)
    for bad in ("../../etc/passwd-and-more", "", "short", "a" * 24 + "\n", "-" + "a" * 24, "a/" * 12):
        with pytest.raises(BadRequest):
            settings.session_folder(bad)


def test_prepare_makes_a_private_home(home: Path, tmp_path: Path) -> None:
    settings = Settings().prepare()
    assert settings is not None
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "sessions").is_dir()
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StorageError, match="TIDINGS_HOME"):
        Settings(home=blocked / "home").prepare()


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
                           ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.example.com", False)]
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, assistant.settings\n"
        "heavy = {'pandas', 'numpy', 'torch', 'langchain_core', 'langgraph', 'openai', 'gradio', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
