"""A browser, and a site that gives it a page and takes what that found."""
import contextlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading

import peer
from daemon import DEADLINE

CHROMIUM = shutil.which("chromium", path="/usr/bin")
CERTUTIL = shutil.which("certutil", path="/usr/bin")


class Site(http.server.BaseHTTPRequestHandler):
    """Gives the page and takes its facts."""

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(self.server.page.encode())

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.facts = json.loads(self.rfile.read(length))
        # the browser, which has nothing more to say, may be gone already
        self.server.is_done.set()
        with contextlib.suppress(ConnectionError):
            self.answer(b"")

    def log_message(self, *_):
        pass


def serve(case, page):
    """A site that lasts as long as the test: its server_port is where, and
    when is_done is set, it has facts."""
    site = http.server.ThreadingHTTPServer((peer.HOST, 0), Site)
    case.addCleanup(site.server_close)
    site.page, site.is_done = page, threading.Event()
    threading.Thread(target=site.serve_forever, daemon=True).start()
    case.addCleanup(site.shutdown)
    return site


def trust(home, authority):
    """Has a browser with this home believe the authority."""
    store = os.path.join(home, ".pki", "nssdb")
    os.makedirs(store)
    for arguments in (["-N", "--empty-password"],
                      ["-A", "-n", "tests", "-t", "C,,", "-i", authority]):
        subprocess.run([CERTUTIL, "-d", "sql:" + store, *arguments],
                       check=True, capture_output=True, timeout=DEADLINE)


def visit(case, page, url=None, authority=None):
    """Shows a page to a browser; url gives its address for the port of the site.
    Returns what the page sent to /facts."""
    site = serve(case, page)
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    case.addCleanup(profile.cleanup)
    if authority is not None:
        trust(profile.name, authority)
    browser = subprocess.Popen([
        "setpriv", "--pdeathsig", "KILL", CHROMIUM, "--headless",
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-dev-shm-usage",
        f"--user-data-dir={profile.name}",
        url(site.server_port) if url else
        f"http://{peer.HOST}:{site.server_port}/"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "HOME": profile.name})
    try:
        case.assertTrue(site.is_done.wait(DEADLINE), "no word from it")
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait(DEADLINE)
    return site.facts
