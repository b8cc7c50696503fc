"""What every response gets: security headers, the session cookie on a first page load, and a check of the Host header."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.auth import cookies_in, new_secret, secret_in, set_cookie

# Gradio's page configures itself in an inline script and evaluates the small functions that events run in the browser; the
# rest is closed: no other host can be loaded from, sent to, or frame the page.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
UPLOADS = "/gradio_api/upload"
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware. hosts: the names under which the server answers, None for any (behind a login).

    A page request without a session secret gets a new one in a cookie. The Host check keeps a foreign site that points its
    name at this machine from talking to the server. Files are taken from browsers with a session only.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] | None, cookies: bool = True) -> None:
        self.app = app
        self.hosts = hosts
        self.cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self.hosts is not None and _host_name(headers.get("host", "")) not in self.hosts:
            refusal = PlainTextResponse("This server answers only under its own address.", status_code=400, headers=HEADERS)
            await refusal(scope, receive, send)
            return
        if self.cookies and scope["path"] == UPLOADS and secret_in(cookies_in(headers.get("cookie", ""))) is None:
            refusal = PlainTextResponse("Load the page before you send files.", status_code=403, headers=HEADERS)
            await refusal(scope, receive, send)
            return
        fresh = self._fresh_secret(scope, headers)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
                if fresh is not None:
                    answer.append("Set-Cookie", set_cookie(fresh, secure=scope.get("scheme") == "https"))
            await send(message)

        await self.app(scope, receive, dressed)

    def _fresh_secret(self, scope: Scope, headers: Headers) -> str | None:
        page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        known = secret_in(cookies_in(headers.get("cookie", "")))
        return new_secret() if self.cookies and page and known is None else None


def _host_name(header: str) -> str:
    """A Host header without its port; an IPv6 address without its brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()
