"""Who is asking: a server-made secret in an HttpOnly cookie, or a login hook's user; and where the server may listen.

Only a digest of the secret is ever used as an owner or stored, so that neither a database nor a log lets anyone in.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from inspect import isawaitable
from typing import Any

from fastapi import Request

from assistant.errors import AccessDenied, BadRequest
from assistant.settings import is_loopback

LoginHook = Callable[[Request], str | Awaitable[str | None] | None]

COOKIE = "tidings_session"
COOKIE_SECONDS = 400 * 24 * 3600
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """256 random bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def secret_in(cookies: Mapping[str, str]) -> str | None:
    """The session secret among a request's cookies, or None where there is none or it was not made here."""
    secret = cookies.get(COOKIE, "")
    return secret if _SECRET.fullmatch(secret) else None


def cookies_in(header: str) -> dict[str, str]:
    """The cookies of a Cookie header; a malformed header holds none."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def owner_of_secret(secret: str) -> str:
    """The owner id behind a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def owner_of_user(user: str) -> str:
    """The owner id of a logged-in user; it can never equal one made of a secret.

    Errors: AccessDenied for a name that is empty, over 200 characters or holds control characters.
    """
    if not user or len(user) > 200 or not user.isprintable():
        raise AccessDenied("The login hook returned a user name that is empty, too long or not printable. Mend the hook.")
    return f"user:{user}"


def set_cookie(secret: str, secure: bool) -> str:
    """The Set-Cookie header that hands a secret to its browser: out of reach for scripts and for other sites' requests."""
    return f"{COOKIE}={secret}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


class Identity:
    """Tells requests' owners apart: by the login hook's user where there is a hook, else by the cookie's secret."""

    def __init__(self, hook: LoginHook | None = None) -> None:
        self.hook = hook

    async def owner_of_request(self, request: Request) -> str:
        """The owner of a request to one of our own routes. Errors: AccessDenied where nobody is known."""
        if self.hook is None:
            return self._by_cookie(request.cookies)
        user = self.hook(request)
        if isawaitable(user):
            user = await user
        if user is None:
            raise AccessDenied("You are not logged in. Log in and try again.")
        return owner_of_user(user)

    def owner_of_event(self, request: Any) -> str:
        """The owner of a gradio event (a gr.Request). Errors: AccessDenied where nobody is known."""
        if self.hook is not None:
            if not request.username:
                raise AccessDenied("You are not logged in. Log in and load the page again.")
            return owner_of_user(str(request.username))
        return self._by_cookie(cookies_in(request.headers.get("cookie", "")))

    @staticmethod
    def _by_cookie(cookies: Mapping[str, str]) -> str:
        secret = secret_in(cookies)
        if secret is None:
            raise AccessDenied("This browser carries no session. Allow cookies for this address and load the page again.")
        return owner_of_secret(secret)


def check_bind(host: str, auth: LoginHook | str | None) -> None:
    """Refuse to listen to other machines without a login. Errors: BadRequest."""
    if auth is None and not is_loopback(host):
        raise BadRequest(
            f"Expected a loopback address (127.0.0.1, ::1 or localhost), found {host!r}. Anyone who can reach another address "
            "could use this server; give a login hook with --auth module:function, or listen on 127.0.0.1."
        )


def load_hook(reference: str) -> LoginHook:
    """The login hook behind "module:function", a callable(request) → user name or None.

    Errors: BadRequest where the text has another form or names nothing that can be called.
    """
    module_name, separator, function_name = reference.partition(":")
    if not (separator and module_name and function_name):
        raise BadRequest(f"Expected a login hook as module:function, found {reference!r}.")
    try:
        hook = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise BadRequest(f"The login hook {reference!r} was not found ({error}). Check that it can be imported.") from error
    if not callable(hook):
        raise BadRequest(f"The login hook {reference!r} is no function but a {type(hook).__name__}.")
    loaded: LoginHook = hook
    return loaded
