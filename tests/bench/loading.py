"""Runs framed-bench."""

import json
import os
import resource
import subprocess

import common


def options(description):
    """A parser with the options that measurements under load have."""
    parser = common.options(description)
    parser.add_argument("--bench", default=None,
                        help="the framed-bench to load with")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--load-cpu", type=int, default=1)
    return parser


def program(arguments):
    return arguments.bench or os.path.join(
        os.path.dirname(os.path.abspath(arguments.daemon)), "framed-bench")


def load(arguments, words, url, pid, pin=True):
    """One run; words are its options and, last, its mode. Returns what it
    says."""
    command = [program(arguments), "-j", "-p", str(pid)]
    if pin:
        command += ["-a", str(arguments.load_cpu)]
    command += [*words, url]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n"
                         + done.stdout)
    return json.loads(done.stdout)


def raise_limits():
    """Descriptors for servers and load, as many as may be. Returns that."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
