"""`graphql`: one GraphQL query, its data on standard output and its errors beside it."""

import argparse
import json
import sys
from typing import Any

from confluence_assets.commands.request import as_json, open_client, read_text, told_where, waiting
from confluence_assets.errors import SettingsError


def run_graphql(arguments: argparse.Namespace) -> int:
    """Ask and print. 0 where all of it was answered; 1 where the answer names errors. Raises: SettingsError, ApiError."""
    query = read_text(arguments.query, "QUERY")
    variables = _variables(arguments.variables)
    with open_client(arguments) as client:
        payload = told_where(
            lambda: client.graphql(query, variables, operation_name=arguments.operation, **waiting(arguments))
        )
    sys.stdout.write(as_json(payload) + "\n")
    errors = payload.get("errors") or []
    for error in errors:
        sys.stderr.write(f"error: {error.get('message', error) if isinstance(error, dict) else error}\n")
    return 1 if errors else 0


def _variables(words: str | None) -> dict[str, Any]:
    if words is None:
        return {}
    try:
        variables = json.loads(read_text(words, "--variables"))
    except ValueError as error:
        raise SettingsError(f"--variables is no JSON: {error}.", setting="--variables") from None
    if not isinstance(variables, dict):
        raise SettingsError("--variables is no JSON object.", setting="--variables")
    return variables
