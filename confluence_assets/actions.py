"""Actions as ops: each write and raw call with a run configuration that the launchpad explains, and one job that takes any.

They write only where the site's resource has `allow_writes`. Must not know how a call is made, or what became of one that failed.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import dagster as dg
from pydantic import Field

from confluence_assets.assets.failures import failure_of_error
from confluence_assets.errors import ConfluenceAssetsError, NotFoundError, SettingsError
from confluence_assets.resources import ConfluenceResource

if TYPE_CHECKING:
    from confluence_assets.api import ConfluenceClient

Result = dict[str, Any]
_SHOWN_BODY_CHARACTERS = 4_000


class Action(dg.Config):
    """One call to the site: its configuration, and how it is made."""

    action_name: ClassVar[str]

    def act(self, client: "ConfluenceClient") -> Any:
        """What the site answered."""
        raise NotImplementedError


class CreatePage(Action):
    """Make a page. Fails where the space has a page of that title."""

    action_name = "create_page"
    kind: Literal["create_page"] = "create_page"
    space_key: str = Field(description="Key of the space, as in its address: /spaces/KEY.")
    title: str = Field(description="Title; no other page of the space may have it.")
    markdown: str | None = Field(default=None, description="The body as GitHub-flavoured Markdown.")
    storage: str | None = Field(default=None, description="The body in storage format, instead of markdown.")
    parent_id: str | None = Field(default=None, description="Id of the page above it; else the space's home page.")
    draft: bool = Field(default=False, description="Make a draft, which only its author sees.")

    def act(self, client: "ConfluenceClient") -> Any:
        options: Any = {"status": "draft"} if self.draft else {}
        if self.parent_id:
            options["parent_id"] = self.parent_id
        body = _body(client, self.markdown, self.storage) or ""
        return client.create_page(self.space_key, self.title, body, **options)


class UpdatePage(Action):
    """Change a page's title, body or place. What is not given stays."""

    action_name = "update_page"
    kind: Literal["update_page"] = "update_page"
    page_id: str = Field(description="Id of the page, as in its address: /pages/ID.")
    title: str | None = Field(default=None, description="New title.")
    markdown: str | None = Field(default=None, description="New body as GitHub-flavoured Markdown.")
    storage: str | None = Field(default=None, description="New body in storage format, instead of markdown.")
    parent_id: str | None = Field(default=None, description="Id of the page to move it below.")
    message: str = Field(default="", description="What the page's history tells of this version.")
    expected_version: int | None = Field(
        default=None, description="Version that you read; another one that stands there fails the run."
    )
    overwrite: bool = Field(default=False, description="Write over whatever version stands there.")

    def act(self, client: "ConfluenceClient") -> Any:
        body = _body(client, self.markdown, self.storage)
        given = {"title": self.title, "body": body, "parent_id": self.parent_id, "message": self.message or None}
        change: Any = {name: value for name, value in given.items() if value is not None}
        return client.update_page(
            self.page_id, expected_version=self.expected_version, overwrite=self.overwrite, **change
        )


class DeletePage(Action):
    """Put a page into the trash, or delete it for good."""

    action_name = "delete_page"
    kind: Literal["delete_page"] = "delete_page"
    page_id: str = Field(description="Id of the page.")
    purge: bool = Field(default=False, description="Through the trash and for good: it can't be restored.")
    draft: bool = Field(default=False, description="Delete the draft alone.")

    def act(self, client: "ConfluenceClient") -> Any:
        client.delete_page(self.page_id, purge=self.purge, draft=self.draft)
        return {"id": self.page_id, "purged": self.purge}


class UploadAttachment(Action):
    """Upload a file of this machine to a page or a blog post."""

    action_name = "upload_attachment"
    kind: Literal["upload_attachment"] = "upload_attachment"
    holder_id: str = Field(description="Id of the page or blog post.")
    path: str = Field(description="Path of the file on the machine where the run is.")
    filename: str | None = Field(default=None, description="Name in Confluence; else the file's own.")
    media_type: str | None = Field(default=None, description="Such as text/csv; else told by the name.")
    comment: str = Field(default="", description="What the list of files says of it.")
    replace: bool = Field(default=False, description="Make a new version of a file that has this name already.")

    def act(self, client: "ConfluenceClient") -> Any:
        from pathlib import Path

        path = Path(self.path)
        if not path.is_file():
            raise SettingsError(f"{path} is no file on this machine.", setting="path")
        return client.upload_attachment(
            self.holder_id,
            self.filename or path.name,
            path,
            media_type=self.media_type,
            comment=self.comment,
            replace=self.replace,
        )


class DeleteAttachment(Action):
    """Put a file into the trash, or delete it for good."""

    action_name = "delete_attachment"
    kind: Literal["delete_attachment"] = "delete_attachment"
    attachment_id: str = Field(description="Id of the file.")
    purge: bool = Field(default=False, description="Through the trash and for good: it can't be restored.")

    def act(self, client: "ConfluenceClient") -> Any:
        client.delete_attachment(self.attachment_id, purge=self.purge)
        return {"id": self.attachment_id, "purged": self.purge}


class SetProperty(Action):
    """Set a content property, whether it is there or not."""

    action_name = "set_property"
    kind: Literal["set_property"] = "set_property"
    holder_id: str = Field(description="Id of the page, blog post, attachment or custom content.")
    holder: Literal["page", "blogpost", "attachment", "custom_content"] = Field(
        default="page", description="What it hangs on."
    )
    key: str = Field(description="Key of the property.")
    value: Any = Field(description="Any JSON value.")

    def act(self, client: "ConfluenceClient") -> Any:
        try:
            return client.update_property(self.holder_id, self.key, self.value, holder=self.holder)
        except NotFoundError:
            return client.create_property(self.holder_id, self.key, self.value, holder=self.holder)


class _Waiting(Action):
    """What a raw call may choose of waiting and trying again."""

    timeout_seconds: float | None = Field(default=None, description="How long to wait for the answer.")
    retries: int | None = Field(default=None, description="Attempts after the first, for what only reads.")
    delay_seconds: float | None = Field(default=None, description="Pause before the second attempt.")
    backoff: float | None = Field(default=None, description="By what each further pause is longer: 2 doubles it.")

    def waiting(self) -> Any:
        """What was chosen, as the client takes it."""
        chosen = {name: getattr(self, name) for name in ("timeout_seconds", "retries", "delay_seconds", "backoff")}
        return {name: value for name, value in chosen.items() if value is not None}


class RawRequest(_Waiting):
    """Send any REST request."""

    action_name = "raw_request"
    kind: Literal["raw_request"] = "raw_request"
    method: str = Field(default="GET", description="GET, POST, PUT, DELETE and so on.")
    path: str = Field(description="Path at the site, such as /wiki/api/v2/pages?limit=5.")
    params: dict[str, str] = Field(default={}, description="Parameters of the query.")
    headers: dict[str, str] = Field(default={}, description="Headers; credentials can't be replaced.")
    body: Any = Field(default=None, description="The body: JSON, or text with a Content-Type header.")
    response: Literal["json", "text"] = Field(default="json", description="How the answer is read.")
    output: str | None = Field(
        default=None, description="File for the answer, byte for byte, on the machine where the run is."
    )

    def act(self, client: "ConfluenceClient") -> Any:
        reply = client.request(
            self.method,
            self.path,
            params=self.params,
            headers=self.headers,
            body=self.body,
            response="binary" if self.output else self.response,
            **self.waiting(),
        )
        if self.output is None:
            return {"status": reply.status, "body": reply.payload}
        return {"status": reply.status, "output": _write_file(self.output, reply.body), "size_bytes": len(reply.body)}


class GraphqlQuery(_Waiting):
    """Ask a GraphQL query, or run a mutation."""

    action_name = "graphql_query"
    kind: Literal["graphql_query"] = "graphql_query"
    query: str = Field(description="The document.")
    variables: dict[str, Any] = Field(default={}, description="Its variables.")
    operation_name: str | None = Field(default=None, description="Which operation, where it has several.")

    def act(self, client: "ConfluenceClient") -> Any:
        return client.graphql(self.query, self.variables, operation_name=self.operation_name, **self.waiting())


ACTIONS: tuple[type[Action], ...] = (
    CreatePage,
    UpdatePage,
    DeletePage,
    UploadAttachment,
    DeleteAttachment,
    SetProperty,
    RawRequest,
    GraphqlQuery,
)
"""All actions, in the order of the launchpad."""


class ActionConfig(dg.Config):
    """Which action the job does: exactly one."""

    action: (
        CreatePage
        | UpdatePage
        | DeletePage
        | UploadAttachment
        | DeleteAttachment
        | SetProperty
        | RawRequest
        | GraphqlQuery
    ) = Field(discriminator="kind", description="One of the actions, with its settings.")


def build_action_ops(site: str, resource_key: str | None = None) -> Mapping[str, dg.OpDefinition]:
    """An op for each action by the action's name, for graphs of your own; each is called `<site>_<action>`.

    They need the site's resource, `<site>_confluence`.
    """
    key = resource_key or f"{site}_confluence"
    return {action.action_name: _build_op(site, key, action) for action in ACTIONS}


def build_action_job(site: str, resource_key: str | None = None) -> dg.JobDefinition:
    """The job `<site>_action`, which does the one action that its run configuration names."""
    key = resource_key or f"{site}_confluence"

    @dg.op(name=f"{site}_act", required_resource_keys={key}, tags={"confluence/site": site})
    def do_action(context: dg.OpExecutionContext, config: ActionConfig) -> Result:
        """Does one action at the site. Writing needs allow_writes at the site's component or resource."""
        return perform(context, getattr(context.resources, key), config.action)

    @dg.job(
        name=f"{site}_action",
        executor_def=dg.in_process_executor,
        description="Writes to the site, or asks it anything: one action, chosen in the launchpad.",
        tags={"confluence/site": site},
    )
    def action_job() -> None:
        do_action()

    return action_job


def _build_op(site: str, key: str, action: type[Action]) -> dg.OpDefinition:
    def work(context: dg.OpExecutionContext, config: Action) -> Result:
        return perform(context, getattr(context.resources, key), config)

    work.__annotations__["config"] = action
    work.__annotations__["context"] = dg.OpExecutionContext
    return dg.op(
        name=f"{site}_{action.action_name}",
        description=action.__doc__,
        required_resource_keys={key},
        tags={"confluence/site": site},
    )(work)


def perform(context: dg.OpExecutionContext, resource: ConfluenceResource, action: Action) -> Result:
    """Do the action, and tell Dagster what the site answered. Raises: dg.Failure with what, and the next step."""
    try:
        with resource.get_client() as client:
            answer = action.act(client)
    except ConfluenceAssetsError as error:
        raise failure_of_error(error) from error
    result: Result = answer if isinstance(answer, dict) else {"answer": answer}
    context.add_output_metadata(_metadata(action, result))
    return result


def _metadata(action: Action, result: Result) -> dict[str, Any]:
    shown: dict[str, Any] = {"action": action.action_name}
    for name in ("id", "title", "status"):
        if name in result:
            shown[name] = str(result[name])
    if "version" in result:
        shown["version"] = int((result["version"] or {}).get("number") or 1)
    if "output" in result:
        shown |= {"file": dg.MetadataValue.path(result["output"]), "bytes": result["size_bytes"]}
    if "body" in result and isinstance(action, RawRequest):
        shown["answer"] = dg.MetadataValue.text(str(result["body"])[:_SHOWN_BODY_CHARACTERS])
    return shown


def _write_file(name: str, content: bytes) -> str:
    """The whole path of the file that was written, for the owner's eyes only. Raises: SettingsError."""
    import os
    from pathlib import Path

    path = Path(name).expanduser().absolute()
    try:
        with open(path, "wb", opener=lambda where, flags: os.open(where, flags, 0o600)) as file:
            file.write(content)
    except OSError as error:
        raise SettingsError(f"{path} can't be written: {error.strerror}.", setting="output") from None
    return str(path)


def _body(client: "ConfluenceClient", markdown: str | None, storage: str | None) -> str | None:
    """The body in storage format; None where none is given. Raises: SettingsError where both are."""
    from confluence_assets.compose import ComposeOptions, markdown_to_storage

    if markdown is not None and storage is not None:
        raise SettingsError("markdown and storage are two bodies for one page.", setting="markdown")
    if markdown is None:
        return storage
    return markdown_to_storage(markdown, options=ComposeOptions(is_cloud=client.deployment == "cloud"))
