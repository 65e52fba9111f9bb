"""What `dg scaffold defs` asks for and writes: a `defs.yaml` that works as it is. Must not know what definitions are made of it."""

from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import click
import dagster as dg
from pydantic import BaseModel, Field

from confluence_assets import settings
from confluence_assets.errors import SettingsError

_OLDEST_PAGES = "select title, web_url, updated_at from pages order by updated_at, page_id limit 50"


class ScaffoldParams(BaseModel):
    """What is asked for a site."""

    site: str = Field(default=settings.DEFAULT_SITE, description="Name of the site in asset keys and folders.")
    url: str | None = Field(default=None, description="Address of the site, such as https://acme.atlassian.net.")
    email: str | None = Field(default=None, description="E-mail address of the account (Cloud).")
    token_env: str = Field(default=settings.API_TOKEN, description="Name of the variable that holds the API token.")


class ConfluenceScaffolder(dg.Scaffolder[ScaffoldParams]):
    """Writes a site's `defs.yaml`."""

    @classmethod
    def get_scaffold_params(cls) -> type[ScaffoldParams]:
        return ScaffoldParams

    def scaffold(self, request: dg.ScaffoldRequest[ScaffoldParams]) -> None:
        try:
            settings.check_site_name(request.params.site)
            settings.check_variable_name("token_env", request.params.token_env)
        except SettingsError as error:
            _refuse(request.target_path, error)
        _write(request, request.params.model_dump())


class PublicationParams(BaseModel):
    """What is asked for a publication."""

    site: str = Field(default=settings.DEFAULT_SITE, description="Name of the site, as its component has it.")
    name: str | None = Field(default=None, description="Name of the asset; else that of the folder.")
    space_key: str = Field(description="Key of the space in which the page is to stand.")
    title: str = Field(description="Title of the page.")
    sql: str = Field(default=_OLDEST_PAGES, description="The query whose answer is the page's table.")


class PublicationScaffolder(dg.Scaffolder[PublicationParams]):
    """Writes a publication's `defs.yaml`."""

    @classmethod
    def get_scaffold_params(cls) -> type[PublicationParams]:
        return PublicationParams

    def scaffold(self, request: dg.ScaffoldRequest[PublicationParams]) -> None:
        name = request.params.name or request.target_path.name
        try:
            settings.check_site_name(request.params.site)
            settings.check_site_name(name, "name")
        except SettingsError as error:
            _refuse(request.target_path, error)
        _write(request, {**request.params.model_dump(), "name": name})


def _write(request: dg.ScaffoldRequest[Any], attributes: dict[str, Any]) -> None:
    dg.scaffold_component(request, {name: value for name, value in attributes.items() if value is not None})


def _refuse(folder: Path, error: SettingsError) -> NoReturn:
    """Say what is wrong in one line, as `dg` itself does, and leave no empty folder. Raises: click.UsageError."""
    with suppress(OSError):
        folder.rmdir()
    raise click.UsageError(str(error)) from None
