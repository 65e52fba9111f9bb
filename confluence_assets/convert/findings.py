"""What a conversion finds on its way, besides the Markdown."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a body. Ids, titles and space keys are as the body names them, or as the resolver knows them.

    `target_type` is page, blogpost, attachment, space, user, anchor, external, content or include.
    """

    target_type: str
    target_id: str | None = None
    space_key: str | None = None
    title: str | None = None
    url: str | None = None
    anchor: str | None = None
    link_text: str = ""
    is_broken: bool | None = None


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A page whose text is brought in. `macro` is include or excerpt-include."""

    macro: str
    title: str
    space_key: str | None = None
    excerpt_name: str | None = None
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, by the one identity that the body gives."""

    account_id: str | None = None
    user_key: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentReference:
    """A file that is shown or linked; on the content itself where `title` is None."""

    filename: str
    space_key: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its text without markup."""

    level: int
    text: str


@dataclass(slots=True)
class Findings:
    """Collected in document order."""

    links: list[Link] = field(default_factory=list)
    inclusions: list[Inclusion] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    attachments: list[AttachmentReference] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConvertedDocument:
    """Markdown, and what was found in document order. `word_count` counts what a reader sees."""

    markdown: str
    word_count: int
    links: tuple[Link, ...]
    inclusions: tuple[Inclusion, ...]
    mentions: tuple[Mention, ...]
    attachments: tuple[AttachmentReference, ...]
    headings: tuple[Heading, ...]
