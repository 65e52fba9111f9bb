"""Where a client's calls go: the site is looked at once, at the first call that needs to know its dialect."""

import threading
from contextlib import AbstractContextManager

from confluence_assets.api.caller import Caller
from confluence_assets.api.client.cloud_reader import CloudReader
from confluence_assets.api.client.cloud_writer import CloudWriter
from confluence_assets.api.client.datacenter_reader import DatacenterReader
from confluence_assets.api.client.datacenter_writer import DatacenterWriter
from confluence_assets.api.client.reader import Reader
from confluence_assets.api.client.writer import Writer
from confluence_assets.api.connection import Connection, OpenSite, open_site
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.source import RequestTally
from confluence_assets.api.transport import Transport, TransportOptions


class Reach:
    """The open site behind a client. Used from several threads."""

    def __init__(
        self, connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None
    ) -> None:
        self._connection = connection
        self._concurrency = concurrency
        self._options = options
        self._lock = threading.Lock()
        self._open: OpenSite | None = None
        self._made_reader: Reader | None = None
        self._made_writer: Writer | None = None

    @property
    def allow_writes(self) -> bool:
        """Whether anything may be written; false unless the connection says otherwise."""
        return self._connection.allow_writes

    @property
    def transport(self) -> Transport:
        """What sends. Asks the site what it is, once, where its address does not tell."""
        return self._site().transport

    @property
    def deployment(self) -> str:
        """`cloud` or `datacenter`."""
        return self._site().deployment

    def close(self) -> None:
        """Close all connections."""
        if self._open is not None:
            self._open.transport.close()

    def tally(self) -> AbstractContextManager[RequestTally]:
        """Count the requests that this thread sends inside the `with` block."""
        return self.transport.tally()

    def _site(self) -> OpenSite:
        with self._lock:
            if self._open is None:
                self._open = open_site(self._connection, concurrency=self._concurrency, options=self._options)
            return self._open

    @property
    def _reader(self) -> Reader:
        site = self._site()
        with self._lock:
            if self._made_reader is None:
                self._made_reader = (
                    CloudReader(Caller(site.transport))
                    if site.deployment == "cloud"
                    else DatacenterReader(DatacenterCaller(site.transport))
                )
            return self._made_reader

    @property
    def _writer(self) -> Writer:
        site = self._site()
        with self._lock:
            if self._made_writer is None:
                self._made_writer = (
                    CloudWriter(Caller(site.transport))
                    if site.deployment == "cloud"
                    else DatacenterWriter(DatacenterCaller(site.transport))
                )
            return self._made_writer
