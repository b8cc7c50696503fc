"""The web application: the page mounted in FastAPI, with our own downloads, health check and security headers around it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from assistant.errors import StorageError
from assistant.settings import Settings, is_loopback
from ui.auth import Identity, LoginHook, check_bind
from ui.controller import Controller
from ui.downloads import download_routes
from ui.middleware import Guard
from ui.page import TITLE, Page
from ui.protocols import ServicesLike
from ui.theme import FAVICON, HEAD, STYLE, theme

LOGGER = logging.getLogger(__name__)
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
CACHE_SWEEP_SECONDS = (600, 3600)
WARM_UP_DELAY_SECONDS = 2.0

ServicesOpener = Callable[[Settings], AbstractAsyncContextManager[Any]]


class Opened:
    """Holds the services between the server's start and its end: they belong to the server's event loop."""

    def __init__(self) -> None:
        self.services: ServicesLike | None = None

    def __call__(self) -> ServicesLike:
        """The services. Errors: StorageError before they are opened and after they are closed."""
        if self.services is None:
            raise StorageError("The server is starting or stopping. Try again in a moment.")
        return self.services


def build_app(settings: Settings, *, open_services: ServicesOpener | None = None, auth: LoginHook | None = None) -> FastAPI:
    """The web application. Nothing is opened before its lifespan begins.

    open_services: opens the session layer (None: the real one). auth: a login hook; without one, users are told apart by a
    cookie and the server answers under a loopback name only. Errors: BadRequest for a host that other machines reach without
    a login hook.
    """
    check_bind(settings.host, auth)
    opened, identity = Opened(), Identity(auth)
    controller = Controller(opened, identity, _samples)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        opener = open_services or _real_services
        async with opener(settings) as services:
            opened.services = services
            background = asyncio.create_task(_after_start(services))
            try:
                yield
            finally:
                background.cancel()
                with suppress(asyncio.CancelledError):
                    await background
                await controller.runs.close()
                opened.services = None

    app = FastAPI(title=TITLE, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/healthz", _health(opened), include_in_schema=False)
    app.include_router(download_routes(opened, identity))
    app = _mount(app, controller, settings, auth)
    hosts = LOOPBACK_NAMES if auth is None and is_loopback(settings.host) else None
    app.add_middleware(Guard, hosts=hosts, cookies=auth is None)
    return app


def _mount(app: FastAPI, controller: Controller, settings: Settings, auth: LoginHook | None) -> FastAPI:
    with gr.Blocks(
        title=TITLE, fill_height=True, fill_width=True, delete_cache=CACHE_SWEEP_SECONDS, analytics_enabled=False
    ) as blocks:
        Page(blocks, controller, settings)
    blocks.queue(max_size=settings.queue_size, default_concurrency_limit=settings.max_concurrency, api_open=False)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        auth_dependency=auth,
        show_error=False,
        run_history=False,
        max_file_size=settings.file_bytes,
        allowed_paths=[],
        favicon_path=str(FAVICON),
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=theme(),
        css_paths=[STYLE],
        head=HEAD,
    )
    return mounted


def _health(opened: Opened) -> Callable[[], Any]:
    async def health() -> JSONResponse:
        ready = opened.services is not None
        return JSONResponse({"status": "ok" if ready else "starting"}, status_code=200 if ready else 503)

    return health


async def _after_start(services: ServicesLike) -> None:
    """Finish what a crash interrupted, and load once the page is up what the first question would wait for."""
    try:
        count = await services.finish_pending()
        if count:
            LOGGER.info("finished %d turns that were interrupted", count)
    except Exception:
        LOGGER.exception("could not finish the interrupted turns; they are finished when their sessions are opened")
    await asyncio.sleep(WARM_UP_DELAY_SECONDS)
    threading.Thread(target=_warm_up, args=(services,), name="warm-up", daemon=True).start()


def _warm_up(services: ServicesLike) -> None:
    try:
        services.warm_up()
    except Exception:
        LOGGER.exception("warming up failed; the first question loads what it needs")


def _real_services(settings: Settings) -> AbstractAsyncContextManager[Any]:
    from assistant.services import open_services

    return open_services(settings)


def _samples() -> Mapping[str, Path]:
    from assistant.data.samples import sample_files

    return {path.name: path for path in sample_files()}
