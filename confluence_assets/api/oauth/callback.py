"""A web server on this machine that waits for one answer: where the browser comes back to after a login."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from confluence_assets.errors import SettingsError, TransientError

PATH = "/callback"
_PAGE = (
    b"<!doctype html><html lang=en><title>confluence-assets</title><body style='font:1.2em sans-serif;margin:4em'>"
    b"<p>Back to the terminal: it says how the login went. This page may be closed.</p></body></html>"
)


class CallbackServer:
    """Listens on 127.0.0.1 for the browser. Port 0 takes a free one.

    Raises (on entering): SettingsError where the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
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
                is_answer = urlsplit(self.path).path == PATH
                self.send_response(200 if is_answer else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE) if is_answer else 0))
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                if is_answer:
                    self.wfile.write(_PAGE)
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
