"""What is measured: one row of the table each."""

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    load: str  # options and mode of framed-bench
    messages: int  # of a round
    path: str = "/echo"
    mode: str = "plain"  # what servers are told: plain, alone, takeover, tls
    key: str = "server_us"  # of the JSON, and the smaller the better
    unit: str = "us/message"


DELIVERY = "us/delivery"
CONNECTION = "us/connection"
MEMBERS = "-c 1000 -b 128"

CASES = (
    Case("64 B", "echo", 30000),
    Case("64 B, 500 connections", "-c 500 echo", 30000),
    Case("64 B, depth 16", "-d 16 echo", 300000),
    Case("1 KiB, depth 16", "-d 16 -b 1024 echo", 200000),
    Case("16 KiB", "-b 16384 echo", 12000),
    Case("64 KiB ASCII text", "-b 65536 -k ascii echo", 3000),
    Case("64 KiB UTF-8 text", "-b 65536 -k utf8 echo", 3000),
    Case("1 MiB, 8 connections", "-c 8 -b 1048576 echo", 240),
    Case("deflate 1 KiB JSON", "-b 1024 -k json -z alone echo", 6000,
         mode="alone"),
    Case("deflate 1 KiB JSON, takeover", "-b 1024 -k json -z takeover echo",
         4000, path="/takeover", mode="takeover"),
    Case("broadcast 128 B to 1000", f"{MEMBERS} broadcast", 60,
         path="/broadcast", unit=DELIVERY),
    Case("broadcast 128 B to 1000, 8 publishers",
         f"{MEMBERS} -P 8 broadcast", 480, path="/broadcast", unit=DELIVERY),
    Case("connect, upgrade, close", "connect", 2000, unit=CONNECTION),
    Case("64 B, TLS", "echo", 30000, mode="tls"),
    Case("16 KiB, TLS", "-b 16384 echo", 8000, mode="tls"),
    Case("connect, upgrade, close, TLS", "-c 20 connect", 1000, mode="tls",
         unit=CONNECTION),
)

# Memory: of a server that has done nothing before, hence once.
IDLE = (
    Case("idle session", "idle", 0, key="rss_per_connection", unit="bytes"),
    Case("idle session, TLS", "idle", 0, key="rss_per_connection",
         unit="bytes", mode="tls"),
)
IDLE_MAX = 19000  # sessions, if there are descriptors for them

# Latency at a rate that every server can follow.
LATENCY = Case("64 B, 5000 messages a second", "-r 5000 echo", 5000,
               key="latency_us", unit="us")
