"""What a site's owner chose: which spaces, which contents, which tables, which opt-ins. Flat, so that YAML stays flat."""

from dataclasses import dataclass, field
from pathlib import Path

from confluence_assets.sync.filter_values import check_values
from confluence_assets.tables import NODE_TABLES, TABLES


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Filters and toggles of one site. The defaults bring everything that costs no request per page.

    A filter chooses pages and blog posts; what hangs on them (comments, files, labels, tasks, properties, versions) goes with
    them. Filters are joined by *and*; the values of one filter by *or*.
    Raises: SettingsError for a value that can't be, naming the attribute.
    """

    include_spaces: tuple[str, ...] = ()
    """Keys or patterns (`fnmatch`); empty means all."""
    exclude_spaces: tuple[str, ...] = ()
    include_space_types: tuple[str, ...] = ()
    """global, personal, collaboration, knowledge_base; empty means all."""
    exclude_space_types: tuple[str, ...] = ()
    archived_spaces: bool = True
    include_pages: tuple[str, ...] = ()
    """Ids of pages or folders, each with all that is below it; empty means all."""
    exclude_pages: tuple[str, ...] = ()
    include_blogposts: tuple[str, ...] = ()
    """Ids; empty means all."""
    exclude_blogposts: tuple[str, ...] = ()
    include_labels: tuple[str, ...] = ()
    """Pages and blog posts with any of these labels; empty means all."""
    exclude_labels: tuple[str, ...] = ()
    modified_after: str | None = None
    """ISO date or time, or an age such as -90d; from that moment on."""
    modified_before: str | None = None
    """The same; up to that moment, which is not included."""
    created_after: str | None = None
    created_before: str | None = None
    pages: bool = True
    """Pages, and with them folders, whiteboards, databases and embeds."""
    blogposts: bool = True
    archived_content: bool = True
    comments: bool = True
    page_comments: bool = True
    blogpost_comments: bool = True
    inline_comments: bool = True
    attachments: bool = True
    page_attachments: bool = True
    blogpost_attachments: bool = True
    tasks: bool = True
    property_keys: tuple[str, ...] = ()
    custom_content_types: tuple[str, ...] = ()
    versions: bool = False
    likes: bool = False
    audit: bool = True
    people: bool = True
    permissions: bool = True
    licensed_groups: tuple[str, ...] = ()
    """Groups whose members may use the site, where it does not tell (Data Center before 9.3); without, nobody is let in there."""
    documents: bool = True
    """Make Markdown, links and chunks of bodies; they cost no request, only time."""
    removal_limit: float = 0.5
    """Largest share of a space's rows of one table that may leave in one run; smaller tables than 20 rows are exempt."""
    undecided_lookups: int = 50
    """How many restrictions may be asked one by one in a run when the index does not know the content yet."""
    concurrency: int = 6
    """Listings that are walked at the same time."""
    publish: bool = True
    publish_interval_seconds: int = 60
    """A run in the background publishes at most this often; a run that somebody started publishes at its end."""
    history_count: int = 0
    """Publications that are kept, each in `history/<time>/`; what leaves the site leaves them, too."""
    attachment_files: bool = False
    """Keep the bytes of files, under `files/`: two requests per new version."""
    attachment_texts: bool = False
    """Read the text of files; their bytes come all the same, and stay only with `attachment_files`."""
    attachment_types: tuple[str, ...] = ()
    """Media types or patterns (`fnmatch`) of the files that are downloaded; empty means all."""
    exclude_attachment_types: tuple[str, ...] = ()
    attachment_size_limit_bytes: int = 104_857_600
    """Larger files are left, and counted as skipped."""

    def __post_init__(self) -> None:
        check_values(self)

    def tables(self) -> frozenset[str]:
        """Names of the tables that are switched on."""
        switches = {
            "pages": self.pages,
            **dict.fromkeys(NODE_TABLES.values(), self.pages),
            "blogposts": self.blogposts,
            "comments": self.comments,
            "attachments": self.attachments,
            "attachment_texts": self.attachments,
            "tasks": self.tasks,
            "content_versions": self.versions,
            "content_likes": self.likes,
            "audit_records": self.audit,
            **dict.fromkeys(("users", "groups", "group_members"), self.people),
            **dict.fromkeys(("documents", "content_links", "content_chunks"), self.documents),
            **{table.name: self.permissions for table in TABLES if table.group == "access"},
        }
        return frozenset(table.name for table in TABLES if switches.get(table.name, True))


@dataclass(frozen=True, slots=True)
class Site:
    """One site: its name in Dagster and on disk, where its data go, and what is wanted of it."""

    name: str
    home: Path
    """CONFLUENCE_HOME; the site's folder is `home / name`."""
    options: SyncOptions = field(default_factory=SyncOptions)

    @property
    def folder(self) -> Path:
        return self.home / self.name
