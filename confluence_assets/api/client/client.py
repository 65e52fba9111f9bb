"""`ConfluenceClient`: the calls that people know, typed and lazily paged, and a raw call for all others.

Rows in our tables' columns are `Source`'s business.
"""

from types import TracebackType

from confluence_assets.api.client.raw import RawCalls
from confluence_assets.api.client.reads import ReadCalls
from confluence_assets.api.client.writes import WriteCalls


class ConfluenceClient(ReadCalls, WriteCalls, RawCalls):
    """A Confluence site, Cloud or Data Center. Safe to use from several threads; a context manager that closes its connections.

        with ConfluenceClient(Connection(url, email, token)) as client:
            for page in client.iter_pages(space_keys=["ENG"], sort="-modified-date"):
                print(page["title"])

    It reads; it writes only where the connection has `allow_writes=True`.
    Raises (all calls): the errors of `confluence_assets.errors`; nothing of requests.
    """

    def __enter__(self) -> "ConfluenceClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
