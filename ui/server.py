"""Run the web application on an address of this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from assistant.errors import BadRequest
from assistant.settings import Settings
from ui.auth import check_bind, load_hook

LOGGER = logging.getLogger(__name__)
GRACE_SECONDS = 2


def serve(settings: Settings, auth: str | None = None, announce: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop.

    auth: a login hook as "module:function". announce: called with the page's address once it answers (None: it is logged).
    The working folder becomes an empty one under the settings' home, because gradio may serve what lies in it.
    Errors: BadRequest for an address that cannot be listened on, or that other machines reach without a login; StorageError
    where the settings' home cannot be used.
    """
    check_bind(settings.host, auth)
    settings.prepare()
    uploads, empty = settings.home / "web" / "uploads", settings.home / "web" / "empty"
    for folder in (settings.home / "web", uploads, empty):
        folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    hook = load_hook(auth) if auth is not None else None
    os.chdir(empty)
    with _listen(settings.host, settings.port) as listener:
        from ui.app import build_app

        app = build_app(settings, auth=hook)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        address = _address(settings.host, listener.getsockname()[1])
        server = _Server(config, lambda: (announce or LOGGER.info)(address))
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(app, server, listener))


async def _run(app: FastAPI, server: uvicorn.Server, listener: socket.socket) -> None:
    """Open the application, answer until told to stop, and close it.

    The server would do the same, but log a failed opening as a traceback; here its error reaches the caller.
    """
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Errors: BadRequest where the address is taken or is none of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise BadRequest(
            f"Cannot listen on {host} port {port} ({error.strerror or error}). Another program may use it; give another --port."
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{port}"
