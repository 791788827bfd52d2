"""A browser as the client: chromium without a window."""
import json
import unittest

import browser
import certificates
import daemon
from case import DaemonCase
from daemon import endpoint

def page(path, module="echo", **more):
    """An endpoint for pages from elsewhere, such as that below."""
    return endpoint(path, module, origins=["*"], **more)


PAGE = """<!DOCTYPE html>
<title>framed</title>
<script>
const ports = %s;
const facts = {};

function open(path, protocols = [], port = ports.daemon) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(
            `${ports.scheme}://${ports.host}:${port}${path}`, protocols);
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

// 100 messages that begin with the same 2000 digits.
async function compress(path, port) {
    const socket = await open(path, [], port);
    let common = '';
    for (let i = 0, x = 1; i < 2000; i++) {
        x = (x * 48271) %% 2147483647;
        common += (x >> 8 & 15).toString(16);
    }
    let same = 0;
    for (let i = 0; i < 100; i++)
        same += await answer(socket, common + i) === common + i;
    await closed(socket, 1000);
    return [socket.extensions, same];
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

    facts.alone = await compress('/alone', ports.alone);
    facts.together = await compress('/together', ports.together);

    const big = await open('/small');
    big.send('x'.repeat(1001));
    facts.tooBig = (await closed(big))[0];
    facts.refused = await open('/nowhere').catch((error) => error.message);
    facts.foreign = await open('/own').catch((error) => error.message);
}

talk().catch((error) => { facts.error = String(error); }).finally(() =>
    fetch('/facts', {method: 'POST', body: JSON.stringify(facts)}));
</script>
"""


@unittest.skipUnless(browser.CHROMIUM, "chromium is not here")
class Chromium(DaemonCase):
    configuration = daemon.configuration(
        page("/echo"),
        endpoint("/own"),
        page("/echo", subprotocol="chat", deflate={"enabled": False}),
        page("/alone"),
        page("/together", deflate={
            "server_takeover": True, "client_takeover": True}),
        page("/all", "broadcast"),
        page("/small", limits={"max_message_bytes": 1000}))

    scheme, host, authority = "ws", "127.0.0.1", None

    def test_page(self):
        alone, together = self.relay(), self.relay()
        ports = {"scheme": self.scheme, "host": self.host,
                 "daemon": self.port, "alone": alone.port,
                 "together": together.port}
        facts = browser.visit(self, PAGE % json.dumps(ports),
                              authority=self.authority)
        self.assertEqual(facts, {
            "protocol": "chat",
            "extensions": "",
            "text": "Grüße \U0001d11e",
            "binary": True,
            "closed": [4001, "enough", True],
            "own": "to all",
            "broadcast": "to all",
            "alone": ["permessage-deflate; server_no_context_takeover; "
                      "client_no_context_takeover", 100],
            "together": ["permessage-deflate", 100],
            "tooBig": 1009,
            "refused": "cannot open /nowhere",
            "foreign": "cannot open /own",
        })
        self.check_shrunk(alone, 100 * 2000, 0.4, 0.7)
        self.check_shrunk(together, 100 * 2000, 0, 0.15)
        self.daemon.await_line('ended reason=peer-closed by=peer code=4001 '
                               'text="enough"')


@unittest.skipUnless(browser.CERTUTIL, "certutil is not here")
class Secured(Chromium):
    """The same over TLS, with an authority that the browser was told of."""
    configuration = Chromium.configuration.replace(
        "port = 0;", "port = 0; tls = { certificate = \""
        + certificates.server() + "\"; };", 1)
    scheme, host = "wss", "localhost"

    @classmethod
    def setUpClass(cls):
        cls.authority = certificates.authority().file
        cls.tls = certificates.authority().client()
        super().setUpClass()
