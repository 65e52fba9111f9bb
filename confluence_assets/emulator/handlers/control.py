"""What the control surface does, over HTTP. `Control` does the same in process."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.dump import dump_rows, to_ndjson
from confluence_assets.emulator.edits import apply_edit
from confluence_assets.emulator.edits.registry import operations_of
from confluence_assets.emulator.faults.base import FAULTS, fields_of
from confluence_assets.emulator.operate import configuration, configure, reset_site
from confluence_assets.emulator.parameters import text
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.web.messages import Reply

__all__ = ["text"]


def get_stats(call: Call) -> dict[str, Any]:
    return call.site.stats.as_dict()


def reset_stats(call: Call) -> dict[str, Any]:
    call.site.stats.reset()
    return {"ok": True}


def reset(call: Call) -> dict[str, Any]:
    """Back to the seed; switches and latency too."""
    reset_site(call.site)
    return {"ok": True}


def edit(call: Call) -> dict[str, Any]:
    """One operation, or a list of them."""
    body = call.body()
    try:
        if isinstance(body, list):
            return {"results": [apply_edit(call.site, one) for one in body]}
        return apply_edit(call.site, body)
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(400, f"{type(error).__name__}: {error}") from error


def list_edits(call: Call) -> dict[str, Any]:
    """The operations there are, with their fields."""
    operations = operations_of(call.site.config.deployment)
    return {name: operation.fields for name, operation in sorted(operations.items())}


def list_faults(call: Call) -> dict[str, Any]:
    return {"results": call.site.faults.as_list()}


def list_fault_kinds(call: Call) -> dict[str, Any]:
    """The faults there are, with their fields."""
    return {name: [public for public, _ in fields_of(kind)] for name, kind in sorted(FAULTS.items())}


def add_faults(call: Call) -> dict[str, Any]:
    """One fault or a list of them; `{"clear": true}` or `{"clear": <id>}` takes them away."""
    body = call.body()
    if isinstance(body, dict) and "clear" in body:
        return _clear(call, None if body["clear"] is True else str(body["clear"]))
    try:
        made = [_add(call, one) for one in (body if isinstance(body, list) else [body])]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refusal(400, f"{type(error).__name__}: {error}") from error
    return {"results": made}


def _add(call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    return call.site.faults.add(fields["kind"], {k: v for k, v in fields.items() if k != "kind"}).as_dict()


def clear_faults(call: Call) -> dict[str, Any]:
    return _clear(call, call.get("id"))


def _clear(call: Call, fault_id: str | None) -> dict[str, Any]:
    try:
        call.site.faults.clear(fault_id)
    except KeyError as error:
        raise Refusal(404, str(error.args[0])) from error
    return list_faults(call)


def dump(call: Call) -> Reply:
    """Everything as NDJSON; with `as=<account id>`, what that account may read (`as=` for anonymous)."""
    viewer = call.site.door.everything()
    if "as" in call.query:
        account = call.get("as")
        user = call.store.users.get(account)
        if account and user is None:
            raise Refusal(404, f"no such account: {account}")
        viewer = call.site.door.as_user(user)
    return Reply(200, to_ndjson(dump_rows(call.site, viewer, call.get("kind"))), "application/x-ndjson")


def get_config(call: Call) -> dict[str, Any]:
    return configuration(call.site)


def set_config(call: Call) -> dict[str, Any]:
    body = call.body()
    try:
        configure(call.site, body)
    except (TypeError, ValueError) as error:
        raise Refusal(400, str(error)) from error
    return configuration(call.site)


def get_tenant_info(call: Call) -> dict[str, str]:
    return {"cloudId": call.site.cloud_id}
