"""The command `fake-aliyun`."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Sequence

from fake_aliyun.cloud import Cloud
from fake_aliyun.server import Server
from fake_aliyun.settings import PROFILES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fake-aliyun", description="A fake Alibaba Cloud: ECS, BSS and STS over HTTP."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("coverage", help="print what is served, as Markdown")
    serve = commands.add_parser("serve", help="serve until SIGTERM")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="port to listen at; 0 takes a free one (default)")
    serve.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="time that every request takes"
    )
    serve.add_argument("--profile", choices=list(PROFILES), default="realistic", help="how long states last")
    serve.add_argument(
        "--seed", type=int, default=None, help="seed of ids and random faults (default: random)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "coverage":
        from fake_aliyun.coverage import markdown

        print(markdown(), end="")
        return 0
    try:
        cloud = Cloud(seed=chosen.seed, latency=chosen.latency, profile=chosen.profile)
        server = Server(cloud, chosen.host, chosen.port)
    except (OSError, ValueError, OverflowError) as error:
        print(f"fake-aliyun: cannot serve at {chosen.host}:{chosen.port}: {error}", file=sys.stderr)
        return 2
    # Blocked before the server's threads start, so that only this one gets them.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    # What is there now stays; with many resources, frequent collections would only look through them in vain.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    server.start()
    print(f"fake-aliyun ready at {server.url}", flush=True)
    signal.sigwait(ends)
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
