"""The servers that are compared, and how each is started."""

import glob
import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import Callable, NamedTuple

import common


class Server(NamedTuple):
    name: str
    command: Callable  # of a mode: the command line; None: it has no such mode
    version: Callable  # a short text


def run_text(*command):
    """What a command prints, on one line."""
    return " ".join(subprocess.run(
        command, capture_output=True, text=True, check=False).stdout.split())


def build(arguments, target):
    """A program of this folder, brought up to date."""
    folder = os.path.dirname(os.path.abspath(arguments.daemon))
    subprocess.run(["make", "-s", "-C", folder, f"tests/bench/{target}"],
                   check=True)
    return os.path.join(folder, "tests/bench", target)


def install_packages():
    """Bun and ws, as pinned here. Returns Bun's program: of the packages that
    have it, npm takes the one for this system."""
    pattern = os.path.join(common.HERE, "node_modules/@oven/*/bin/bun")
    if not glob.glob(pattern) or not os.path.isdir(
            os.path.join(common.HERE, "node_modules/ws")):
        subprocess.run(
            ["npm", "ci", "--prefix", common.HERE, "--ignore-scripts",
             "--no-audit", "--no-fund"], check=True, stdout=subprocess.DEVNULL)
    return glob.glob(pattern)[0]


def install_debian(package):
    """Installs a package where that needs no password."""
    installed = "install ok installed" in run_text(
        "dpkg-query", "-W", "-f", "${Status}", package)
    if not installed and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-qq", "-y", package],
                       check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def certificate(folder):
    """A certificate and its key, in one file."""
    path = os.path.join(folder, "server.pem")
    if not os.path.exists(path):
        text = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-keyout", "-"], capture_output=True, text=True,
            check=True).stdout
        with open(path, "w") as file:
            file.write(text)
    return path


def framed(arguments, folder, workers=1):
    common.bring_up_to_date(arguments)

    def command(mode):
        tls = ""
        if mode == "tls":
            tls = f'tls = {{ certificate = "{certificate(folder)}"; }};'
        path = os.path.join(folder, f"bench-{workers}-{mode}.conf")
        with open(path, "w") as file:
            file.write(common.CONFIGURATION % (workers, tls))
        return [arguments.daemon, "-m", arguments.modules, "-f", path]
    return Server(
        "framed", command,
        lambda: run_text(arguments.daemon, "-V").split(" modules")[0])


def floor(arguments):
    program = build(arguments, "floor")
    return Server("floor", lambda mode: [program] if mode == "plain" else None,
                  lambda: "epoll, recv, unmask, send")


def bun(folder):
    program = install_packages()
    script = os.path.join(common.HERE, "peers/bun.mjs")
    return Server("Bun",
                  lambda mode: [program, script, mode, certificate(folder)],
                  lambda: run_text(program, "--version"))


def ws(folder):
    install_packages()
    script = os.path.join(common.HERE, "peers/ws.mjs")
    node = shutil.which("node")
    return Server("ws",
                  lambda mode: [node, script, mode, certificate(folder)],
                  lambda: "8.23.0 on Node.js " + run_text(node, "--version"))


def lws(arguments):
    install_debian("libwebsockets-dev")
    program = build(arguments, "lws")
    # without takeover it would not agree to what is asked for
    return Server("lws",
                  lambda mode: None if mode in ("alone", "tls") else [program],
                  lambda: run_text("pkg-config", "--modversion",
                                   "libwebsockets"))


def other(text, folder):
    """NAME=COMMAND, in which {mode}, {port} and {certificate} stand for these;
    without the last it has no TLS."""
    name, _, command = text.partition("=")

    def words(mode):
        if mode == "tls" and "{certificate}" not in command:
            return None
        return command.format(mode=mode, port=common.free_port(),
                              certificate=certificate(folder)).split()
    return Server(
        name, words,
        lambda: command.split()[0])


def chosen(arguments, folder):
    """The servers that the command line names, framed first."""
    makers = {"floor": lambda: floor(arguments), "Bun": lambda: bun(folder),
              "lws": lambda: lws(arguments), "ws": lambda: ws(folder)}
    names = list(makers) if arguments.peers == "all" else \
        [name for name in arguments.peers.split(",") if name]
    unknown = set(names) - set(makers)
    if unknown:
        raise SystemExit(f"no such peer: {', '.join(sorted(unknown))}")
    return [framed(arguments, folder)] + \
        [makers[name]() for name in names] + \
        [other(text, folder) for text in arguments.server]


@contextmanager
def running(server, mode, cpus):
    """Runs a server on some processors, as taskset lists them; gives its pid
    and port."""
    command = ["taskset", "-c", str(cpus), *server.command(mode)]
    with common.server(command) as found:
        yield found
