"""Our own download routes: a file is made on request, for its owner only, and never lies in gradio's shared cache."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.background import BackgroundTask

from assistant.errors import AccessDenied, InputError, NotFound, TidingsError
from assistant.events import Answer
from ui.auth import Identity
from ui.protocols import ConversationLike, ServicesLike
from ui.runs import unexpected

if TYPE_CHECKING:
    import pandas as pd

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
NOT_THERE = "There is no such download, or it is not yours. Open the conversation in the chat and use its links."


def download_routes(services: Callable[[], ServicesLike], identity: Identity) -> APIRouter:
    """Routes under /download/SESSION. Anything that is not the asker's own is answered 404, as if it did not exist."""
    router = APIRouter(prefix="/download/{session_id}", include_in_schema=False)

    async def opened(request: Request, session_id: str) -> ConversationLike:
        return await services().open_session(session_id, await identity.owner_of_request(request))

    async def script(request: Request, session_id: str) -> Response:
        conversation = await opened(request, session_id)
        # On the disk and sent piece by piece: a conversation's files may be larger than the memory.
        handle, name = tempfile.mkstemp(prefix="tidings-", suffix=".zip")
        os.close(handle)
        target = Path(name)
        try:
            await asyncio.to_thread(conversation.script, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        task = BackgroundTask(target.unlink, missing_ok=True)
        return FileResponse(target, headers=_headers("conversation.zip"), media_type="application/zip", background=task)

    async def answer(request: Request, session_id: str, turn: int) -> Response:
        found = await asyncio.to_thread(_answer, await opened(request, session_id), turn)
        return _attachment(found.model_dump_json(indent=2).encode(), "application/json", f"answer-{turn + 1}.json")

    async def classes(request: Request, session_id: str, turn: int, suffix: str) -> Response:
        found = await asyncio.to_thread(_answer, await opened(request, session_id), turn)
        content = await asyncio.to_thread(_classes, found, suffix)
        return _attachment(content, EXCEL if suffix == "xlsx" else CSV, f"classes-{turn + 1}.{suffix}")

    async def table(request: Request, session_id: str, turn: int, position: int, suffix: str) -> Response:
        answer = await asyncio.to_thread(_answer, await opened(request, session_id), turn)
        document = _result(answer, position)
        content = await asyncio.to_thread(_table_bytes, document, suffix)
        return _attachment(content, EXCEL if suffix == "xlsx" else CSV, f"forecast-{_file_name(document)}.{suffix}")

    router.add_api_route("/script.zip", _guarded(script))
    router.add_api_route("/turns/{turn}/answer.json", _guarded(answer))
    router.add_api_route("/turns/{turn}/classes.{suffix}", _guarded(classes))
    router.add_api_route("/turns/{turn}/results/{position}.{suffix}", _guarded(table))
    return router


def _guarded(route: Callable[..., Any]) -> Callable[..., Any]:
    """A route whose errors become short texts."""

    @wraps(route)
    async def guarded(*arguments: Any, **named: Any) -> Response:
        try:
            response: Response = await route(*arguments, **named)
        except (AccessDenied, NotFound, InputError):
            return PlainTextResponse(NOT_THERE, status_code=404)
        except TidingsError as error:
            return PlainTextResponse(str(error), status_code=503)
        except Exception:
            return PlainTextResponse(unexpected("making a download"), status_code=500)
        return response

    return guarded


def _answer(conversation: ConversationLike, turn: int) -> Answer:
    answer = conversation.turn_at(turn).answer
    if answer is None:
        raise NotFound(f"Expected an answered turn, found that turn {turn} has no answer.")
    return answer


def _result(answer: Answer, position: int) -> dict[str, Any]:
    if not 0 <= position < len(answer.results) or answer.results[position].get("kind") != "forecast":
        raise NotFound(f"Expected a forecast among {len(answer.results)} results, found {position}.")
    return answer.results[position]


def _table_bytes(document: dict[str, Any], suffix: str) -> bytes:
    from assistant.exports import forecast_table

    return _written(forecast_table(document), suffix)


def _classes(answer: Answer, suffix: str) -> bytes:
    from assistant.exports import class_table

    table = class_table(answer.results)
    if not len(table):
        raise NotFound(f"Expected a class among {len(answer.results)} results, found none.")
    return _written(table, suffix)


def _written(table: pd.DataFrame, suffix: str) -> bytes:
    from assistant.exports import table_csv, table_xlsx

    if suffix not in {"csv", "xlsx"}:
        raise NotFound(f"Expected csv or xlsx, found {suffix!r}.")
    return table_xlsx(table) if suffix == "xlsx" else table_csv(table)


def _file_name(document: dict[str, Any]) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", str(document["series"])).strip("-")[:40] or "series"


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
