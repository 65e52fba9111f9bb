"""`request`: one raw call to the site, printed as it was answered. Must not know what the call means."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from confluence_assets.api import ConfluenceClient
from confluence_assets.api.transport import TransportOptions
from confluence_assets.api.wire import Reply
from confluence_assets.commands.project import load_component
from confluence_assets.errors import SettingsError


def run_request(arguments: argparse.Namespace) -> int:
    """Send the call and print the answer. Raises: SettingsError for words that can't be sent; ApiError for a refusal."""
    parameters = parse_pairs(arguments.param, "=", "--param")
    headers = {name: values[-1].strip() for name, values in parse_pairs(arguments.header, ":", "--header").items()}
    body = read_body(arguments.data, is_json=not any(name.lower() == "content-type" for name in headers))
    with open_client(arguments) as client:
        reply = told_where(
            lambda: client.request(
                arguments.method,
                arguments.path,
                params=parameters,
                body=body,
                headers=headers,
                response="binary" if arguments.output else "text",
                **waiting(arguments),
            )
        )
    write_reply(reply, text=arguments.text, output=arguments.output)
    return 0


def open_client(arguments: argparse.Namespace) -> ConfluenceClient:
    """A client of the project's site, which writes only where the command line says so."""
    resource = load_component(arguments.site).get_resource()
    if resource.is_embedded:
        sys.stderr.write("CONFLUENCE_URL is not set: the embedded demo site serves, and forgets what is written.\n")
    connection = replace(resource.get_connection(), allow_writes=arguments.allow_writes)
    options = TransportOptions(debug=_tell) if arguments.debug else None
    return ConfluenceClient(connection, options=options)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def told_where(call: Callable[[], Any]) -> Any:
    """What the call gives; a refusal to write names the option of the command line."""
    try:
        return call()
    except SettingsError as error:
        if error.setting == "allow_writes":
            raise SettingsError(
                error.message, setting="--allow-writes", hint="Give --allow-writes to let this one call write."
            ) from None
        raise


def waiting(arguments: argparse.Namespace) -> Any:
    """Time-out, retries and pauses, where the command line names them."""
    chosen = {
        "timeout_seconds": arguments.timeout,
        "retries": arguments.retries,
        "delay_seconds": arguments.delay,
        "backoff": arguments.backoff,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def parse_pairs(words: Sequence[str], separator: str, option: str) -> dict[str, list[str]]:
    """Names and their values, in order; a name may come several times. Raises: SettingsError."""
    pairs: dict[str, list[str]] = {}
    for word in words:
        name, found, value = word.partition(separator)
        if not found or not name.strip():
            raise SettingsError(f"{option} {word!r} is no NAME{separator}VALUE.", setting=option)
        pairs.setdefault(name.strip(), []).append(value)
    return pairs


def read_text(words: str, option: str) -> str:
    """The words themselves, the text of `@file`, or what `@-` gives on standard input. Raises: SettingsError."""
    content = read_content(words, option)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{words} is no text in UTF-8.", setting=option) from None


def read_content(words: str, option: str) -> bytes:
    """As `read_text`, for bytes of any kind."""
    if not words.startswith("@"):
        return words.encode()
    if words == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(words[1:]).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{words[1:]} can't be read: {error.strerror}.", setting=option, hint="@ stands before the name of a file."
        ) from None


def read_body(words: str | None, *, is_json: bool) -> Any:
    """The body to send: JSON unless a Content-Type header says otherwise. Raises: SettingsError."""
    if words is None:
        return None
    content = read_content(words, "--data")
    if not is_json:
        return content
    try:
        return json.loads(content)
    except ValueError as error:
        raise SettingsError(
            f"--data is no JSON: {error}.", setting="--data", hint="Other bodies need --header 'Content-Type: …'."
        ) from None


def write_reply(reply: Reply, *, text: bool, output: str | None) -> None:
    """The answer on standard output, JSON indented unless it is wanted as it came; or in a file."""
    if output:
        path = Path(output)
        try:
            path.write_bytes(reply.body)
        except OSError as error:
            raise SettingsError(f"{output} can't be written: {error.strerror}.", setting="--output") from None
        sys.stderr.write(f"{reply.status} {urlsplit(reply.url).path}: {len(reply.body):,} bytes in {output}\n")
        return
    if not reply.body:
        sys.stderr.write(f"{reply.status}: the answer has no body.\n")
        return
    shown = str(reply.payload)
    if not text:
        with suppress(ValueError):  # what is no JSON is shown as it came
            shown = as_json(json.loads(shown))
    sys.stdout.write(shown if shown.endswith("\n") else f"{shown}\n")


def as_json(payload: Any) -> str:
    """Indented JSON."""
    return json.dumps(payload, indent=2, ensure_ascii=False)
