"""What leaves this machine, in words. Pure functions of the settings and of the messages that were sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit


def leaves_text(settings: Any) -> str:
    """What the configured language model makes leave this machine, as Markdown."""
    model = str(settings.language_model)
    if model == "none":
        return "**Nothing leaves this machine.** Answers are worded by templates here; no language model is used."
    if model == "local":
        return "**Nothing leaves this machine.** Answers are worded by a language model that runs here."
    address = urlsplit(str(settings.openai_base_url))
    place = address.hostname or "an unknown host"
    names = (
        "Redaction is **on**: column names leave as s1, s2 …"
        if settings.redact
        else "Redaction is **off**: column names leave as they are. Set `TIDINGS_REDACT=true` to send s1, s2 … instead."
    )
    return (
        f"**Questions, computed facts and column names go to `{place}`** (model `{settings.openai_model}`), which words the "
        f"answers. Rows of your data never do. {names}"
    )


def messages_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """The exact messages that were sent, as text."""
    if not messages:
        return "Nothing has been sent."
    return json.dumps(list(messages), indent=2, ensure_ascii=False)
