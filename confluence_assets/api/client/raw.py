"""Any call: REST by method and path, GraphQL by query, through the same credentials, limits and redaction.

Only what reads is sent again after a failure, whatever number of retries was asked for.
"""

import codecs
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from confluence_assets.api.client.graphql import check_query, graphql_place
from confluence_assets.api.client.paths import check_headers, check_path, is_reading_post, may_write_by_get
from confluence_assets.api.client.reach import Reach
from confluence_assets.api.datacenter.caller import refuse_anonymous
from confluence_assets.api.failures import UnreachableError
from confluence_assets.api.filters import check_names
from confluence_assets.api.limits import RetryPolicy
from confluence_assets.api.paging import payload_of
from confluence_assets.api.transport import refuse_write
from confluence_assets.api.wire import READ_METHODS, JsonObject, Parameters, Reply, Request, encode_parameters
from confluence_assets.errors import ProtocolError, SettingsError, TransientError

_THROTTLED = 429
_NUMBERS = ("timeout_seconds", "retries", "delay_seconds", "backoff", "longest_delay_seconds")


class RequestOptions(TypedDict, total=False):
    """How a raw call is made.

    `response` is what comes back as the reply's `payload`: parsed JSON, text, or bytes. `retries` counts the attempts after the
    first; the pause before them is `delay_seconds`, times `backoff` for each one more, at most `longest_delay_seconds`.
    """

    response: Literal["json", "text", "binary"]
    timeout_seconds: float
    retries: int
    delay_seconds: float
    backoff: float
    longest_delay_seconds: float


class RawCalls(Reach):
    """Calls that nobody foresaw."""

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **options: Unpack[RequestOptions],
    ) -> Reply:
        """The reply of any REST call; `path` starts at the site's root, as in `/wiki/api/v2/pages?limit=5`.

        `body` is sent as JSON unless it is bytes or text. Whatever writes needs `allow_writes`, and is sent once; POSTs that are
        known to read are reads. Credentials can't be overridden, and the path can't leave the site.
        Raises: SettingsError for what may not be sent; the errors of every call.
        """
        check_names(RequestOptions, options)
        verb = method.strip().upper()
        if not verb.isalpha():
            raise SettingsError(f"{method!r} is no method.", setting="method", hint="GET is one, or POST, PUT, DELETE.")
        plain, typed_query = check_path(path, self.transport.root)
        is_safe = verb in READ_METHODS or (verb == "POST" and is_reading_post(plain))
        if not self.allow_writes and (not is_safe or may_write_by_get(plain)):
            refuse_write(f"{verb} {plain}")
        query = "&".join(part for part in (typed_query, encode_parameters(params or {})) if part)
        content, kind = _encoded(body)
        sent = {**kind, **check_headers(headers or {})}
        return self._send_raw(Request(verb, plain, query, content, sent, f"{verb} {plain}", is_safe=is_safe), options)

    def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation_name: str | None = None,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> JsonObject:
        """What a GraphQL query answers: an object with `data` and, where something went wrong in part, `errors`.

        The query is parsed before it is sent: a mutation anywhere in the document needs `allow_writes`, and is sent once.
        `path` names another endpoint than Cloud's own; Data Center documents none.
        Raises: SettingsError for a document that can't be parsed; ProtocolError where nothing but errors came back.
        """
        check_names(RequestOptions, options)
        is_safe = check_query(query, operation_name)
        if not is_safe and not self.allow_writes:
            refuse_write("this GraphQL mutation")
        place, is_of_origin = graphql_place(self.transport.root, self.deployment, path)
        content = json.dumps({"query": query, "variables": dict(variables or {}), "operationName": operation_name})
        sent = {"Content-Type": "application/json", **check_headers(headers or {})}
        request = Request(
            "POST", place, "", content.encode(), sent, f"POST {place}", is_safe=is_safe, is_of_origin=is_of_origin
        )
        payload = payload_of(self._send_raw(request, {**options, "response": "json"}), request.label)
        if payload.get("data") is None and payload.get("errors"):
            raise ProtocolError(
                f"The GraphQL query was refused: {_messages(payload['errors'])}.", method="POST", url=place
            )
        return payload

    def _send_raw(self, request: Request, options: RequestOptions) -> Reply:
        """Send with the options of the call, and give the body in the form that was asked for."""
        response = options.get("response", "json")
        if response not in ("json", "text", "binary"):
            raise SettingsError(f"response is {response!r}.", setting="response", hint="It is json, text or binary.")
        prepared = replace(
            request,
            wants_json=response == "json",
            may_leave_origin=response == "binary",
            retry=_policy(options, self.transport.options.retry),
            timeout_seconds=options.get("timeout_seconds"),
        )
        try:
            reply = self.transport.send(prepared)
        except TransientError as error:
            if not request.is_safe and error.status != _THROTTLED and not isinstance(error, UnreachableError):
                error.is_outcome_unknown = True
                error.hint = "Whether it was done is not known: look before you send it again."
            raise
        refuse_anonymous(self.transport, request.method, request.label, reply)
        if response == "text":
            reply.payload = reply.body.decode(_charset(reply), "replace")
        elif response == "binary":
            reply.payload = reply.body
        return reply


def _encoded(body: Any) -> tuple[bytes | None, dict[str, str]]:
    """The body as bytes, and the type that it has unless a header says another."""
    if body is None:
        return None, {}
    if isinstance(body, bytes):
        return body, {}
    if isinstance(body, str):
        return body.encode(), {"Content-Type": "text/plain; charset=utf-8"}
    try:
        return json.dumps(body).encode(), {"Content-Type": "application/json"}
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"body is no JSON: {error}.", setting="body", hint="Give JSON values, text or bytes."
        ) from None


def _policy(options: RequestOptions, usual: RetryPolicy) -> RetryPolicy:
    """The usual policy with what the call chose. Raises: SettingsError for numbers that make no sense."""
    chosen = {name: options[name] for name in _NUMBERS if name in options}  # type: ignore[literal-required]
    for name, value in chosen.items():
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise SettingsError(f"{name} is {value!r}, which is no number.", setting=name)
        if value < 0:
            raise SettingsError(f"{name} is {value}, which is less than nothing.", setting=name)
    if options.get("timeout_seconds") == 0:
        raise SettingsError("timeout_seconds is 0: nothing answers in no time.", setting="timeout_seconds")
    attempts = options["retries"] + 1 if "retries" in options else usual.attempts
    return replace(
        usual,
        attempts=attempts,
        throttled_attempts=attempts if "retries" in options else usual.throttled_attempts,
        base_seconds=options.get("delay_seconds", usual.base_seconds),
        factor=options.get("backoff", usual.factor),
        longest_delay_seconds=options.get("longest_delay_seconds", usual.longest_delay_seconds),
    )


def _charset(reply: Reply) -> str:
    found = re.search(r"charset=[\"']?([\w.:-]+)", reply.headers.get("Content-Type", ""))
    try:
        return codecs.lookup(found[1]).name if found else "utf-8"
    except LookupError:
        return "utf-8"


def _messages(errors: Any) -> str:
    told = [str(one.get("message", "")) for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return "; ".join(message.rstrip(".")[:200] for message in told[:3] if message) or "no reason was given"
