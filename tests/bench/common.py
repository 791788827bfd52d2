"""What the measuring scripts share: a daemon of their own, and raw sessions."""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.normpath(os.path.join(HERE, "..", "..", "build"))
REQUEST = (
    b"GET /echo HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
CONFIGURATION = """
workers = 1;
listeners = ( { address = "127.0.0.1"; port = 0; } );
keepalive = { ping_interval_ms = 0; };
limits = { max_sessions = %d; };
log = { level = "warn"; };
endpoints = (
	{ path = "/echo"; module = "echo"; },
	{
		path = "/takeover";
		module = "echo";
		deflate = { server_takeover = true; client_takeover = true; };
	}
);
"""


def options(description):
    """A parser with the options that every script has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--daemon", default=os.path.join(BUILD, "framed"))
    parser.add_argument("--modules",
                        default=os.path.join(BUILD, "src/modules/.libs"))
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


def open_session(port, source="127.0.0.1", lines=b""):
    """A connection that has its 101; lines are further headers."""
    connection = socket.socket()
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(REQUEST + lines + b"\r\n")
    answer = receive(connection, b"\r\n\r\n")
    if b" 101 " not in answer:
        raise RuntimeError("the daemon refused the session")
    if lines and lines.split(b":")[0] not in answer:
        raise RuntimeError("the daemon did not agree")
    return connection


def resident_bytes(pid):
    """What the process holds in memory."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no Rss in smaps_rollup")


@contextmanager
def server(command):
    """Runs a server that listens at one port; gives its pid and port."""
    process = subprocess.Popen(command)
    port = None
    while port is None and process.poll() is None:
        port = listening_port(process.pid)
    if port is None:
        sys.exit(f"{command[0]} did not start")
    try:
        yield process.pid, port
    finally:
        process.terminate()
        status = process.wait()
    if status not in (0, -signal.SIGTERM):
        sys.exit(f"{command[0]} ended with status {status}")


@contextmanager
def daemon(arguments, sessions, prefix=()):
    """Runs a daemon with one worker; gives its pid and port."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.conf")
        with open(path, "w") as file:
            file.write(CONFIGURATION % sessions)
        with server([*prefix, arguments.daemon, "-m", arguments.modules,
                     "-f", path]) as running:
            yield running
