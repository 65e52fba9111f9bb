"""The command line: takes the words apart, calls the command, and turns errors into one line and an exit code.

Exit codes: 0 only where everything asked for was done; 2 for wrong usage or settings; 1 otherwise. Commands are imported when
they are called, so that `--help` and wrong usage cost nothing. Must not know how a command does its work.
"""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import FrameType
from typing import NoReturn

from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.settings import WEBHOOK_SECRET

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_ALLOCATIONS = 50_000
"""Objects made before the youngest are looked through; Python's own 700 cost a tenth of a sync."""
_TURN_SECONDS = 0.0005


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["emulator"]:
        from confluence_assets.emulator.main import main as serve

        return serve(words[1:])
    try:
        arguments = build_parser().parse_args(words)
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else WRONG_USAGE
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(arguments)
    except SettingsError as error:
        return _fail(error, WRONG_USAGE)
    except ConfluenceAssetsError as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. What is committed stays; the next run goes on from there.\n")
        return INTERRUPTED
    except Exception as error:
        if arguments.verbose:
            raise
        from confluence_assets.commands.unexpected import explain_unexpected

        if explained := explain_unexpected(error):
            return _fail(explained, FAILED)
        sys.stderr.write(
            f"error: {type(error).__name__}: {error} This is a fault of the program; --verbose shows where.\n"
        )
        return FAILED


def run_as_program() -> int:
    """`main` as a process of its own, whose garbage collector is told to look less often.

    Tens of thousands of rows are made and none of them in a circle; and at its end, the interpreter would look several times
    through all that lives, only to let go of it. A thread whose answer has come should not wait long for the busy ones.
    """
    gc.set_threshold(_ALLOCATIONS, 20, 20)
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        return main()
    finally:
        gc.disable()


def build_parser() -> argparse.ArgumentParser:
    """Every command and option; `emulator` has a parser of its own."""
    parser = argparse.ArgumentParser(
        prog="confluence-assets", description="A Confluence site as Dagster assets, in Parquet and DuckDB."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('confluence-assets')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--verbose", action="store_true", help="show Dagster's own log, and tracebacks")

    demo = commands.add_parser("demo", parents=[common], help="sync the embedded demo site and ask it one question")
    demo.add_argument("--site", choices=("cloud", "datacenter"), default="cloud", help="which kind (default: cloud)")
    _add_sync(commands.add_parser("sync", parents=[common], help="bring the lake and the database up to date"))
    doctor = commands.add_parser("doctor", parents=[common], help="check settings, credentials and rights")
    _add_site(doctor)
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    _add_login(commands.add_parser("login", parents=[common], help="log in by OAuth 2.0, in a browser"))
    _add_listen(commands.add_parser("listen", parents=[common], help="take webhooks, so that changes are seen at once"))
    _add_request(commands.add_parser("request", parents=[common], help="send one raw request and print the answer"))
    _add_graphql(commands.add_parser("graphql", parents=[common], help="ask one GraphQL query"))
    commands.add_parser("emulator", help="serve an embedded Confluence", add_help=False)
    dev = commands.add_parser("dev", parents=[common], help="start the Dagster UI and its daemon")
    dev.add_argument("--port", type=_port, default=3000, help="port on 127.0.0.1 (default: 3000)")
    return parser


def _port(words: str) -> int:
    """The number of a port. Raises: ArgumentTypeError."""
    if words.isdecimal() and int(words) <= 65_535:
        return int(words)
    raise argparse.ArgumentTypeError(f"{words!r} is no port: 0 to 65535")


def _add_sync(sync: argparse.ArgumentParser) -> None:
    _add_site(sync)
    sync.add_argument("--space", action="append", default=[], metavar="KEY", help="only this space; may be repeated")
    sync.add_argument(
        "--mode",
        choices=("incremental", "full", "content"),
        default="incremental",
        help="how much is asked of the site",
    )
    sync.add_argument("--allow-removals", action="store_true", help="let removals pass that removal_limit held")
    sync.add_argument("--json", action="store_true", help="print the summary as JSON")


def _add_login(login: argparse.ArgumentParser) -> None:
    login.add_argument(
        "--site",
        metavar="NAME",
        help="which site: its name in the project, or its address, name or cloudId at Atlassian",
    )
    login.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    login.add_argument("--paste", action="store_true", help="for a browser on another machine: paste where it ended")
    login.add_argument(
        "--port",
        type=_port,
        default=8914,
        metavar="N",
        help="port that the browser comes back to (default: %(default)s)",
    )
    login.add_argument("--timeout-seconds", type=int, default=300, metavar="N", help="how long to wait (default: 300)")
    login.add_argument("--keep", choices=("keyring", "file"), help="where (default: the keyring, where there is one)")
    login.add_argument("--scopes", action="store_true", help="print the scopes that this project needs, ready to paste")
    login.add_argument("--forget", action="store_true", help="forget the tokens of this site")


def _add_listen(listen: argparse.ArgumentParser) -> None:
    _add_site(listen)
    listen.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    listen.add_argument("--port", type=_port, default=8085, help="port (default: 8085; 0 takes a free one)")
    listen.add_argument(
        "--secret-env", default=WEBHOOK_SECRET, metavar="NAME", help="variable with the secret (default: %(default)s)"
    )
    listen.add_argument(
        "--register",
        action="store_true",
        help="register it as a webhook of the site first (Data Center, administrators)",
    )
    listen.add_argument(
        "--unregister", action="store_true", help="remove that webhook: at the end with --register, else at once"
    )
    listen.add_argument("--url", metavar="URL", help="the listener's address as the site can reach it, for --register")
    listen.add_argument(
        "--max-age-seconds", type=int, default=300, metavar="N", help="refuse older payloads (default: 300)"
    )
    listen.add_argument(
        "--replay-window-seconds",
        type=int,
        default=3600,
        metavar="N",
        help="how long a delivery counts once (default: 3600)",
    )


def _add_request(request: argparse.ArgumentParser) -> None:
    request.add_argument("method", metavar="METHOD", help="GET, POST, PUT, DELETE and so on")
    request.add_argument("path", metavar="PATH", help="path at the site, such as '/wiki/api/v2/pages?limit=5'")
    request.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="in the query; repeatable")
    request.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="a header; repeatable")
    request.add_argument("--data", metavar="BODY", help="the body: JSON, @file, or @- for standard input")
    request.add_argument("--text", action="store_true", help="print the answer as it came")
    request.add_argument("--output", metavar="FILE", help="write the answer to a file, byte for byte")
    _add_raw(request)


def _add_graphql(graphql: argparse.ArgumentParser) -> None:
    graphql.add_argument("query", metavar="QUERY", help="the query, @file, or @- for standard input")
    graphql.add_argument("--variables", metavar="JSON", help="variables as a JSON object, or @file")
    graphql.add_argument("--operation", metavar="NAME", help="which operation, where the document has several")
    _add_raw(graphql)


def _add_raw(command: argparse.ArgumentParser) -> None:
    _add_site(command)
    command.add_argument("--timeout", type=float, metavar="SECONDS", help="how long to wait for an answer")
    command.add_argument("--retries", type=int, metavar="N", help="attempts after the first, for what only reads")
    command.add_argument("--delay", type=float, metavar="SECONDS", help="pause before the second attempt")
    command.add_argument("--backoff", type=float, metavar="FACTOR", help="by what each further pause is longer")
    command.add_argument("--allow-writes", action="store_true", help="let this call change the site")
    command.add_argument("--debug", action="store_true", help="show request and answer, secrets taken out")


def _add_site(command: argparse.ArgumentParser) -> None:
    command.add_argument("--site", metavar="NAME", help="which site, where the project has several")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "demo":
        from confluence_assets.commands.demo import run_demo

        return run_demo(deployment=arguments.site, verbose=arguments.verbose)
    if arguments.command == "sync":
        from confluence_assets.commands.sync import run_sync_command

        return run_sync_command(arguments)
    if arguments.command == "doctor":
        from confluence_assets.commands.doctor import run_doctor

        return run_doctor(site=arguments.site, as_json=arguments.json)
    if arguments.command == "login":
        from confluence_assets.commands.login import run_login

        return run_login(arguments)
    if arguments.command == "listen":
        from confluence_assets.commands.listen import run_listen

        return run_listen(arguments)
    if arguments.command == "request":
        from confluence_assets.commands.request import run_request

        return run_request(arguments)
    if arguments.command == "graphql":
        from confluence_assets.commands.graphql import run_graphql

        return run_graphql(arguments)
    from confluence_assets.commands.dev import run_dev

    return run_dev(port=arguments.port, verbose=arguments.verbose)


def _fail(error: ConfluenceAssetsError, code: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return code


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
