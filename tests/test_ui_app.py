"""The web application without a browser: cookies, headers, limits, downloads, and what its events do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.data.samples import sample_files
from assistant.errors import AccessDenied, BadRequest, NotFound, StorageError
from assistant.settings import Settings, load_settings
from tests.ui_fakes import FakeServices, FakeTurn, class_document, make_answer, opener
from ui.app import build_app
from ui.auth import COOKIE, Identity, new_secret, owner_of_secret
from ui.controller import Controller, Pending, View
from ui.middleware import CONTENT_POLICY
from ui.render import STOPPED

ADDRESS = "http://127.0.0.1:7860"
PAGE = {"accept": "text/html"}
CSV = "day,sales\n" + "".join(f"2020-01-{day:02d},{day}\n" for day in range(1, 29))


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home=home, file_bytes=10_000)


@pytest.fixture
def made() -> list[FakeServices]:
    return []


@pytest.fixture
def client(settings: Settings, made: list[FakeServices]) -> Iterator[TestClient]:
    with TestClient(_built(settings, made), base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture
def controller(settings: Settings) -> Controller:
    services = FakeServices(settings)
    return Controller(lambda: services, Identity(), lambda: {path.name: path for path in sample_files()})


def _built(settings: Settings, made: list[FakeServices], auth: Any = None) -> FastAPI:
    """The app, built inside a running loop: gradio opens loops of its own and leaves them open where it finds none."""

    async def build() -> FastAPI:
        return build_app(settings, open_services=opener(made), auth=auth)

    return asyncio.run(build())


def _request(secret: str) -> SimpleNamespace:
    return SimpleNamespace(headers={"cookie": f"{COOKIE}={secret}"}, username=None)


async def _last(views: AsyncIterator[View]) -> View:
    found = View()
    async for view in views:
        found = view
    return found


async def _session_with_data(controller: Controller, secret: str, tmp_path: Path, question: str = "") -> View:
    folder = tmp_path / "cache" / new_secret()
    folder.mkdir(parents=True)
    path = folder / "sales.csv"
    path.write_text(CSV)
    return await _last(controller.receive("", question, [str(path)], _request(secret)))


def test_first_page_sets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    first = client.get("/", headers=PAGE)
    assert first.status_code == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "set-cookie" not in client.get("/", headers=PAGE).headers


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/healthz", "/download/x/script.zip", "/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_server_answers_under_its_own_name_only(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example:7860"}).status_code == 400
    assert client.get("/healthz", headers={"host": "[::1]:7860"}).status_code == 200
    assert client.get("/healthz").json() == {"status": "ok"}


def test_no_event_is_public_and_nothing_is_exposed(client: TestClient) -> None:
    dependencies = client.get("/config").json()["dependencies"]
    assert len(dependencies) > 15
    assert {dependency["api_visibility"] for dependency in dependencies} == {"private"}
    information = client.get("/gradio_api/info").json()
    assert information["named_endpoints"] == {}
    for path in ("/docs", "/openapi.json", "/gradio_api/mcp/schema"):
        assert client.get(path).status_code == 404


def test_uploads_have_a_size_limit(client: TestClient) -> None:
    client.get("/", headers=PAGE)
    small = client.post("/gradio_api/upload", files={"files": ("a.csv", b"x" * 100)})
    assert small.status_code == 200
    big = client.post("/gradio_api/upload", files={"files": ("a.csv", b"x" * 20_000)})
    assert big.status_code == 413


def test_uploads_need_the_cookie(client: TestClient) -> None:
    client.cookies.clear()
    refused = client.post("/gradio_api/upload", files={"files": ("a.csv", b"x")})
    assert refused.status_code == 403


def test_downloads_are_for_their_owner_alone(client: TestClient, made: list[FakeServices]) -> None:
    client.get("/", headers=PAGE)
    secret = client.cookies[COOKIE]
    conversation = asyncio.run(made[0].create_session(owner_of_secret(secret), "mine"))
    path = f"/download/{conversation.id}/script.zip"
    mine = client.get(path)
    assert mine.status_code == 200
    assert mine.content.startswith(b"PK")
    assert "attachment" in mine.headers["content-disposition"]
    assert mine.headers["cache-control"] == "no-store"
    client.cookies.clear()
    client.cookies.set(COOKIE, new_secret())
    foreign = client.get(path)
    client.cookies.clear()
    nobody = client.get(path)
    absent = client.get("/download/no-such-session-there/script.zip")
    assert {foreign.status_code, nobody.status_code, absent.status_code} == {404}
    assert foreign.text == absent.text


def test_failing_download_shows_no_stack(client: TestClient, made: list[FakeServices], monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/", headers=PAGE)
    conversation = asyncio.run(made[0].create_session(owner_of_secret(client.cookies[COOKIE]), "mine"))

    def broken() -> bytes:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(conversation, "script", broken)
    response = client.get(f"/download/{conversation.id}/script.zip")
    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert "Traceback" not in response.text


def test_forecast_downloads_hold_the_numbers(client: TestClient, made: list[FakeServices], tmp_path: Path) -> None:
    client.get("/", headers=PAGE)
    owner = owner_of_secret(client.cookies[COOKIE])

    async def asked() -> str:
        conversation = await made[0].create_session(owner, "mine")
        (tmp_path / "sales.csv").write_text(CSV)
        await conversation.add_file(tmp_path / "sales.csv", "sales.csv")
        async for _ in conversation.ask("forecast"):
            pass
        return conversation.id

    base = f"/download/{asyncio.run(asked())}/turns/0"
    lines = client.get(f"{base}/results/0.csv").text.splitlines()
    assert len(lines) == 5
    assert "2020-01-29" in lines[1]
    assert "28" in lines[1]
    assert client.get(f"{base}/results/0.xlsx").content.startswith(b"PK")
    assert client.get(f"{base}/answer.json").json()["results"][0]["horizon"] == 4
    for missing in (f"{base}/results/1.csv", f"{base}/results/0.exe", f"{base[:-1]}7/answer.json"):
        assert client.get(missing).status_code == 404


def test_class_downloads_hold_every_case(client: TestClient, made: list[FakeServices]) -> None:
    client.get("/", headers=PAGE)
    conversation = asyncio.run(made[0].create_session(owner_of_secret(client.cookies[COOKIE]), "mine"))
    named = class_document("case 1", "tap", 0.7)
    odd = class_document("case 2", "tap", 0.9) | {"strange": True, "unlike": "level"}
    conversation.kept = [FakeTurn("classify", make_answer("s", results=[named, odd])), FakeTurn("hello", make_answer("s"))]
    base = f"/download/{conversation.id}/turns"
    assert client.get(f"{base}/0/classes.csv").text.splitlines() == [
        "case,label,probability,unsure,unlike",
        "case 1,tap,0.7,no,",
        "case 2,,,no,level",
    ]
    assert client.get(f"{base}/0/classes.xlsx").content.startswith(b"PK")
    for missing in (f"{base}/0/classes.exe", f"{base}/1/classes.csv"):
        assert client.get(missing).status_code == 404


def test_other_addresses_are_refused_without_a_login(home: Path) -> None:
    with pytest.raises(BadRequest, match="loopback"):
        build_app(load_settings(home=home, host="0.0.0.0"), open_services=opener([]))


def test_login_hook_guards_page_and_downloads(settings: Settings, made: list[FakeServices]) -> None:
    app = _built(settings, made, lambda request: request.headers.get("x-user"))
    with TestClient(app, base_url="http://anywhere.example") as client:
        assert client.get("/config").status_code == 401
        assert client.post("/gradio_api/upload", files={"files": ("a.csv", b"x")}).status_code == 401
        inside = client.get("/", headers={**PAGE, "x-user": "ada"})
        assert inside.status_code == 200
        assert "set-cookie" not in inside.headers
        conversation = asyncio.run(made[0].create_session("user:ada", "hers"))
        path = f"/download/{conversation.id}/script.zip"
        assert client.get(path, headers={"x-user": "ada"}).status_code == 200
        assert client.get(path, headers={"x-user": "bob"}).status_code == 404
        assert client.get(path).status_code == 404


def test_services_are_opened_and_closed_with_the_server(settings: Settings, made: list[FakeServices]) -> None:
    app = _built(settings, made)
    assert made == []
    with TestClient(app, base_url=ADDRESS) as client:
        assert client.get("/healthz").status_code == 200
    assert len(made) == 1
    assert TestClient(app, base_url=ADDRESS).get("/healthz").status_code == 503


async def test_upload_is_copied_and_leaves_the_shared_cache(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path, "Describe sales")
    assert list((tmp_path / "cache").iterdir()) == []
    assert view.pending == Pending("Describe sales", view.session_id)
    assert view.clear
    assert view.uploads is not None
    assert view.uploads[0].series[0].n == 28
    assert [session.id for session in view.sessions or ()] == [view.session_id]


async def test_question_is_answered_and_is_there_after_a_reload(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path, "Forecast sales")
    done = await _last(controller.answer(view.session_id, view.pending, (), _request(secret)))
    texts = [message.content for message in done.messages or () if isinstance(message.content, str)]
    assert any("Answer to 1" in text for text in texts)
    again = await controller.load("", _request(secret))
    assert again is not None
    assert again.session_id == view.session_id
    plots = [message for message in again.messages or () if isinstance(message.content, list)]
    assert len(plots) == 1
    assert any(message.content == "Forecast sales" and message.role == "user" for message in again.messages or ())


async def test_session_of_another_user_does_not_open(controller: Controller, tmp_path: Path) -> None:
    view = await _session_with_data(controller, new_secret(), tmp_path)
    stranger = _request(new_secret())
    assert await controller.load(view.session_id, stranger) is None
    for attempt in (
        controller.switch(view.session_id, stranger),
        controller.stop(view.session_id, stranger),
        controller.choose(view.session_id, "yes", stranger),
        _last(controller.receive(view.session_id, "hello", [], stranger)),
        _last(controller.sample(view.session_id, "server_load.csv", "", stranger)),
        _last(controller.answer(view.session_id, Pending("hello", view.session_id), (), stranger)),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(AccessDenied):
        await controller.delete(view.session_id, stranger)


async def test_request_without_cookie_gets_nothing(controller: Controller) -> None:
    with pytest.raises(AccessDenied):
        await controller.load("", SimpleNamespace(headers={}, username=None))


async def test_unexpected_error_is_shown_without_its_details(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path)
    done = await _last(controller.answer(view.session_id, Pending("break it", view.session_id), (), _request(secret)))
    last = str((done.messages or [])[-1].content)
    assert "That did not work" in last
    assert "shadow" not in last
    fine = await _last(controller.answer(view.session_id, Pending("and now?", view.session_id), (), _request(secret)))
    assert "You could also ask" in str((fine.messages or [])[-1].content)


async def test_stopped_turn_says_so_and_the_next_works(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path)
    answering = asyncio.create_task(
        _last(controller.answer(view.session_id, Pending("slow one", view.session_id), (), _request(secret)))
    )
    await asyncio.sleep(0.3)
    await controller.stop(view.session_id, _request(secret))
    assert ((await answering).messages or [])[-1].content == STOPPED
    done = await _last(controller.answer(view.session_id, Pending("quick one", view.session_id), (), _request(secret)))
    assert any("Answer to 2" in str(message.content) for message in done.messages or ())


async def test_turn_outlives_its_page_and_two_pages_may_watch(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path)
    watching = controller.answer(view.session_id, Pending("slow one", view.session_id), (), _request(secret))
    assert any(message.metadata.get("status") == "pending" for message in (await anext(watching)).messages or ())
    await watching.aclose()
    with pytest.raises(BadRequest, match="still being answered"):
        await _last(controller.answer(view.session_id, Pending("another", view.session_id), (), _request(secret)))
    done = await _last(controller.answer(view.session_id, None, (), _request(secret)))
    assert any("Answer to 1" in str(message.content) for message in done.messages or ())
    asked = [message for message in done.messages or () if message.content == "slow one"]
    assert len(asked) == 1


async def test_confirmation_waits_for_a_click(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path)
    done = await _last(controller.answer(view.session_id, Pending("train a model", view.session_id), (), _request(secret)))
    last = (done.messages or [])[-1]
    assert [option["value"] for option in last.options] == ["yes", "no"]
    clicked = await controller.choose(view.session_id, "yes", _request(secret))
    assert clicked.pending == Pending("yes", view.session_id)
    reloaded = await controller.load("", _request(secret))
    assert reloaded is not None
    assert (reloaded.messages or [])[-1].options == last.options


async def test_guess_is_overruled_by_a_click(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path)
    assert view.uploads is not None
    upload = view.uploads[0].upload_id
    await controller.choose(view.session_id, f"read:{upload}:day or month first:month first", _request(secret))
    conversation = await controller.services().open_session(view.session_id, owner_of_secret(secret))
    assert [options.day_first for options in conversation.rereads] == [False]
    with pytest.raises(NotFound, match="no longer"):
        await controller.overrule(view.session_id, "nothing", "sheet", "A", _request(secret))


async def test_unreadable_file_is_said_and_the_next_works(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    (tmp_path / "x").mkdir()
    bad = tmp_path / "x" / "bad.csv"
    bad.write_bytes(b"")
    view = await _last(controller.receive("", "", [str(bad)], _request(secret)))
    assert "That did not work" in str((view.messages or [])[-1].content)
    good = await _last(controller.sample(view.session_id, "us_employment_monthly.csv", "", _request(secret)))
    assert good.uploads is not None
    assert len(good.uploads[0].series) == 6


async def test_sessions_are_renamed_and_deleted(controller: Controller, tmp_path: Path) -> None:
    secret = new_secret()
    view = await _session_with_data(controller, secret, tmp_path, "first")
    renamed = await controller.rename(view.session_id, " Sales of 2020 ", _request(secret))
    assert [session.title for session in renamed.sessions or ()] == ["Sales of 2020"]
    gone = await controller.delete(view.session_id, _request(secret))
    assert (gone.session_id, gone.messages, gone.sessions) == ("", [], [])


async def test_before_the_services_are_open_events_say_so(settings: Settings) -> None:
    from ui.app import Opened

    with pytest.raises(StorageError, match="starting or stopping"):
        await Controller(Opened(), Identity(), dict).load("", _request(new_secret()))
