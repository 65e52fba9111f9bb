"""Refusals, in the words of each dialect (facts, section 14)."""

from typing import Any

from confluence_assets.emulator.web.messages import REASONS, Reply, json_reply

_V2_CODES = {400: "INVALID_REQUEST_PARAMETER", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 410: "GONE"}
_V1_EXCEPTIONS = {
    400: "BadRequestException", 403: "PermissionException", 404: "NotFoundException", 409: "ConflictException",
    410: "GoneException", 413: "ContentTooLongException", 501: "NotImplementedServiceException",
}  # fmt: skip


class Refusal(Exception):
    """A handler says no. The route's dialect decides what the body looks like."""

    def __init__(self, status: int, message: str = "", detail: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail


def not_found(message: str = "Not Found") -> Refusal:
    return Refusal(404, message)


def bad_parameter(name: str, value: object, expected: str, detail: str | None = None) -> Refusal:
    title = f"Provided value {{{value}}} for '{name}' is not the correct type. Expected type is {expected}."
    return Refusal(400, title, detail)


def refusal_reply(refusal: Refusal, dialect: str) -> Reply:
    if dialect == "v1":
        return json_reply(v1_body(refusal.status, refusal.message), refusal.status)
    if dialect == "control":
        return json_reply({"error": refusal.message}, refusal.status)
    return json_reply(v2_body(refusal.status, refusal.message, refusal.detail), refusal.status)


def v2_body(status: int, title: str, detail: str | None = None) -> dict[str, Any]:
    code = _V2_CODES.get(status, REASONS.get(status, "ERROR").upper().replace(" ", "_"))
    title = title or REASONS.get(status, "Error")
    return {"errors": [{"status": status, "code": code, "title": title, "detail": detail}]}


def v1_body(status: int, message: str) -> dict[str, Any]:
    name = _V1_EXCEPTIONS.get(status, "ServiceException")
    return {
        "statusCode": status,
        "data": {
            "authorized": status not in (401, 403, 404),
            "valid": status != 400,
            "allowedInReadOnlyMode": True,
            "errors": [],
            "successful": False,
        },
        "message": f"com.atlassian.confluence.api.service.exceptions.{name}: {message}",
        "reason": REASONS.get(status, "Error"),
    }


def unauthorized(dialect: str, form: str, site_url: str) -> Reply:
    """401 on the site host. Its body is an open question, so a switch decides."""
    headers = {"WWW-Authenticate": f'OAuth realm="{site_url}/wiki"'}
    if form == "empty":
        return Reply(401, b"", "text/plain", headers)
    if form == "html":
        page = b"<html><head><title>Unauthorized (401)</title></head><body><h1>Unauthorized (401)</h1></body></html>"
        return Reply(401, page, "text/html;charset=UTF-8", headers)
    if dialect == "v1":
        return json_reply({"statusCode": 401, "message": "Unauthorized", "reason": "Unauthorized"}, 401, headers)
    return json_reply(v2_body(401, "Unauthorized"), 401, headers)
