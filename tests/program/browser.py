"""A browser, where one is installed, and a web that has one page and notes what else is asked of it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")
SILENT = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--hide-scrollbars",
    "--enable-logging=stderr",
)  # fmt: skip
OWN = re.compile(r"(^|\.)(google|googleapis|gstatic|gvt1)\.com(:|/|$)")  # what a browser asks for by itself
ADDRESS = "http://report.test/"


class Web:
    """All the web there is for a browser: one page at ADDRESS; `asked` has whatever else was asked for."""

    def __init__(self) -> None:
        self.page = ""
        self.asked: list[str] = []
        web = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != ADDRESS:
                    web.asked += [self.path] if not OWN.search(self.path.partition("//")[2].partition("/")[0]) else []
                    return self.send_error(404)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(web.page.encode())
                return None

            def do_CONNECT(self) -> None:
                web.asked += [] if OWN.search(self.path) else [self.path]
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)


@contextmanager
def served() -> Iterator[Web]:
    """A web, as long as it is needed."""
    one = Web()
    Thread(target=one.server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()


def browse(web: Web, profile: Path, page: str, *arguments: str) -> tuple[str, list[str]]:
    """What the browser makes of a page, as text; and its complaints."""
    web.page = page
    proxy = f"--proxy-server=http://127.0.0.1:{web.server.server_port}"
    done = subprocess.run(
        [BROWSER, *SILENT, proxy, f"--user-data-dir={profile}", *arguments, "--dump-dom", ADDRESS],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
