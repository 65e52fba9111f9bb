"""`ConfluenceComponent`: one site in five lines of YAML. Flat attributes, so that errors name the line that is wrong.

Customised in three steps: `translation` in YAML; a subclass with its own `get_asset_spec`; a subclass with its own `execute`.
"""

from dataclasses import fields
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, Field

from confluence_assets import settings
from confluence_assets.assets.specs import AssetProps
from confluence_assets.assets.wiring import RunListener, SiteWiring
from confluence_assets.attribute_types import Keys, OptionalText, finish_model
from confluence_assets.definitions import build_wired_defs
from confluence_assets.embedded import DEMO_CHOICES
from confluence_assets.resources import ConfluenceResource
from confluence_assets.scaffolding import ConfluenceScaffolder
from confluence_assets.schedules import cron_of
from confluence_assets.sync.contract import SyncObserver, SyncReport, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.positions import STREAM_TABLES

_DEFAULTS = SyncOptions()


Translation = Annotated[
    TranslationFn[AssetProps] | None,
    TranslationFnResolver[AssetProps](template_vars_for_translation_fn=lambda props: {"props": props}),
]


@dg.scaffold_with(ConfluenceScaffolder)
class ConfluenceComponent(dg.Component, dg.Model, dg.Resolvable):
    """A Confluence site as partitioned assets, in Parquet and one DuckDB file.

    type: confluence_assets.ConfluenceComponent
    attributes:
      site: acme
      url: https://acme.atlassian.net
      token_env: ACME_TOKEN
    """

    site: OptionalText = Field(
        default=None, description="Name in asset keys, jobs and folders; demo for the embedded site, else confluence."
    )
    url: OptionalText = Field(
        default=None,
        description="Address of the site, or `embedded`; else CONFLUENCE_URL; else the embedded demo site.",
    )
    email: OptionalText = Field(
        default=None, description="E-mail address of the account (Cloud); else CONFLUENCE_EMAIL."
    )
    token_env: str = Field(
        default=settings.API_TOKEN, description="Name of the variable that holds the API token (Cloud)."
    )
    pat_env: str = Field(
        default=settings.PAT, description="Name of the variable that holds the access token (Data Center)."
    )
    client_id_env: str = Field(
        default=settings.OAUTH_CLIENT_ID, description="Name of the variable that holds the OAuth app's id (Cloud)."
    )
    client_secret_env: str = Field(
        default=settings.OAUTH_CLIENT_SECRET, description="Name of the variable that holds the OAuth app's secret."
    )
    connection: str = Field(
        default=settings.AUTOMATIC,
        description="How to connect: api_token, scoped_token, oauth, client_credentials or pat; else the variables tell.",
    )
    home: OptionalText = Field(
        default=None, description="Folder for the data; else CONFLUENCE_HOME; else ./data of the project."
    )

    allow_writes: bool = Field(
        default=False, description="Let actions and publications change the site; a sync only reads."
    )
    debug: bool = Field(
        default=False, description="Log each request and answer to `confluence_assets.exchange`, secrets redacted."
    )

    include_spaces: Keys = Field(default=[], description="Space keys or patterns to take; empty takes all.")
    exclude_spaces: Keys = Field(default=[], description="Space keys or patterns to leave out.")
    include_space_types: Keys = Field(
        default=[],
        description="Types of spaces to take: global, personal, collaboration, knowledge_base; empty takes all.",
    )
    exclude_space_types: Keys = Field(default=[], description="Types of spaces to leave out.")
    archived_spaces: bool = Field(default=_DEFAULTS.archived_spaces, description="Take archived spaces, too.")
    include_pages: Keys = Field(
        default=[], description="Ids of pages or folders to take, each with all that is below it; empty takes all."
    )
    exclude_pages: Keys = Field(
        default=[], description="Ids of pages or folders to leave out, each with all that is below it."
    )
    include_blogposts: Keys = Field(default=[], description="Ids of blog posts to take; empty takes all.")
    exclude_blogposts: Keys = Field(default=[], description="Ids of blog posts to leave out.")
    include_labels: Keys = Field(
        default=[], description="Take pages and blog posts that have any of these labels; empty takes all."
    )
    exclude_labels: Keys = Field(
        default=[], description="Leave out pages and blog posts that have any of these labels."
    )
    modified_after: OptionalText = Field(
        default=None,
        description="Take pages and blog posts whose current version is of this moment or later: 2026-01-31, or -90d.",
    )
    modified_before: OptionalText = Field(
        default=None, description="Take pages and blog posts whose current version is older than this moment."
    )
    created_after: OptionalText = Field(
        default=None, description="Take pages and blog posts that were created at this moment or later."
    )
    created_before: OptionalText = Field(
        default=None, description="Take pages and blog posts that were created before this moment."
    )
    pages: bool = Field(
        default=_DEFAULTS.pages, description="Fetch pages, and with them folders, whiteboards, databases and embeds."
    )
    blogposts: bool = Field(default=_DEFAULTS.blogposts, description="Fetch blog posts.")
    archived_content: bool = Field(
        default=_DEFAULTS.archived_content, description="Take archived pages and blog posts, too."
    )
    comments: bool = Field(default=_DEFAULTS.comments, description="Fetch comments.")
    page_comments: bool = Field(default=_DEFAULTS.page_comments, description="Take comments on pages.")
    blogpost_comments: bool = Field(default=_DEFAULTS.blogpost_comments, description="Take comments on blog posts.")
    inline_comments: bool = Field(default=_DEFAULTS.inline_comments, description="Take inline comments, too.")
    attachments: bool = Field(default=_DEFAULTS.attachments, description="Fetch what the site tells of attachments.")
    page_attachments: bool = Field(default=_DEFAULTS.page_attachments, description="Take attachments of pages.")
    blogpost_attachments: bool = Field(
        default=_DEFAULTS.blogpost_attachments, description="Take attachments of blog posts."
    )
    tasks: bool = Field(default=_DEFAULTS.tasks, description="Fetch tasks of pages and blog posts.")
    property_keys: Keys = Field(default=[], description="Keys of the content properties to fetch.")
    custom_content_types: Keys = Field(default=[], description="Types of custom content to fetch.")
    versions: bool = Field(default=_DEFAULTS.versions, description="Fetch the history of versions: a request per page.")
    likes: bool = Field(default=_DEFAULTS.likes, description="Fetch likes: a request per page.")
    audit: bool = Field(default=_DEFAULTS.audit, description="Fetch the audit log, where the account may read it.")
    people: bool = Field(default=_DEFAULTS.people, description="Fetch users, groups and memberships.")
    permissions: bool = Field(
        default=_DEFAULTS.permissions, description="Fetch space permissions, roles and restrictions."
    )
    licensed_groups: Keys = Field(
        default=[], description="Groups that hold 'Can use', where the site does not tell: Data Center before 9.3."
    )
    documents: bool = Field(
        default=_DEFAULTS.documents, description="Make Markdown, links and chunks of bodies; no request, only time."
    )
    removal_limit: float = Field(
        default=_DEFAULTS.removal_limit,
        ge=0,
        le=1,
        description="Largest share of a space's rows that may leave in one run.",
    )
    undecided_lookups: int = Field(
        default=_DEFAULTS.undecided_lookups, ge=0, description="Restrictions that may be asked one by one in a run."
    )
    concurrency: int = Field(
        default=_DEFAULTS.concurrency, ge=1, le=32, description="Listings walked at the same time."
    )
    publish: bool = Field(default=_DEFAULTS.publish, description="Publish the DuckDB file.")
    publish_interval_seconds: int = Field(
        default=_DEFAULTS.publish_interval_seconds,
        ge=0,
        description="Seconds at least between two publications of runs in the background.",
    )
    history_count: int = Field(
        default=_DEFAULTS.history_count, ge=0, description="Publications to keep, each in history/<time>/."
    )
    attachment_files: bool = Field(
        default=_DEFAULTS.attachment_files, description="Keep the bytes of attachments: two requests per new version."
    )
    attachment_texts: bool = Field(
        default=_DEFAULTS.attachment_texts, description="Read the text of attachments; needs the extra `files`."
    )
    attachment_types: Keys = Field(default=[], description="Media types or patterns to download; empty takes all.")
    exclude_attachment_types: Keys = Field(default=[], description="Media types or patterns not to download.")
    attachment_size_limit_bytes: int = Field(
        default=_DEFAULTS.attachment_size_limit_bytes, ge=0, description="Larger attachments are not downloaded."
    )

    sweep_every: str = Field(default="1h", description="Interval of the sweep: 5m, 15m, 1h, 4h, 1d or a cron line.")
    permissions_every: str | None = Field(
        default=None, description="Interval of a look at access alone; without, the sweep looks at it: 5m, 15m, 1h, …"
    )
    discovery_interval_seconds: int = Field(default=300, ge=5, description="Seconds between two looks for new spaces.")
    changes_interval_seconds: int = Field(default=60, ge=5, description="Seconds between two looks for changes.")
    pages_interval_seconds: int | None = Field(
        default=None, ge=5, description="Seconds between two looks for changed pages, where these may wait longer."
    )
    blogposts_interval_seconds: int | None = Field(
        default=None, ge=5, description="Seconds between two looks for changed blog posts, where these may wait longer."
    )
    comments_interval_seconds: int | None = Field(
        default=None, ge=5, description="Seconds between two looks for changed comments, where these may wait longer."
    )
    attachments_interval_seconds: int | None = Field(
        default=None, ge=5, description="Seconds between two looks for changed files, where these may wait longer."
    )
    tasks_interval_seconds: int | None = Field(
        default=None, ge=5, description="Seconds between two looks for changed tasks, where these may wait longer."
    )
    webhooks_interval_seconds: int = Field(default=5, ge=1, description="Seconds between two looks for webhooks.")
    automatic: bool = Field(
        default=True, description="Sensors and schedules run from the start; each can be stopped in the UI."
    )
    owners: Keys = Field(default=[], description="Owners of all assets: e-mail addresses, or team:name.")
    translation: Translation = Field(
        default=None, description="Attributes of each asset, with {{ spec }} and {{ props }}."
    )

    @classmethod
    def model(cls) -> type[BaseModel]:
        """What YAML may say, with the descriptions that an editor shows; Dagster leaves them behind."""
        return finish_model(cls, super().model())

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the site."""
        return self.build_site_defs()

    def build_site_defs(self) -> dg.Definitions:
        """The definitions of the site, outside of a components folder too. Raises: SettingsError."""
        return build_wired_defs(self.build_wiring())

    def build_wiring(self, listener: RunListener | None = None) -> SiteWiring:
        """What the definitions are made from. Raises: SettingsError."""
        cron_of(self.sweep_every, "sweep_every")
        if self.permissions_every is not None:
            cron_of(self.permissions_every, "permissions_every")
        return SiteWiring(
            site=self.get_site(),
            resource=self.get_resource(),
            execute=self.execute,
            translate=self.get_asset_spec,
            owners=tuple(map(settings.check_owner, self.owners)),
            sweep_every=self.sweep_every,
            permissions_every=self.permissions_every,
            discovery_interval_seconds=self.discovery_interval_seconds,
            changes_interval_seconds=self.changes_interval_seconds,
            stream_intervals=self._stream_intervals(),
            webhooks_interval_seconds=self.webhooks_interval_seconds,
            is_automatic=self.automatic,
            listener=listener,
        )

    def _stream_intervals(self) -> dict[str, int]:
        chosen = {stream: getattr(self, f"{table}_interval_seconds") for stream, table in STREAM_TABLES.items()}
        return {stream: seconds for stream, seconds in chosen.items() if seconds is not None}

    def get_site(self) -> Site:
        """The site's name, folder and options. Raises: SettingsError."""
        found = settings.read_settings()
        name = self.site or (settings.DEMO_SITE if self.get_resource().is_embedded else settings.DEFAULT_SITE)
        home = settings.resolve_home(self.home) if self.home else found.home
        return Site(name=settings.check_site_name(name), home=home, options=self.get_options())

    def get_resource(self) -> ConfluenceResource:
        """The connection to the site."""
        check = settings.check_variable_name
        return ConfluenceResource(
            url=self.url,
            email=self.email,
            connection=self.connection,
            home=self.home,
            allow_writes=self.allow_writes,
            debug=self.debug,
            token_env=check("token_env", self.token_env),
            pat_env=check("pat_env", self.pat_env),
            client_id_env=check("client_id_env", self.client_id_env),
            client_secret_env=check("client_secret_env", self.client_secret_env),
        )

    def get_options(self) -> SyncOptions:
        """The filters and toggles as the sync knows them."""
        values: dict[str, Any] = {}
        for field in fields(SyncOptions):
            value = getattr(self, field.name)
            values[field.name] = tuple(value) if isinstance(value, list) else value
        if self.get_resource().is_embedded:
            # The demo site is small: what is opt-in elsewhere is on here, so that every table has something to show.
            values |= {name: value for name, value in DEMO_CHOICES.items() if name not in self.model_fields_set}
        return SyncOptions(**values)

    def get_asset_spec(self, spec: dg.AssetSpec, props: AssetProps) -> dg.AssetSpec:
        """The spec of one asset; override it for what `translation` can't say.

        def get_asset_spec(self, spec, props):
            spec = super().get_asset_spec(spec, props)
            return spec.replace_attributes(group_name="wiki") if props.group == "content" else spec
        """
        return self.translation(spec, props) if self.translation else spec

    def execute(
        self,
        context: dg.AssetExecutionContext,
        confluence: ConfluenceResource,
        request: SyncRequest,
        observer: SyncObserver,
    ) -> SyncReport:
        """Run the sync; override it to do something before or after.

        def execute(self, context, confluence, request, observer):
            report = super().execute(context, confluence, request, observer)
            context.log.info(f"{report.requests} requests")
            return report
        """
        return self.run_sync(confluence, request, observer)

    def run_sync(
        self, confluence: ConfluenceResource, request: SyncRequest, observer: SyncObserver | None = None
    ) -> SyncReport:
        """Run a sync of this site, with nothing of Dagster's around it. Raises: what `sync.runner.run_sync` raises."""
        from confluence_assets.sync.runner import run_sync

        return run_sync(self.get_site(), confluence.get_source(concurrency=self.concurrency), request, observer)
