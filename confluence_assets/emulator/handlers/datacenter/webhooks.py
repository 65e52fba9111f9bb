"""Webhooks: registered, changed, tried out, counted. For administrators."""

from typing import Any
from urllib.parse import urlsplit

import orjson

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.datacenter.delivery import send
from confluence_assets.emulator.datacenter.webhooks import EVENTS, Invocation, Webhook, Webhooks, signed_headers
from confluence_assets.emulator.handlers.datacenter.pages import Row, offset_page, require_admin
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.web.messages import Reply, json_reply

MOST_SECRET = 255
TEST_SECONDS = 2.0


def _all(call: Call) -> Webhooks:
    if call.viewer.user is None:
        raise Refusal(401, "Client must be authenticated to access this resource.")
    require_admin(call, "manage webhooks")
    parts = call.site.datacenter
    if parts is None:
        raise TypeError("that site is no Data Center")
    return parts.webhooks


def _one(call: Call) -> Webhook:
    webhooks = _all(call)
    number = call.arguments["webhookId"]
    found = webhooks.registered.get(int(number)) if number.isdigit() else None
    if found is None:
        raise not_found(f"A webhook with ID {number} could not be found.")
    return found


def _row(webhook: Webhook) -> Row:
    row: Row = {
        "id": webhook.id,
        "name": webhook.name,
        "createdDate": webhook.created_ms,
        "updatedDate": webhook.updated_ms,
        "events": list(webhook.events),
        "configuration": {"secret": webhook.secret} if webhook.secret else {},
        "url": webhook.url,
        "active": webhook.active,
        "scopeType": "global",
        "sslVerificationRequired": webhook.is_ssl_required,
    }
    if webhook.credentials:
        row["credentials"] = {"username": webhook.credentials.get("username", "")}
    return row


def _checked(body: Any) -> Row:
    """The fields of a registration. Raises: Refusal 400."""
    if not isinstance(body, dict):
        raise Refusal(400, "A webhook is an object.")
    name, url, events = body.get("name"), body.get("url"), body.get("events")
    if not isinstance(name, str) or not name:
        raise Refusal(400, "The webhook needs a name.")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise Refusal(400, "The webhook needs a URL.")
    if not isinstance(events, list) or not events or not set(map(str, events)) <= set(EVENTS):
        unknown = sorted(set(map(str, events or ())) - set(EVENTS))
        raise Refusal(400, f"The webhook needs events, and none but known ones: {', '.join(unknown)}")
    secret = (body.get("configuration") or {}).get("secret")
    if secret is not None and (not isinstance(secret, str) or len(secret) > MOST_SECRET):
        raise Refusal(400, f"The secret has at most {MOST_SECRET} characters.")
    return {
        "name": name,
        "url": url,
        "events": [str(event) for event in events],
        "active": bool(body.get("active", True)),
        "secret": secret,
        "is_ssl_required": bool(body.get("sslVerificationRequired", True)),
        "credentials": body.get("credentials"),
    }


def register(call: Call) -> Reply:
    webhooks, fields, now = _all(call), _checked(call.body()), call.site.clock.now_ms
    webhook = Webhook(call.store.next_id("webhook"), created_ms=now, updated_ms=now, **fields)
    webhooks.registered[webhook.id] = webhook
    return json_reply(_row(webhook), 201, {"Location": f"{call.site.base_url}/rest/api/webhooks/{webhook.id}"})


def list_webhooks(call: Call) -> Row:
    wanted = set(call.request.query.get("event", []))
    rows = [one for one in _all(call).registered.values() if not wanted or wanted & set(one.events)]

    def render(webhook: Webhook) -> Row:
        return {**_row(webhook), "statistics": _summary(webhook)} if call.get("statistics") else _row(webhook)

    return offset_page(call, rows, render, default=100, most=100)


def get_webhook(call: Call) -> Row:
    webhook = _one(call)
    return {**_row(webhook), "statistics": _summary(webhook)} if call.get("statistics") else _row(webhook)


def change(call: Call) -> Row:
    webhook = _one(call)
    body = call.body()
    kept = {**_row(webhook), "credentials": webhook.credentials}
    merged = {**kept, **body} if isinstance(body, dict) else body
    for name, value in _checked(merged).items():
        setattr(webhook, name, value)
    webhook.updated_ms = call.site.clock.now_ms
    return _row(webhook)


def remove(call: Call) -> Reply:
    webhook = _one(call)
    del _all(call).registered[webhook.id]
    return Reply(204)


def _summary(webhook: Webhook) -> Row:
    names = {"SUCCESS": "successes", "FAILURE": "failures", "ERROR": "errors"}
    return {"counts": {"window": {"duration": 86_400_000}, **{v: webhook.counts[k] for k, v in names.items()}}}


def _invocation(found: Invocation) -> Row:
    millis = int(found.seconds * 1000)
    return {
        "id": found.id,
        "event": {"id": found.event, "i18nKey": f"webhooks.event.{found.event}"},
        "eventScope": {"type": "global"},
        "start": iso(found.at_ms),
        "finish": iso(found.at_ms + millis),
        "duration": {"seconds": int(found.seconds), "nano": millis % 1000 * 1_000_000},
        "request": {"method": "POST", "url": found.url, "headers": found.headers, "body": found.body},
        "result": {"outcome": found.outcome.outcome, "description": found.outcome.description},
    }


def get_latest(call: Call) -> Row | Reply:
    """The last delivery, of an event or with an outcome where that is asked for; 204 where there is none."""
    outcomes = set(call.request.query.get("outcome", [])) | set(call.request.query.get("outcomes", []))
    found = [
        one
        for one in _one(call).invocations
        if call.get("event") in (None, one.event) and (not outcomes or one.outcome.outcome in outcomes)
    ]
    return _invocation(found[-1]) if found else Reply(204)


def get_statistics(call: Call) -> Row:
    webhook = _one(call)
    last = {}
    for one in webhook.invocations:
        if call.get("event") in (None, one.event):
            last[f"last{one.outcome.outcome.capitalize()}"] = _invocation(one)
    return {**_summary(webhook), **last}


def get_summary(call: Call) -> Row:
    return _summary(_one(call))


def test_address(call: Call) -> Row:
    """Post `{"test": true}` to an address, and tell how it went. Blocks for two seconds at most."""
    _all(call)
    url, body = call.get("url"), orjson.dumps({"test": True})
    headers = signed_headers("diagnostics:ping", body, None, call.store.uuid("ping", call.site.clock.now_ms))
    outcome = send(url, headers, body, TEST_SECONDS)
    return {
        "url": url,
        "request": {"method": "POST", "url": url, "headers": headers, "body": body.decode()},
        "result": {"outcome": outcome.outcome, "description": outcome.description},
        "statusCode": outcome.status,
    }
