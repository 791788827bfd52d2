"""A browser as the client: chromium without a window."""
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import daemon
import peer
from case import DaemonCase
from daemon import DEADLINE, endpoint

CHROMIUM = shutil.which("chromium", path="/usr/bin")
PAGE = """<!DOCTYPE html>
<title>framed</title>
<script>
const base = 'ws://127.0.0.1:%d';
const facts = {};

function open(path, protocols = []) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(base + path, protocols);
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => resolve(socket);
        socket.onerror = () => reject(new Error('cannot open ' + path));
    });
}

function answer(socket, data) {
    return new Promise((resolve, reject) => {
        socket.onmessage = (event) => resolve(event.data);
        socket.onclose = () => reject(new Error('closed'));
        if (data !== undefined)
            socket.send(data);
    });
}

function closed(socket, ...how) {
    return new Promise((resolve) => {
        socket.onclose = (event) =>
            resolve([event.code, event.reason, event.wasClean]);
        if (how.length)
            socket.close(...how);
    });
}

async function talk() {
    const socket = await open('/echo', ['other', 'chat']);
    facts.protocol = socket.protocol;
    facts.extensions = socket.extensions;
    facts.text = await answer(socket, 'Grüße \\u{1d11e}');
    const sent = Uint8Array.from({length: 100000}, (_, i) => i * 7);
    const got = new Uint8Array(await answer(socket, sent));
    facts.binary = got.length === sent.length &&
        got.every((byte, i) => byte === sent[i]);
    facts.closed = await closed(socket, 4001, 'enough');

    const [one, other] = [await open('/all'), await open('/all')];
    const waiting = answer(other);
    facts.own = await answer(one, 'to all');
    facts.broadcast = await waiting;

    const big = await open('/small');
    big.send('x'.repeat(1001));
    facts.tooBig = (await closed(big))[0];
    facts.refused = await open('/nowhere').catch((error) => error.message);
}

talk().catch((error) => { facts.error = String(error); }).finally(() =>
    fetch('/facts', {method: 'POST', body: JSON.stringify(facts)}));
</script>
"""


class Site(http.server.BaseHTTPRequestHandler):
    """Gives the page and takes its facts."""

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer((PAGE % self.server.daemon_port).encode())

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.facts = json.loads(self.rfile.read(length))
        self.answer(b"")
        self.server.is_done.set()

    def log_message(self, *_):
        pass


@unittest.skipUnless(CHROMIUM, "chromium is not here")
class Chromium(DaemonCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/echo", subprotocol="chat"),
        endpoint("/all", "broadcast"),
        endpoint("/small", limits={"max_message_bytes": 1000}))

    def browse(self):
        """Shows the page to a browser. Returns what the page found."""
        site = http.server.ThreadingHTTPServer((peer.HOST, 0), Site)
        self.addCleanup(site.server_close)
        site.daemon_port, site.is_done = self.port, threading.Event()
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.shutdown)
        profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(profile.cleanup)
        browser = subprocess.Popen([
            "setpriv", "--pdeathsig", "KILL", CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage",
            f"--user-data-dir={profile.name}",
            f"http://{peer.HOST}:{site.server_port}/"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.assertTrue(site.is_done.wait(DEADLINE), "no word from it")
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait(DEADLINE)
        return site.facts

    def test_page(self):
        self.assertEqual(self.browse(), {
            "protocol": "chat",
            "extensions": "",
            "text": "Grüße \U0001d11e",
            "binary": True,
            "closed": [4001, "enough", True],
            "own": "to all",
            "broadcast": "to all",
            "tooBig": 1009,
            "refused": "cannot open /nowhere",
        })
        self.daemon.await_line('ended reason=peer-closed by=peer code=4001 '
                               'text="enough"')
