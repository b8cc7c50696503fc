"""A real server and a real browser for tests and screenshots: the product as its user meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SERVE = """
import sys
from pathlib import Path
from assistant.settings import load_settings
from ui.server import serve
serve(load_settings(home=Path(sys.argv[1]), port=0), announce=lambda address: print(address, flush=True))
"""


@contextmanager
def running_server(home: Path) -> Iterator[str]:
    """The address of a server of its own process, which is stopped at the end. Errors: RuntimeError where it does not start."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", _SERVE, str(home)]
    log = home.with_suffix(".log")
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def foreign_hosts(urls: list[str], address: str) -> set[str]:
    """The hosts among requested addresses that are not the server's own."""
    own = urlsplit(address).netloc
    return {urlsplit(url).netloc for url in urls if url.startswith("http") and urlsplit(url).netloc != own}
