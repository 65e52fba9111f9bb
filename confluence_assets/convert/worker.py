"""Conversion in a process of its own: bodies in, Markdown, links and chunks out, over two streams.

A body that refers to something is answered with its questions first; asked again with the answers, it is converted for
good. So the worker needs nothing of the lake, and the lake's owner converts on every core.
Messages are pickled tuples behind their length: both ends are of the same release and the same machine.
"""

import pickle
import struct
from dataclasses import replace
from typing import IO, Any, NamedTuple

from confluence_assets.convert.chunks import Chunk, chunk_markdown
from confluence_assets.convert.findings import ConvertedDocument
from confluence_assets.convert.markdown import convert_storage
from confluence_assets.convert.resolver import ConversionContext, IncludedBody, LinkTarget, UserTarget
from confluence_assets.errors import ConversionError

Question = tuple[str | None, ...]
_LONGEST_ERROR = 300
_LENGTH = struct.Struct(">Q")


class Body(NamedTuple):
    """One body to convert. `answers` are to the questions that an earlier conversion asked; None if it is the first."""

    content_id: str
    space_key: str
    title: str | None
    storage: str
    container_id: str | None = None
    answers: dict[Question, Any] | None = None


class Conversion(NamedTuple):
    """What became of one body. `is_final` is false where a question had no answer yet; then only `questions` count."""

    content_id: str
    questions: list[Question]
    is_final: bool
    document: ConvertedDocument | None = None
    chunks: tuple[Chunk, ...] = ()
    error: str | None = None


class AskingResolver:
    """A resolver that remembers every question, and answers from what it was given."""

    def __init__(self, body: Body) -> None:
        self._answers = body.answers or {}
        self._content_id = body.content_id
        self._space_key = body.space_key
        self._container_id = body.container_id or body.content_id
        self.questions: list[Question] = []
        self.is_answered = True

    def page(self, space_key: str | None, title: str) -> LinkTarget | None:
        return self._ask("page", space_key or self._space_key, title)  # type: ignore[no-any-return]

    def blog_post(self, space_key: str | None, title: str, posting_day: str | None) -> LinkTarget | None:
        return self._ask("post", space_key or self._space_key, title, posting_day)  # type: ignore[no-any-return]

    def content(self, content_id: str) -> LinkTarget | None:
        return self._ask("content", content_id)  # type: ignore[no-any-return]

    def space(self, space_key: str) -> LinkTarget | None:
        return self._ask("space", space_key)  # type: ignore[no-any-return]

    def user(self, *, account_id: str | None, user_key: str | None, username: str | None) -> UserTarget | None:
        return self._ask("user", account_id or user_key, username)  # type: ignore[no-any-return]

    def attachment(
        self, filename: str, *, space_key: str | None, title: str | None, context: ConversionContext
    ) -> LinkTarget | None:
        if title is None:  # what stands in an included body are its own files
            is_own = context.content_id in (None, self._content_id)
            holder = self._container_id if is_own else context.content_id
            return self._ask("file", filename, holder, None)  # type: ignore[no-any-return]
        return self._ask("file", filename, space_key or self._space_key, title)  # type: ignore[no-any-return]

    def jira_issue(self, key: str, server: str | None) -> str | None:
        return None

    def include(self, space_key: str | None, title: str) -> IncludedBody | None:
        return self._ask("include", space_key or self._space_key, title)  # type: ignore[no-any-return]

    def excerpt(self, space_key: str | None, title: str, name: str | None) -> IncludedBody | None:
        return self._ask("excerpt", space_key or self._space_key, title, name)  # type: ignore[no-any-return]

    def _ask(self, *question: str | None) -> Any:
        self.questions.append(question)
        if question not in self._answers:
            self.is_answered = False
            return None
        return self._answers[question]


def convert_body(body: Body) -> Conversion:
    """Convert one body, with the answers that it brings."""
    resolver = AskingResolver(body)
    context = ConversionContext(content_id=body.content_id, space_key=body.space_key, title=body.title)
    try:
        document = convert_storage(body.storage, resolver=resolver, context=context)
        chunks = tuple(chunk_markdown(document.markdown)) if resolver.is_answered else ()
    except ConversionError as error:
        return Conversion(body.content_id, resolver.questions, True, error=error.message)
    except Exception as error:
        # One body that nobody foresaw costs its own document, and is counted; the others are converted all the same.
        cause = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
        return Conversion(body.content_id, resolver.questions, True, error=cause)
    if not resolver.is_answered:
        return Conversion(body.content_id, resolver.questions, False)
    return Conversion(body.content_id, resolver.questions, True, document, chunks)


def write_message(stream: IO[bytes], message: object) -> None:
    """Write one message and flush it."""
    packed = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(packed)))
    stream.write(packed)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """Read one message. Raises: EOFError where the other end is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    packed = stream.read(_LENGTH.unpack(head)[0])
    return pickle.loads(packed)  # noqa: S301 - written by our own process, over a pipe that nobody else holds


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Convert batches until the other end closes the stream."""
    while True:
        try:
            bodies = read_message(requests)
        except EOFError:
            return
        # Each conversion is packed by itself, so that the other end can put it aside unread.
        write_message(answers, [pack(convert_body(body)) for body in bodies])


def pack(conversion: Conversion) -> bytes:
    """A conversion without what only the whole text is asked for: headings, mentions, and the names of what it shows."""
    document = conversion.document
    if document is not None:
        slim = replace(document, inclusions=(), mentions=(), attachments=(), headings=())
        conversion = conversion._replace(document=slim)
    return pickle.dumps(conversion, pickle.HIGHEST_PROTOCOL)


def unpack(packed: bytes) -> Conversion:
    """One conversion of an answer of `serve`."""
    conversion: Conversion = pickle.loads(packed)  # noqa: S301 - as above
    return conversion
