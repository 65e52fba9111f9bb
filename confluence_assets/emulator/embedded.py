"""The embedded site as something to start and stop: in a thread of its own, or in the foreground."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import TracebackType

from confluence_assets.emulator.app import App
from confluence_assets.emulator.config import SiteConfig
from confluence_assets.emulator.control import Control
from confluence_assets.emulator.datacenter.app import DatacenterApp
from confluence_assets.emulator.media_host import MediaHost
from confluence_assets.emulator.oauth.auth_host import AuthHost
from confluence_assets.emulator.oauth.gateway import Gateway
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.web.server import HttpServer


class EmbeddedSite:
    """A running embedded Confluence, bound to 127.0.0.1.

    Use it as a context manager, or call `start` and `stop`. `url` is what `/wiki` is added to (on Data Center the base URL,
    with the context path); `control` makes edits and reads counts without HTTP.
    """

    def __init__(self, config: SiteConfig | None = None) -> None:
        self.site = Site(config or SiteConfig())
        self._app = DatacenterApp(self.site) if self.site.is_datacenter else App(self.site)
        self._lock = threading.RLock()
        self.control = Control(self.site, self._on_loop)
        self._main = HttpServer(self._app.handle)
        self._media = HttpServer(MediaHost(self.site).handle)
        self._auth = HttpServer(AuthHost(self.site).handle)
        self._api = HttpServer(Gateway(App(self.site)).handle)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        return self.site.listening_url + (self.site.config.context_path if self.site.is_datacenter else "")

    @property
    def port(self) -> int:
        return self._main.port

    @property
    def media_url(self) -> str:
        return self.site.media_url

    @property
    def auth_url(self) -> str:
        """Stands for https://auth.atlassian.com: `/authorize` and `/oauth/token`."""
        return self.site.auth_url

    @property
    def api_url(self) -> str:
        """Stands for https://api.atlassian.com: the sites of a token, and the gateway."""
        return self.site.api_url

    @property
    def gateway_url(self) -> str:
        """What `/wiki` is added to behind the gateway."""
        return f"{self.site.api_url}/ex/confluence/{self.site.cloud_id}"

    def __enter__(self) -> "EmbeddedSite":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "EmbeddedSite":
        """Listen, in a daemon thread. Raises: OSError where the port is taken."""
        self._thread = threading.Thread(target=self._run_thread, name="embedded-confluence", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Close all connections and stop listening; calling it twice does no harm."""
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None and thread.is_alive():
            loop.call_soon_threadsafe(self._stopping.set)
            thread.join(10)
        for watcher in self.site.watchers:
            watcher.close()
        self._loop = self._thread = None

    def _run_thread(self) -> None:
        try:
            asyncio.run(self._serve(self._ready.set))
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self, announce: Callable[[], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        config = self.site.config
        try:
            await self._main.start(config.port)
            await self._media.start(config.media_port)
            self.site.listening_url = f"http://127.0.0.1:{self._main.port}"
            self.site.media_url = f"http://127.0.0.1:{self._media.port}"
            await self._auth.start(config.auth_port)
            await self._api.start(config.api_port)
            self.site.auth_url = f"http://127.0.0.1:{self._auth.port}"
            self.site.api_url = f"http://127.0.0.1:{self._api.port}"
            announce()
            await self._stopping.wait()
        finally:
            for server in (self._main, self._media, self._auth, self._api):
                await server.stop()

    def run(self, announce: Callable[[str], object]) -> None:
        """Serve in the foreground until SIGTERM or SIGINT; handlers stand again as they were when it returns."""
        asyncio.run(self._run_until_signal(announce))

    async def _run_until_signal(self, announce: Callable[[str], object]) -> None:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.getsignal(number) for number in signals}

        def ready() -> None:
            for number in signals:
                loop.add_signal_handler(number, self._stopping.set)
            announce(self.url)

        try:
            await self._serve(ready)
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
                signal.signal(number, before[number] if before[number] is not None else signal.SIG_DFL)

    def _on_loop(self, work: Callable[[], object]) -> object:
        """Run something between two requests, so that edits and answers never mix."""
        loop = self._loop
        if loop is None or self._thread is None or threading.current_thread() is self._thread:
            with self._lock:
                return work()
        return asyncio.run_coroutine_threadsafe(_as_coroutine(work), loop).result(60)


async def _as_coroutine(work: Callable[[], object]) -> object:
    return work()
