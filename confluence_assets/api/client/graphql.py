"""What a GraphQL document does, read by a parser and not by its looks; and where a site answers GraphQL."""

from urllib.parse import urlsplit

from confluence_assets.api.client.paths import check_path, is_graphql_place
from confluence_assets.errors import SettingsError, UnavailableError

SITE_PATH = "/gateway/api/graphql"
"""Where a Cloud site answers, with API tokens."""
GATEWAY_PATH = "/graphql"
"""Where the gateway answers, at its origin: OAuth and tokens with scopes."""


def check_query(document: str, operation_name: str | None) -> bool:
    """True where the document only reads. One mutation in it makes all of it a write, whatever is to be run.

    Raises: SettingsError where it can't be parsed, holds no operation to run, or subscribes.
    """
    # loaded here: a code location that asks no GraphQL need not wait for its parser
    from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse

    try:
        parsed = parse(document)
    except GraphQLSyntaxError as error:
        place = f"line {error.locations[0].line}" if error.locations else "the document"
        raise SettingsError(f"The GraphQL query can't be parsed at {place}.", setting="query") from None
    operations = [one for one in parsed.definitions if isinstance(one, OperationDefinitionNode)]
    names = [one.name.value if one.name else None for one in operations]
    if not operations or (operation_name is None and len(operations) > 1):
        raise SettingsError(
            f"The GraphQL document holds {len(operations)} operations.",
            setting="operation_name",
            hint="Name the one that is to be run in operation_name.",
        )
    if operation_name is not None and operation_name not in names:
        raise SettingsError(f"The GraphQL document holds no operation {operation_name!r}.", setting="operation_name")
    if any(one.operation is OperationType.SUBSCRIPTION for one in operations):
        raise SettingsError("A GraphQL subscription can't be asked for by one request.", setting="query")
    return all(one.operation is OperationType.QUERY for one in operations)


def graphql_place(root: str, deployment: str, path: str | None) -> tuple[str, bool]:
    """The path to ask, and whether it stands at the origin instead of below the root. Raises: UnavailableError."""
    if path is not None:
        plain = check_path(path, root)[0]
        if not is_graphql_place(plain):  # elsewhere a POST may write, whatever the document says
            raise SettingsError(f"{plain} is no GraphQL endpoint: its path ends with /graphql.", setting="path")
        return plain, False
    if deployment != "cloud":
        raise UnavailableError(
            "Data Center documents no GraphQL.",
            method="POST",
            hint="Ask its REST API, or name a plugin's path in `path`.",
        )
    return (GATEWAY_PATH, True) if "/ex/confluence/" in urlsplit(root).path else (SITE_PATH, False)
