"""What a site's owner chose: which spaces, which tables, which opt-ins. Flat, so that YAML stays flat."""

from dataclasses import dataclass, field
from pathlib import Path

from confluence_assets.tables import TABLES


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Filters and toggles of one site. The defaults bring everything that costs no request per page."""

    include_spaces: tuple[str, ...] = ()
    """Keys or patterns (`fnmatch`); empty means all."""
    exclude_spaces: tuple[str, ...] = ()
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
    attachment_files: bool = False
    """Keep the bytes of files, under `files/`: two requests per new version."""
    attachment_texts: bool = False
    """Read the text of files; their bytes come all the same, and stay only with `attachment_files`."""
    attachment_types: tuple[str, ...] = ()
    """Media types or patterns (`fnmatch`) of the files that are downloaded; empty means all."""
    exclude_attachment_types: tuple[str, ...] = ()
    attachment_size_limit_bytes: int = 104_857_600
    """Larger files are left, and counted as skipped."""

    def tables(self) -> frozenset[str]:
        """Names of the tables that are switched on."""
        opted = {"content_versions": self.versions, "content_likes": self.likes}
        documents = {"documents", "content_links", "content_chunks"}
        people = {"users", "groups", "group_members"}
        permissions = {table.name for table in TABLES if table.group == "access"}
        return frozenset(
            table.name
            for table in TABLES
            if opted.get(table.name, True)
            and (self.audit or table.name != "audit_records")
            and (self.people or table.name not in people)
            and (self.permissions or table.name not in permissions)
            and (self.documents or table.name not in documents)
        )


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
