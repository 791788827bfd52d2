"""What the measuring scripts share: a daemon of their own, and raw sessions."""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
BUILD = os.path.join(TOP, "build")
OWN_DAEMON = os.path.join(BUILD, "framed")
START_SECONDS = 10
CONFIGURATION = """
workers = %d;
listeners = ( { address = "127.0.0.1"; port = 0; %s } );
keepalive = { ping_interval_ms = 0; };
limits = {
	max_sessions = 30000;
	max_message_bytes = 33554432;
	max_frame_bytes = 33554432;
	queue_bytes = 33554432;
};
log = { level = "warn"; };
endpoints = (
	{ path = "/echo"; module = "echo"; },
	{
		path = "/takeover";
		module = "echo";
		deflate = { server_takeover = true; client_takeover = true; };
	},
	{ path = "/broadcast"; module = "broadcast"; }
);
"""


def options(description):
    """A parser with the options that every script has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--daemon", default=OWN_DAEMON)
    parser.add_argument("--modules",
                        default=os.path.join(BUILD, "src/modules/.libs"))
    return parser


def bring_up_to_date(arguments):
    """Builds the daemon and the load, unless others are to be measured."""
    if arguments.daemon == OWN_DAEMON:
        subprocess.run([os.path.join(TOP, "scripts/run"), "-V"], check=True,
                       stdout=subprocess.DEVNULL)


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


def free_port():
    """One that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(command):
    """Runs a server that listens at one port; gives its pid and port."""
    process = subprocess.Popen(command)
    port, deadline = None, time.monotonic() + START_SECONDS
    try:
        while port is None and process.poll() is None:
            port = listening_port(process.pid)
            if time.monotonic() > deadline:
                break
        if port is None:
            sys.exit(f"{' '.join(command)} does not listen at 127.0.0.1")
        yield process.pid, port
    finally:
        process.terminate()
        status = process.wait()
    if status not in (0, -signal.SIGTERM):
        sys.exit(f"{command[0]} ended with status {status}")
