"""A web server on this machine that waits for one answer: where the browser comes back to after a login."""

import secrets
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from confluence_assets.errors import SettingsError, TransientError

PATH = "/callback"
_FRAME = b"<!doctype html><html lang=en><title>confluence-assets</title><body style='font:1.2em sans-serif;margin:4em'><p>%s</p></body></html>"
_PAGE = _FRAME % b"Back to the terminal: it says how the login went. This page may be closed."
_OTHER_PAGE = _FRAME % b"This is the answer to another login. The one in the terminal still waits for its own."


class CallbackServer:
    """Listens on 127.0.0.1 for the browser that brings the answer with that `state`. Port 0 takes a free one.

    Raises (on entering): SettingsError where the port is taken.
    """

    def __init__(self, port: int = 0, *, state: str) -> None:
        self._state = state
        self._asked_port = port
        self._address = ""
        self._has_come = threading.Event()

    @property
    def redirect_uri(self) -> str:
        """What the app's settings at Atlassian have to hold, to the letter."""
        return redirect_uri_of(self._server.server_address[1])

    def __enter__(self) -> "CallbackServer":
        callback = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                is_here = urlsplit(self.path).path == PATH
                is_ours = is_here and callback._is_ours(self.path)
                page = _PAGE if is_ours else _OTHER_PAGE if is_here else b""
                self.send_response(200 if is_ours else 400 if is_here else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(page)
                if is_ours:
                    callback._note(self.path)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: the address holds the code."""

        try:
            self._server = HTTPServer(("127.0.0.1", self._asked_port), Handler)
        except OSError as error:
            raise SettingsError(
                f"Port {self._asked_port} on this machine can't be listened on: {error.strerror}.",
                setting="--port",
                hint="Stop what uses it; or choose another with --port, and add its address to the app's callback URLs.",
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _is_ours(self, address: str) -> bool:
        told = dict(parse_qsl(urlsplit(address).query)).get("state", "")
        return secrets.compare_digest(told.encode(), self._state.encode())

    def _note(self, address: str) -> None:
        if not self._has_come.is_set():
            self._address = address
            self._has_come.set()

    def wait(self, timeout_seconds: float) -> str:
        """The address that the browser came to. Raises: TransientError where it did not come in time."""
        if not self._has_come.wait(timeout_seconds):
            raise TransientError(
                f"The browser did not come back within {timeout_seconds:.0f} seconds.",
                hint=f"Is {self.redirect_uri} a callback URL of the app? Where the browser is on another machine, use --paste.",
            )
        return self._address


def redirect_uri_of(port: int) -> str:
    """The address that the browser is sent back to."""
    return f"http://localhost:{port}{PATH}"
