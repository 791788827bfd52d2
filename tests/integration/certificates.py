"""An authority of the tests' own, and certificates of it."""
import atexit
import functools
import os
import shutil
import ssl
import subprocess
import tempfile

import daemon


class Authority:
    """Makes certificates, with keys in the same file, in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="framed-ca-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.path("ca.pem")
        self._openssl("req", "-x509", "-out", self.file, "-subj",
                      "/CN=Test authority", *self._new_key("ca.key"))

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=daemon.DEADLINE)

    def _new_key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-keyout", self.path(name)]

    def issue(self, name, names=None, days=2):
        """A certificate for the common name, and the names that clients go by:
        "DNS:localhost,IP:127.0.0.1". Returns its file."""
        file = self.path(name + ".pem")
        wish = self.path(name + ".csr")
        extensions = self.path(name + ".ext")
        with open(extensions, "w") as out:
            out.write("basicConstraints = CA:FALSE\n")
            if names is not None:
                out.write(f"subjectAltName = {names}\n")
        self._openssl("req", "-out", wish, "-subj", f"/CN={name}",
                      *self._new_key(name + ".key"))
        self._openssl("x509", "-req", "-in", wish, "-CA", self.file, "-CAkey",
                      self.path("ca.key"), "-CAcreateserial", "-out", file,
                      "-days", str(days), "-extfile", extensions)
        with open(file, "a") as out, \
                open(self.path(name + ".key")) as key:
            out.write(key.read())
        return file

    def client(self, version=None, certificate=None):
        """A client's context, which believes this authority only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.file)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


@functools.lru_cache(None)
def authority():
    """The one of this process; its server's certificate is server()'s."""
    return Authority()


@functools.lru_cache(None)
def server():
    return authority().issue("localhost", "DNS:localhost,IP:127.0.0.1")


@functools.lru_cache(None)
def other():
    return authority().issue("other", "DNS:other.example")


@functools.lru_cache(None)
def user():
    return authority().issue("alice")
