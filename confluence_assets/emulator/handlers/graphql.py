"""A small part of Atlassian's GraphQL: who asks, which site this is, pages and spaces by id, and one mutation.

The gateway's schema is far larger. Queries are run by a real executor, so that what is outside of this part is refused in the
words of GraphQL, and introspection tells what there is.
"""

from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType, build_schema, get_operation_ast, graphql_sync, parse

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.call import Call
from confluence_assets.emulator.edits import apply_edit
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import PAGE, Content, Space
from confluence_assets.emulator.web.messages import Reply, Request, json_reply

SCHEMA = build_schema(
    """
    type Query { me: AuthenticationContext! tenantContexts(hostNames: [String!]): [TenantContext] confluence: ConfluenceQueryApi }
    type Mutation { confluence: ConfluenceMutationApi }
    type AuthenticationContext { user: User }
    type User { accountId: ID! name: String! accountStatus: String! }
    type TenantContext { cloudId: ID hostName: String }
    type ConfluenceQueryApi { page(id: ID!): ConfluencePage pages(ids: [ID!]!): [ConfluencePage] space(id: ID!): ConfluenceSpace }
    type ConfluencePage { id: ID! pageId: ID! title: String status: String space: ConfluenceSpace body: ConfluenceBodies }
    type ConfluenceBodies { storage: ConfluenceBody }
    type ConfluenceBody { value: String }
    type ConfluenceSpace { id: ID! spaceId: ID! key: String name: String }
    type ConfluenceMutationApi { createPage(input: ConfluenceCreatePageInput!): ConfluenceCreatePagePayload }
    input ConfluenceCreatePageInput { spaceId: ID! title: String! }
    type ConfluenceCreatePagePayload { success: Boolean! page: ConfluencePage }
    """
)


def answer_call(call: Call) -> Reply:
    """The answer on the site's own host."""
    return answer(call.site, call.viewer, call.request)


def answer(site: Site, viewer: Viewer, request: Request) -> Reply:
    """Run the document of a request as the viewer."""
    if not site.switches.graphql:
        raise not_found()
    try:
        asked = request.json()
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise Refusal(400, "The body must be an object with a query.")
    name, variables = asked.get("operationName"), asked.get("variables") or {}
    _count(site, asked["query"], name)
    root = _Root(site, viewer)
    result = graphql_sync(
        SCHEMA, asked["query"], root, variable_values=variables, operation_name=name, field_resolver=_resolve
    )
    return json_reply(_shown(result), 200 if result.data is not None or result.errors is None else 400)


def _count(site: Site, document: str, name: str | None) -> None:
    """Mutations count as writes, whatever becomes of them."""
    try:
        chosen = get_operation_ast(parse(document), name)
    except GraphQLError:
        return
    site.stats.writes += chosen is not None and chosen.operation is OperationType.MUTATION


def _shown(result: ExecutionResult) -> dict[str, Any]:
    errors = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
    return {**errors, "data": result.data}


def _resolve(source: Any, info: Any, **arguments: Any) -> Any:
    """A field of a row, or a question to the site."""
    if isinstance(source, dict):
        return source.get(info.field_name)
    return getattr(source, f"get_{info.field_name.lower()}")(**arguments)


class _Root:
    """What the top fields answer. Those of `confluence` are here, too."""

    def __init__(self, site: Site, viewer: Viewer) -> None:
        self._site = site
        self._viewer = viewer

    def get_me(self) -> dict[str, Any]:
        user = self._viewer.user
        if user is None:
            return {"user": None}
        return {"user": {"accountId": user.account_id, "name": user.display_name, "accountStatus": user.status}}

    def get_tenantcontexts(self, hostNames: list[str] | None = None) -> list[dict[str, Any]]:
        return [{"cloudId": self._site.cloud_id, "hostName": name} for name in hostNames or ()]

    def get_confluence(self) -> "_Root":
        return self

    def get_page(self, id: str) -> dict[str, Any] | None:
        number = id.rpartition("/")[2]
        found = self._site.store.get(int(number), PAGE) if number.isdigit() else None
        return self._page(found) if found is not None and self._viewer.reads(found) else None

    def get_pages(self, ids: list[str]) -> list[dict[str, Any] | None]:
        return [self.get_page(one) for one in ids]

    def get_space(self, id: str) -> dict[str, Any] | None:
        number = id.rpartition("/")[2]
        found = self._site.store.spaces.get(int(number)) if number.isdigit() else None
        return self._space(found) if found is not None and self._viewer.reads_space(found) else None

    def get_createpage(self, input: dict[str, Any]) -> dict[str, Any]:
        space = self._site.store.spaces.get(int(input["spaceId"])) if str(input["spaceId"]).isdigit() else None
        if space is None or not self._viewer.may_in_space(space, "create", "page"):
            raise GraphQLError("No space with this id, or no permission to add pages to it.")
        try:
            made = apply_edit(
                self._site,
                {"op": "create_page", "space": space.key, "title": input["title"], "by": self._viewer.account_id},
            )
        except ValueError as error:
            raise GraphQLError(str(error)) from None
        return {"success": True, "page": self._page(self._site.store.contents[int(made["id"])])}

    def _page(self, content: Content) -> dict[str, Any]:
        return {
            "id": f"ari:cloud:confluence:{self._site.cloud_id}:page/{content.id}",
            "pageId": str(content.id),
            "title": content.title,
            "status": content.status.upper(),
            "space": self._space(self._site.store.space_of(content)),
            "body": {"storage": {"value": self._site.bodies.storage(content)}},
        }

    def _space(self, space: Space) -> dict[str, Any]:
        ari = f"ari:cloud:confluence:{self._site.cloud_id}:space/{space.id}"
        return {"id": ari, "spaceId": str(space.id), "key": space.key, "name": space.name}
