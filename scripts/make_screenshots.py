"""python -m scripts.make_screenshots [--out DIR]
python -m scripts.make_screenshots --schemes light

Photograph the web page with the sample data, in light and dark, wide and narrow, for the README. Needs playwright and chromium.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.browser import CHROMIUM, SWITCHES, running_server

OUT = Path(__file__).parent / "results" / "screenshots"
WAIT_MS = 60_000
# The page shows its buttons a moment before it listens to them.
LISTENING_MS = 1_500
LARGEST_BYTES = 200_000
SIZES = {"wide": (1280, 1060), "narrow": (420, 1060)}
EXAMPLES = {
    "forecast": "Forecast Construction for the next 12 months",
    "anomalies": "What is unusual in requests?",
    "description": "Describe co2_ppm: trend, seasonality and change points",
}


def main() -> None:
    """Write one picture for each example, colour scheme and width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--schemes", nargs="+", default=["light", "dark"], choices=["light", "dark"])
    arguments = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit("Expected chromium on the PATH, found none. Install it (apt-get install chromium) and run again.")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "home") as address:
        photograph(address, arguments.out, arguments.schemes)


def photograph(address: str, out: Path, schemes: list[str]) -> None:
    """Take the pictures of a running server. Errors: RuntimeError for a picture that is too large to commit."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        for scheme in schemes:
            for size, (width, height) in SIZES.items():
                for name, question in EXAMPLES.items():
                    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                    page = context.new_page()
                    page.goto(address)
                    page.wait_for_timeout(LISTENING_MS)
                    page.locator("#chat").get_by_text(question).first.click(timeout=WAIT_MS)
                    plot = page.locator("#chat .js-plotly-plot").first
                    plot.wait_for(timeout=WAIT_MS)
                    page.locator("#question").get_by_label("Submit").wait_for(timeout=WAIT_MS)
                    page.wait_for_timeout(800)
                    page.locator("#chat .user-row").last.evaluate("row => row.scrollIntoView()")
                    page.mouse.move(5, 5)
                    page.wait_for_timeout(700)
                    path = out / f"{name}-{size}-{scheme}.png"
                    page.screenshot(path=str(path))
                    if path.stat().st_size > LARGEST_BYTES:
                        raise RuntimeError(
                            f"Expected a picture of at most {LARGEST_BYTES:,} bytes, found {path.stat().st_size:,} in {path}."
                        )
                    print(path, f"{path.stat().st_size:,} bytes")
                    context.close()
        browser.close()


if __name__ == "__main__":
    main()
