"""Bodies that are read piece by piece, and silence about the addresses that they come from."""

import logging
from collections.abc import Callable, Iterator

import requests

from confluence_assets.api.failures import NETWORK_ERRORS
from confluence_assets.errors import ConfluenceAssetsError

CHUNK_BYTES = 1 << 16


class AnswerStream:
    """The body of an answer as it arrives, undecoded. Read once; the connection is let go at the end."""

    def __init__(self, answer: requests.Response, explain: Callable[[Exception], ConfluenceAssetsError]) -> None:
        self._answer = answer
        self._explain = explain

    def __iter__(self) -> Iterator[bytes]:
        failure: ConfluenceAssetsError | None = None
        try:
            # What is there, and not what fills a chunk: a host that gives a byte a minute is seen to be slow.
            while chunk := self._answer.raw.read1(CHUNK_BYTES, decode_content=False):
                yield chunk
        except NETWORK_ERRORS as error:
            failure = self._explain(error)
        finally:
            self.close()
        if failure is not None:
            raise failure  # outside of the handler: what requests raised may hold secrets and stays behind

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()


class _WithoutQueries(logging.Filter):
    """Takes query strings out of what urllib3 logs about requests: that of a signed address lets anybody in."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(value) for value in record.args)
        return True


def _without_query(value: object) -> object:
    if isinstance(value, str) and "?" in value:
        return value.partition("?")[0] + "?***"
    return value


def hush_urllib3() -> None:
    """Keep addresses out of urllib3's own log lines; may be called more than once."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _WithoutQueries) for known in logger.filters):
        logger.addFilter(_WithoutQueries())
