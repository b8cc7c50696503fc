"""Who is asking, and where the server may listen."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from assistant.errors import AccessDenied, BadRequest
from ui.auth import (
    COOKIE,
    Identity,
    check_bind,
    cookies_in,
    load_hook,
    new_secret,
    owner_of_secret,
    owner_of_user,
    secret_in,
    set_cookie,
)


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    assert {len(secret) for secret in secrets} == {43}


def test_owner_is_the_digest_of_the_secret() -> None:
    secret = new_secret()
    assert owner_of_secret(secret) == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in owner_of_secret(secret)


def test_cookie_is_out_of_reach_for_scripts() -> None:
    header = set_cookie("x" * 43, secure=True)
    assert "; HttpOnly; SameSite=Lax; Secure" in header
    assert "Secure" not in set_cookie("x" * 43, secure=False)
    assert secret_in(cookies_in(header.split(";")[0])) == "x" * 43


@pytest.mark.parametrize("value", ["", "short", "x" * 42 + "/", "x" * 44, "../" * 14 + "x"])
def test_a_secret_of_another_form_is_none(value: str) -> None:
    assert secret_in({COOKIE: value}) is None


def test_event_without_cookie_is_refused() -> None:
    with pytest.raises(AccessDenied, match="no session"):
        Identity().owner_of_event(SimpleNamespace(headers={}))


def test_event_with_a_hook_takes_the_user_and_no_cookie() -> None:
    identity = Identity(lambda request: "ada")
    request = SimpleNamespace(headers={"cookie": f"{COOKIE}={new_secret()}"}, username="ada")
    assert identity.owner_of_event(request) == "user:ada"
    request.username = None
    with pytest.raises(AccessDenied):
        identity.owner_of_event(request)


async def test_request_with_an_asynchronous_hook() -> None:
    async def hook(request: object) -> str | None:
        return None if request is None else "grace"

    assert await Identity(hook).owner_of_request(SimpleNamespace()) == "user:grace"
    with pytest.raises(AccessDenied, match="not logged in"):
        await Identity(hook).owner_of_request(None)


@pytest.mark.parametrize("user", ["", "x" * 201, "a\nb"])
def test_strange_user_names_are_refused(user: str) -> None:
    with pytest.raises(AccessDenied):
        owner_of_user(user)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_loopback_needs_no_login(host: str) -> None:
    check_bind(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_other_addresses_need_a_login(host: str) -> None:
    with pytest.raises(BadRequest, match="--auth"):
        check_bind(host, None)
    check_bind(host, lambda request: "ada")


def test_hook_is_found_by_name() -> None:
    assert load_hook("tests.test_ui_auth:new_secret") is new_secret


@pytest.mark.parametrize("reference", ["nothing", ":f", "tests.test_ui_auth:", "no.such.module:f", "tests.test_ui_auth:nope"])
def test_hook_that_is_not_there(reference: str) -> None:
    with pytest.raises(BadRequest, match="login hook"):
        load_hook(reference)


def test_hook_that_cannot_be_called() -> None:
    with pytest.raises(BadRequest, match="no function"):
        load_hook("tests.test_ui_auth:COOKIE")
