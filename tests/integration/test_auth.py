"""Endpoints for those who show a token."""
import base64
import hashlib
import hmac
import json
import pathlib
import tempfile
import time

import daemon
import peer
from case import DaemonCase
from daemon import endpoint

FOLDER = tempfile.TemporaryDirectory(prefix="framed-auth-")
SECRET = "a secret of the tests, long enough"


def write(name, text, mode=0o600):
    path = pathlib.Path(FOLDER.name, name)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


TOKENS = write("tokens", "# who may\n\nfirst-token alice\r\nsecond-token\n")
KEY = write("secret", SECRET + "\n")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(secret=SECRET, header=None, **claims):
    """A JSON Web Token, as others make it."""
    claims = {"exp": time.time() + 60, "aud": "chat", "sub": "bob", **claims}
    text = ".".join(encode(json.dumps(part).encode()) for part in (
        header or {"alg": "HS256", "typ": "JWT"}, claims))
    return text + "." + encode(
        hmac.digest(secret.encode(), text.encode(), hashlib.sha256))


class AuthCase(DaemonCase):
    def ask(self, target, *lines, **changes):
        with self.bare() as one:
            one.send(peer.request(target, extra=lines, **changes))
            return one.response()

    def allowed(self, target, *lines, user=None, code=4000, **changes):
        start = len(self.daemon.lines)
        with self.bare() as one:
            one.send(peer.request(target, extra=lines, **changes))
            answer = one.upgraded()
            one.say(peer.CLOSE, peer.close_payload(code))
            one.closed()
        line = self.daemon.await_line(f".*ended .*code={code}.*", start)
        self.assertEqual(f' user="{user}"' in line.string, user is not None,
                         line.string)
        return answer

    def refused(self, why, target, *lines, error=True, **changes):
        start = len(self.daemon.lines)
        answer = self.ask(target, *lines, **changes)
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.get("WWW-Authenticate"),
                         'Bearer error="invalid_token"' if error
                         else "Bearer")
        self.daemon.await_line(f'not authorized path="[^"]*" why="{why}"',
                               start)


class TokenFile(AuthCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/bearer", auth={"type": "token-file", "file": TOKENS}),
        endpoint("/any", subprotocol="chat", auth={
            "type": "token-file", "file": TOKENS,
            "from": ["bearer", "cookie:id", "query:token", "subprotocol"]}),
        endpoint("/any", auth={
            "type": "token-file", "file": TOKENS, "from": "query:token"}))

    def test_good(self):
        self.allowed("/bearer", "Authorization: Bearer first-token",
                     user="alice")
        self.allowed("/bearer", "Authorization: bearer second-token")

    def test_wrong(self):
        for value in "first", "first-token2", "FIRST-TOKEN", "alice", "#":
            self.refused("token is not listed", "/bearer",
                         f"Authorization: Bearer {value}")

    def test_none(self):
        self.refused("no token", "/bearer", error=False)
        self.refused("no token", "/bearer?token=first-token", error=False)
        self.refused("no token", "/bearer", "Authorization: Basic Zm9v",
                     error=False)

    def test_places(self):
        self.allowed("/any", "Cookie: a=b; id=first-token", user="alice",
                     Sec_WebSocket_Protocol="chat")
        self.allowed("/any?a=b&token=first%2Dtoken", user="alice")
        answer = self.allowed(
            "/any", user="alice",
            Sec_WebSocket_Protocol="chat, bearer.first-token")
        self.assertEqual(answer.get("Sec-WebSocket-Protocol"), "chat")

    def test_tokens_are_not_logged(self):
        self.ask("/bearer", "Authorization: Bearer first-tokem")
        self.allowed("/any?token=second-token",
                     Sec_WebSocket_Protocol="bearer.first-token")
        self.daemon.await_line(r'no subprotocol chosen .*offered="bearer\."')
        for text in "first-token", "first-tokem", "second-token":
            self.assertFalse(self.daemon.count_lines(text), text)


class Jwt(AuthCase):
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/chat", auth={"type": "jwt", "file": KEY, "audience": "chat",
                                "leeway_ms": 1000}))

    def test_good(self):
        self.allowed("/chat", f"Authorization: Bearer {token()}", user="bob")
        self.allowed("/chat", "Authorization: Bearer "
                     + token(aud=["mail", "chat"], nbf=time.time() - 1),
                     user="bob")

    def test_wrong(self):
        now = time.time()
        for why, one in (
                ("token has expired", token(exp=now - 2)),
                ("token is not valid yet", token(nbf=now + 60)),
                ("token is for another audience", token(aud="mail")),
                ("token has another signature", token(SECRET + "x")),
                ("token names another algorithm than HS256",
                 token(header={"alg": "none"})),
                ("token is malformed", "abc")):
            self.refused(why, "/chat", f"Authorization: Bearer {one}")
        unsigned = token(header={"alg": "none"}).rpartition(".")[0] + "."
        self.refused("token has another signature", "/chat",
                     f"Authorization: Bearer {unsigned}")

    def test_name_is_escaped(self):
        self.allowed("/chat", "Authorization: Bearer " + token(sub='a"\n'),
                     user=r"a\\x22\\x0a".replace("\\\\", "\\"))


class Chosen(AuthCase):
    """Modules decide too, and a token is still no subprotocol."""
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "parts"),
        endpoint("/gate", "gate", auth={
            "type": "token-file", "file": TOKENS, "from": "subprotocol"}))

    def test_tokens_are_not_chosen(self):
        answer = self.ask("/gate?choose=bearer.first-token",
                          Sec_WebSocket_Protocol="bearer.first-token, chat")
        self.assertEqual(answer.status, 400)
        self.assertIsNone(answer.get("Sec-WebSocket-Protocol"))
        answer = self.ask("/gate?choose=chat",
                          Sec_WebSocket_Protocol="bearer.first-token, chat")
        self.assertEqual(answer.status, 101)
        self.assertEqual(answer.get("Sec-WebSocket-Protocol"), "chat")


class Order(AuthCase):
    """Origin, token, number of sessions."""
    configuration = daemon.configuration(
        endpoint("/echo"),
        endpoint("/one", limits={"max_sessions": 1}, auth={
            "type": "token-file", "file": TOKENS}))
    good = "Authorization: Bearer first-token"
    foreign = "Origin: https://elsewhere.example"

    def test_order(self):
        self.assertEqual(self.ask("/one", self.foreign).status, 403)
        for _ in range(3):
            self.refused("no token", "/one", error=False)
        # who was refused has no place; who has one keeps strangers ignorant
        with self.bare() as one:
            one.send(peer.request("/one", extra=[self.good]))
            one.upgraded()
            self.assertEqual(self.ask("/one", self.good).status, 503)
            self.refused("no token", "/one", error=False)
            self.assertEqual(
                self.ask("/one", self.good, self.foreign).status, 403)


class User(AuthCase):
    modules = daemon.TEST_MODULES
    configuration = daemon.configuration(
        endpoint("/echo", "parts"),
        endpoint("/facts", "facts",
                 auth={"type": "token-file", "file": TOKENS}))

    def test_modules_know_the_user(self):
        for value, user in ("first-token", b"alice"), ("second-token", b"-"):
            with self.bare() as one:
                one.send(peer.request("/facts", extra=[
                    f"Authorization: Bearer {value}"]))
                one.upgraded()
                one.say(peer.TEXT, "0")
                self.assertEqual(one.frame().payload, user)


class Files(DaemonCase):
    """What is wrong with them is said before anything is served."""

    def complaint(self, **auth):
        done = daemon.run("-t", text=daemon.configuration(
            endpoint("/echo", auth=auth)))
        self.assertEqual(done.returncode, 78)
        return done.stderr

    def test_missing(self):
        self.assertIn('auth: file "/none": No such file',
                      self.complaint(type="jwt", file="/none"))

    def test_short_secret(self):
        self.assertIn("32 bytes at least", self.complaint(
            type="jwt", file=write("short", "x" * 31 + "\n")))

    def test_no_tokens(self):
        self.assertIn("no tokens", self.complaint(
            type="token-file", file=write("empty", "# nobody\n")))

    def test_too_large(self):
        self.assertIn("File too large", self.complaint(
            type="token-file", file=write("large", "x" * (2 << 20))))

    def test_options(self):
        self.assertIn("go together", self.complaint(type="jwt"))
        self.assertIn("go together", self.complaint(file=TOKENS))
        self.assertIn('for "jwt" only', self.complaint(
            type="token-file", file=TOKENS, audience="x"))
        self.assertIn("must hold", self.complaint(
            **{"type": "jwt", "file": KEY, "from": "header:x"}))

    def test_readable_by_everybody(self):
        done = daemon.run("-t", text=daemon.configuration(
            endpoint("/echo", auth={"type": "jwt", "file": write(
                "open", SECRET, 0o644)})))
        self.assertEqual(done.returncode, 0)
        self.assertIn("everybody may read secrets", done.stderr)


if __name__ == "__main__":
    import unittest
    unittest.main()
