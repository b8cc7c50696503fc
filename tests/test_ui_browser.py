"""The page in a real browser: upload, ask, see the plot, follow up, come back; and nobody sees another's data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import CHROMIUM, SWITCHES, foreign_hosts, running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
WAIT = 30_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("web") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield opened
        opened.close()


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    rows = [f"2020-{month:02d}-01,{100 + 10 * month},{5 * month}" for month in range(1, 13)]
    rows += [f"2021-{month:02d}-01,{220 + 10 * month},{60 + 5 * month}" for month in range(1, 13)]
    path.write_text("month,apples,pears\n" + "\n".join(rows) + "\n")
    return path


def _open(context: BrowserContext, address: str, seen: list[str] | None = None, errors: list[str] | None = None) -> Page:
    page = context.new_page()
    if seen is not None:
        page.on("request", lambda request: seen.append(request.url))
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.get_by_text("Ask your time series").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(1_500)  # gradio shows its buttons a moment before it listens to them
    return page


def _ask(page: Page, question: str) -> None:
    from playwright.sync_api import TimeoutError as Late

    box = page.locator("#question textarea")
    asked = page.locator("#chat").get_by_text(question, exact=True).last
    # An event that is just ending empties the box, and what was typed in that moment is typed again, as a person would.
    for _ in range(4):
        page.locator("#question").get_by_label("Submit").wait_for(timeout=WAIT)
        box.fill(question)
        box.press("Enter")
        try:
            asked.wait_for(timeout=WAIT // 3)
            break
        except Late:
            continue
    asked.wait_for(timeout=WAIT // 3)
    page.locator("#question").get_by_label("Submit").wait_for(timeout=WAIT)


def _upload(page: Page, path: Path, shown: str = "apples") -> None:
    page.locator("#question input[type=file]").set_input_files(str(path))
    page.get_by_label("File thumbnail").first.wait_for(timeout=WAIT)
    page.locator("#question textarea").press("Enter")
    page.locator("#series-table").get_by_text(shown).first.wait_for(timeout=WAIT)
    page.locator("#question").get_by_label("Submit").wait_for(timeout=WAIT)


def _choose(page: Page, label: str) -> None:
    """Click one of the buttons at the end of the chat."""
    page.locator("#chat").get_by_role("button", name=label, exact=True).last.click(timeout=WAIT)


def test_upload_ask_plot_follow_up_and_reload(browser: Browser, address: str, sales: Path) -> None:
    seen: list[str] = []
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = _open(context, address, seen, errors)
    cookie: Any = context.cookies()[0]
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Lax"
    _upload(page, sales)
    _ask(page, "Forecast apples for the next 6 months")
    plots = page.locator("#chat .js-plotly-plot")
    plots.first.wait_for(timeout=WAIT)
    assert "Line plot of the recent past of apples and its forecast for 6 steps" in page.locator("#chat").inner_text()
    before = page.locator("#chat .user-row").count()
    _ask(page, "and pears?")
    assert page.locator("#chat .user-row").count() == before + 1
    page.reload()
    page.locator("#chat").get_by_text("and pears?", exact=True).wait_for(timeout=WAIT)
    page.locator("#chat").get_by_text("Forecast apples for the next 6 months", exact=True).wait_for(timeout=WAIT)
    plots.first.wait_for(timeout=WAIT)
    page.locator("#series-table").get_by_text("pears").wait_for(timeout=WAIT)
    with page.expect_download() as download:
        page.get_by_role("link", name="forecast, CSV").first.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 7
    assert "2022-01-01" in lines[1]
    assert foreign_hosts(seen, address) == set()
    assert errors == []
    context.close()


def test_two_browsers_are_two_users(browser: Browser, address: str, sales: Path) -> None:
    first, second = browser.new_context(), browser.new_context()
    mine = _open(first, address)
    _upload(mine, sales)
    mine.wait_for_url("**/?session=*")
    mine.get_by_role("link", name="Save as a Python script").wait_for(timeout=WAIT)
    script = f"{address}/download/{mine.url.split('session=')[1]}/script.zip"
    assert first.request.get(script).status == 200
    theirs = _open(second, mine.url)
    theirs.wait_for_timeout(500)
    assert "apples" not in theirs.locator("body").inner_text()
    assert theirs.locator("#sessions label").count() == 0
    assert second.request.get(script).status == 404
    first.close()
    second.close()


def test_example_question_works_with_one_click(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 800}, color_scheme="dark")
    page = _open(context, address)
    page.locator("#chat").get_by_text("What is unusual in requests?").click()
    page.locator("#chat .js-plotly-plot").first.wait_for(timeout=WAIT)
    page.locator("#question").get_by_label("Submit").wait_for(timeout=WAIT)
    assert "5 July 2025, 20:00" in page.locator("#chat").inner_text()
    ground = page.locator("#chat .js-plotly-plot .main-svg").first.evaluate("node => node.style.background")
    assert ground.replace(" ", "") in {"rgba(0,0,0,0)", "transparent", ""}
    context.close()


def test_ambiguous_dates_are_settled_by_a_click(browser: Browser, address: str, tmp_path: Path) -> None:
    path = tmp_path / "ambiguous.csv"
    days = [(month, day) for month in range(1, 13) for day in (1, 2, 3, 5, 8, 12)]
    path.write_text("date,visitors\n" + "".join(f"{day:02d}/{month:02d}/2020,{100 * month + day}\n" for month, day in days))
    context = browser.new_context()
    page = _open(context, address)
    _upload(page, path, "visitors")
    _choose(page, "day first")
    page.locator("#chat").get_by_text("is now day first").wait_for(timeout=WAIT)
    _ask(page, "When was visitors highest?")
    page.locator("#chat").get_by_text("12 December 2020").first.wait_for(timeout=WAIT)
    # Read month first, the same cell would have been another day; day first, its value is the largest of the file.
    assert "1,212, on 12 December 2020" in page.locator("#chat").inner_text()
    context.close()


def test_training_waits_for_a_yes(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = _open(context, address)
    page.get_by_role("button", name="Gestures").click()
    page.locator("#chat").get_by_text("How it was read is in the data panel").wait_for(timeout=WAIT)
    _ask(page, "Train a classifier")
    _choose(page, "yes")
    page.locator("#chat").get_by_text("I trained").wait_for(timeout=WAIT)
    assert "120 cases in 4 classes" in page.locator("#chat").inner_text()
    context.close()


def test_refusal_leads_by_a_button_to_a_series_taken_apart(browser: Browser, address: str, sales: Path) -> None:
    context = browser.new_context()
    page = _open(context, address)
    _upload(page, sales)
    _ask(page, "Describe bananas")
    buttons = page.locator("#chat").get_by_role("button").filter(has_text="Describe")
    words = buttons.last.inner_text(timeout=WAIT).strip()
    buttons.last.click()
    page.locator("#chat").get_by_text("taken apart").first.wait_for(timeout=WAIT)
    names = page.locator("#chat .js-plotly-plot").last.locator(".annotation-text").all_text_contents()
    assert {"trend", "remainder"} <= set(names)
    assert page.locator("#chat .user-row").last.inner_text().strip() == words
    context.close()
