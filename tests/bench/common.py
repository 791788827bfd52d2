"""What the measuring scripts share: a daemon of their own, and raw sessions."""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager

REQUEST = (
    b"GET /echo HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CONFIGURATION = """
workers = 1;
listeners = ( { address = "127.0.0.1"; port = 0; } );
keepalive = { ping_interval_ms = 0; };
limits = { max_sessions = %d; };
log = { level = "warn"; };
endpoints = ( { path = "/echo"; module = "echo"; } );
"""


def options(description):
    """A parser with the options that every script has."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    build = os.path.join(top, "build")
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--daemon", default=os.path.join(build, "framed"))
    parser.add_argument("--modules",
                        default=os.path.join(build, "src/modules/.libs"))
    return parser


def listening_port(pid):
    """The port of the only listening socket of the process."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        found = re.match(r"socket:\[(\d+)\]", target)
        if found:
            inodes.add(found.group(1))
    with open(f"/proc/{pid}/net/tcp") as table:
        for line in table.readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                return int(fields[1].split(":")[1], 16)
    return None


def receive(connection, end):
    """Reads up to and including end; returns all of it."""
    data = b""
    while end not in data:
        more = connection.recv(4096)
        if not more:
            raise RuntimeError("the daemon closed the connection")
        data += more
    return data


def open_session(port, source="127.0.0.1"):
    """A connection that has its 101."""
    connection = socket.socket()
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(REQUEST)
    if b" 101 " not in receive(connection, b"\r\n\r\n"):
        raise RuntimeError("the daemon refused the session")
    return connection


@contextmanager
def daemon(arguments, sessions):
    """Runs a daemon with one worker; gives its pid and port."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.conf")
        with open(path, "w") as file:
            file.write(CONFIGURATION % sessions)
        process = subprocess.Popen(
            [arguments.daemon, "-m", arguments.modules, "-f", path])
        port = None
        while port is None and process.poll() is None:
            port = listening_port(process.pid)
        if port is None:
            sys.exit("the daemon did not start")
        try:
            yield process.pid, port
        finally:
            process.terminate()
            status = process.wait()
        if status != 0:
            sys.exit(f"the daemon ended with status {status}")
