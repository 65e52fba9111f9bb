"""How fast the embedded Confluence answers, how soon it starts, and what it weighs. Prints JSON.

    python benchmarks/emulator_speed.py [--pages 100000] [--seconds 3]

The server runs in a process of its own; the load comes from this one over keep-alive connections with pipelined requests, so
that on a machine of two cores the client is not what is measured.
"""

import argparse
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request

import psutil

LIST = "/wiki/api/v2/pages?limit=25"
BODIES = "/wiki/api/v2/pages?limit=250&body-format=storage"
CQL = "/wiki/rest/api/content/search?cql=type=page%20order%20by%20created&limit=200&expand=metadata.labels,restrictions.read.restrictions.user"
AUTHORIZATION = "Authorization: Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="


def measure(server: psutil.Process, port: int, target: str, seconds: float, depth: int = 16) -> dict[str, float]:
    """Answers per second on one connection with `depth` requests under way, and per second of the server's processor time.

    The second figure is what one core gives; it does not fall when the machine is busy with something else.
    """
    before = sum(server.cpu_times()[:2])
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request * depth)
        buffer, answers, stop = b"", 0, time.perf_counter() + seconds
        start = time.perf_counter()
        while time.perf_counter() < stop:
            buffer += connection.recv(1 << 20)
            while (end := buffer.find(b"\r\n\r\n")) >= 0:
                head = buffer[:end]
                assert head.startswith(b"HTTP/1.1 200"), head
                length = int(re.search(rb"Content-Length: (\d+)", head)[1])
                if len(buffer) < end + 4 + length:
                    break
                buffer = buffer[end + 4 + length :]
                answers += 1
                connection.sendall(request)
        took = time.perf_counter() - start
        used = sum(server.cpu_times()[:2]) - before
        return {"per_second": round(answers / took, 1), "per_cpu_second": round(answers / used, 1)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    arguments = parser.parse_args()
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "confluence_assets.emulator",
        "--spaces",
        "10",
        "--pages-per-space",
        str(arguments.pages // 10),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r":(\d+)", process.stdout.readline())[1])
        up = time.perf_counter() - started
        usage = psutil.Process(process.pid)
        first = usage.memory_info().rss
        found = {
            "pages": arguments.pages,
            "start_seconds": round(up, 2),
            "memory_mb_at_start": round(first / 1e6),
            "list_25": measure(usage, port, LIST, arguments.seconds),
            "list_250_bodies": measure(usage, port, BODIES, arguments.seconds, 4),
            "cql_200_expanded": measure(usage, port, CQL, arguments.seconds, 2),
        }
        cursor = LIST.replace("limit=25", "limit=250") + "&body-format=storage"
        walked, begun = 0, time.perf_counter()
        while cursor:
            call = urllib.request.Request(f"http://127.0.0.1:{port}{cursor}")
            call.add_header(*AUTHORIZATION.split(": ", 1))
            with urllib.request.urlopen(call) as answer:
                page = json.load(answer)
            walked += len(page["results"])
            cursor = page["_links"].get("next")
        found |= {
            "walked_rows": walked,
            "walk_seconds": round(time.perf_counter() - begun, 1),
            "memory_mb_after_walk": round(usage.memory_info().rss / 1e6),
        }
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
