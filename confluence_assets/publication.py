"""`ConfluencePublication`: a page of Confluence as an asset, made of what the published database says.

It writes only where the site's resource has `allow_writes`. Must not know how a page is found, or how a body is written.
"""

from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel, Field

from confluence_assets import settings
from confluence_assets.assets.failures import failure_of_error
from confluence_assets.assets.specs import WAREHOUSE
from confluence_assets.attribute_types import OptionalText, Text, finish_model
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.publish_back import Publication, PublicationOutcome, publish_page, render_document
from confluence_assets.publish_back.contract import Document, PublicationState
from confluence_assets.resources import ConfluenceResource
from confluence_assets.scaffolding import PublicationScaffolder
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.tables import TABLES_BY_NAME
from confluence_assets.warehouse.audience import EVERYTHING, LICENSED, AudienceWarehouse
from confluence_assets.warehouse.database import DATABASE_NAME

_LONGEST_TITLE = 255


@dg.scaffold_with(PublicationScaffolder)
class ConfluencePublication(dg.Component, dg.Model, dg.Resolvable):
    """A page that says what the database says: made once, and written again only when that changed.

    type: confluence_assets.ConfluencePublication
    attributes:
      site: acme
      name: stale_pages
      space_key: OPS
      title: Pages that nobody has touched
      sql: select title, web_url, updated_at from pages order by updated_at, page_id limit 50

    It needs the site's own component beside it, with `allow_writes: true`.
    """

    site: Text = Field(default=settings.DEFAULT_SITE, description="Name of the site, as its component has it.")
    name: Text = Field(description="Name of the asset, and of the publication for good.")
    space_key: Text = Field(description="Key of the space in which the page stands.")
    title: Text = Field(description="Title of the page.")
    sql: str | None = Field(default=None, description="A query whose answer is the page's table.")
    template: str | None = Field(default=None, description="Markdown with queries in it, instead of sql.")
    template_file: str | None = Field(
        default=None, description="File with the template, beside defs.yaml or by its full path."
    )
    parent_id: OptionalText = Field(default=None, description="Id of the page above it; else the space's home page.")
    visible_to: Text = Field(
        default=LICENSED,
        description="Whose rights limit the queries: licensed, anonymous, an account id or e-mail, or everything.",
    )
    overwrite: bool = Field(default=False, description="Write over edits that somebody made on the page.")
    cron: str | None = Field(default=None, description="When to publish, as a cron line; else when it is launched.")

    @classmethod
    def model(cls) -> type[BaseModel]:
        """What YAML may say, with the descriptions that an editor shows."""
        return finish_model(cls, super().model())

    def build_defs(self, context: dg.ComponentLoadContext | None = None) -> dg.Definitions:
        """The asset, a job that publishes it, and a schedule where `cron` is set. Raises: SettingsError."""
        asset = self.build_asset(context.path if context else None)
        job = dg.define_asset_job(
            f"{self.site}_publish_{self.name}",
            selection=dg.AssetSelection.assets(asset),
            executor_def=dg.in_process_executor,
            description=f"Publishes {self.title!r} in {self.space_key}.",
            tags={"confluence/site": self.site},
        )
        schedules = [dg.ScheduleDefinition(job=job, cron_schedule=self.cron)] if self.cron else []
        return dg.Definitions(assets=[asset], jobs=[job], schedules=schedules)

    def build_asset(self, folder: Path | None = None) -> dg.AssetsDefinition:
        """The asset `<site>/<name>`; `folder` is where a relative `template_file` stands. Raises: SettingsError."""
        publication = self.get_publication(folder)
        key = f"{self.site}_confluence"

        @dg.asset(
            key=[self.site, self.name],
            deps=[dg.AssetKey([self.site, WAREHOUSE])],
            group_name=f"{self.site}_publications",
            kinds={"confluence"},
            description=f"The page {self.title!r} in the space {self.space_key}, made of what the database says.",
            required_resource_keys={key},
            tags={"confluence/site": self.site},
            op_tags={"confluence/site": self.site},
        )
        def published_page(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
            return self.execute(context, getattr(context.resources, key), publication)

        return published_page

    def get_publication(self, folder: Path | None = None) -> Publication:
        """The publication without Dagster. Raises: SettingsError for a name or a template that can't be."""
        settings.check_site_name(self.site)
        settings.check_site_name(self.name, "name")
        if self.name in TABLES_BY_NAME or self.name == WAREHOUSE:
            raise SettingsError(f"{self.name} is the name of a table.", setting="name", hint="Choose another one.")
        self._check_page()
        return Publication(
            key=f"{self.site}/{self.name}",
            space_key=self.space_key,
            title=self.title,
            template=self._template(folder),
            parent_id=self.parent_id,
            visible_to=self.visible_to,
            overwrite=self.overwrite,
        )

    def _check_page(self) -> None:
        """Raises: SettingsError for what no page can have."""
        if not self.title.strip() or len(self.title) > _LONGEST_TITLE:
            raise SettingsError(
                f"title has {len(self.title.strip())} characters; a page's has 1 to {_LONGEST_TITLE}.", setting="title"
            )
        if self.parent_id is not None and not self.parent_id.isdecimal():
            raise SettingsError(
                f"parent_id: {self.parent_id!r} is not an id.",
                setting="parent_id",
                hint="It is the digits in a page's address: …/pages/12345/Title.",
            )

    def _template(self, folder: Path | None) -> str:
        given = [source for source in (self.sql, self.template, self.template_file) if source is not None]
        if len(given) != 1:
            raise SettingsError("A publication has one of sql, template and template_file.", setting="template")
        if self.sql is not None:
            return "{{ table(sql) }}".replace("sql", _literal(self.sql))
        if self.template is not None:
            return self.template
        path = (folder or Path.cwd()) / str(self.template_file)
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{path} can't be read: {error.strerror}.", setting="template_file") from None

    def execute(
        self, context: dg.AssetExecutionContext, confluence: ConfluenceResource, publication: Publication
    ) -> dg.MaterializeResult[None]:
        """Publish, and tell Dagster of it; override it to do something before or after. Raises: dg.Failure."""
        if publication.visible_to == EVERYTHING:
            context.log.warning(
                "visible_to is everything: whoever may read the page reads what the account that synced the site saw."
            )
        folder = self._site(confluence).folder
        try:
            with (
                AudienceWarehouse(folder / DATABASE_NAME, publication.visible_to) as warehouse,
                confluence.get_client() as client,
            ):
                document = render_document(publication, warehouse, is_cloud=client.deployment == "cloud")
                memory = folder / "publications" / f"{self.name}.json"
                outcome = publish_page(client, publication, document, memory)
        except ConfluenceAssetsError as error:
            raise failure_of_error(error) from error
        if outcome.edited_version is not None:
            context.log.warning(_edit_words(outcome))
        return dg.MaterializeResult(
            metadata=_metadata(publication, document, outcome), data_version=dg.DataVersion(outcome.content_hash)
        )

    def _site(self, confluence: ConfluenceResource) -> Site:
        home = settings.resolve_home(confluence.home) if confluence.home else settings.read_settings().home
        return Site(name=self.site, home=home, options=SyncOptions())


def _literal(sql: str) -> str:
    """The query as a template's string."""
    escaped = sql.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _edit_words(outcome: PublicationOutcome) -> str:
    what = "was written over" if outcome.state is PublicationState.UPDATED else "stands, since nothing is to be written"
    return f"Somebody edited the page: version {outcome.edited_version} {what}."


def _metadata(publication: Publication, document: Document, outcome: PublicationOutcome) -> dict[str, Any]:
    return {
        "url": dg.MetadataValue.url(outcome.url),
        "page": outcome.page_id,
        "version": outcome.version_number,
        "changed": outcome.state is not PublicationState.UNCHANGED,
        "state": outcome.state.value,
        "content hash": outcome.content_hash,
        "uploaded": ", ".join(outcome.uploaded) or "nothing",
        "visible to": publication.visible_to,
        "markdown": dg.MetadataValue.md(document.markdown[:10_000]),
    }
