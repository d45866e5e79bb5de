"""Run the server by hand: prints its address, and each request as a line of JSON, until interrupted."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from modelserver.server import Asked, ModelServer


class Printing(ModelServer):
    """A server that prints what is asked of it."""

    def note(self, asked: Asked) -> None:
        super().note(asked)
        print(json.dumps(dataclasses.asdict(asked)), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="")
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    with Printing(key=given.key, delay=given.delay, port=given.port) as server:
        print(server.url, file=sys.stderr, flush=True)
        try:
            server.closing.wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
