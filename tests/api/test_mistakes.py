"""What people are told when something is wrong, word for word."""

from contextlib import closing

import pytest

from confluence_assets.api.auth import Auth, BasicAuth, BearerAuth, NoAuth
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import Request
from confluence_assets.errors import (
    AccessError,
    ApiError,
    ConflictError,
    NotFoundError,
    ProtocolError,
    TransientError,
    UnavailableError,
)
from tests.api.clock import quick_options
from tests.api.server import Answer, ScriptedSite

GET = Request("GET", "/wiki/api/v2/tasks", label="GET", scope="read:task:confluence", is_safe=True)
CALL = "GET /wiki/api/v2/tasks"
BASIC = BasicAuth("me@example.com", "s3cret-token")
HTML = {"Content-Type": "text/html;charset=UTF-8"}
TOKEN_HINT = (
    "Check CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN: is the token whole, of that account, and not expired "
    "(https://id.atlassian.com/manage-profile/security/api-tokens)? "
    "A token made with scopes needs CONFLUENCE_CONNECTION=scoped_token."
)

MISTAKES = [
    (
        "wrong token",
        BASIC,
        Answer(401, text=""),
        AccessError,
        f"{{root}} did not accept the credentials (401 for {CALL}). {TOKEN_HINT}",
    ),
    (
        "wrong personal access token",
        BearerAuth("s3cret-token"),
        Answer(401, text="<html>Unauthorized (401)</html>", headers=HTML),
        AccessError,
        f"{{root}} did not accept the credentials (401 for {CALL}). Check CONFLUENCE_PAT: has it expired, and was it made on this site?",
    ),
    (
        "no credentials",
        NoAuth(),
        Answer(401, payload={"errors": [{"status": 401, "code": "UNAUTHORIZED", "title": "Unauthorized"}]}),
        AccessError,
        f"{{root}} lets nobody in without credentials (401 for {CALL}). "
        "Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN (Cloud) or CONFLUENCE_PAT (Data Center).",
    ),
    (
        "missing scope",
        BASIC,
        Answer(401, payload={"code": 401, "message": "Unauthorized; scope does not match"}),
        AccessError,
        f"The token has no scope for {CALL} (401: Unauthorized; scope does not match). Give the token the scope read:task:confluence: scopes are chosen when a token is made (https://id.atlassian.com/manage-profile/security/api-tokens).",
    ),
    (
        "expired token",
        BASIC,
        Answer(401, payload={"code": 401, "message": "The token is expired"}),
        AccessError,
        f"The token has expired (401 for {CALL}). {TOKEN_HINT}",
    ),
    (
        "no right",
        BASIC,
        Answer(
            403,
            payload={
                "statusCode": 403,
                "message": "com.atlassian.confluence.api.service.exceptions.PermissionException: Only administrators.",
            },
        ),
        AccessError,
        f"The account may not {CALL} (403: Only administrators). Ask an administrator whether this account may see it.",
    ),
    (
        "missing or hidden",
        BASIC,
        Answer(404, payload={"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}),
        NotFoundError,
        f"Missing, or hidden from this account: {CALL} (404: Not Found).",
    ),
    (
        "a site that does not exist",
        BASIC,
        Answer(
            404, text="<!DOCTYPE html><title>Your Atlassian Cloud site is currently unavailable</title>", headers=HTML
        ),
        NotFoundError,
        f'There is no Confluence API at {{root}} (404 for {CALL}, a web page titled "Your Atlassian Cloud site is currently unavailable"). '
        "Check CONFLUENCE_URL: https://<your site>.atlassian.net for Cloud.",
    ),
    (
        "a Data Center without its context path",
        BearerAuth("s3cret-token"),
        Answer(404, text="<!DOCTYPE html><title>Not Found</title>", headers=HTML),
        NotFoundError,
        f'There is no Confluence API at {{root}} (404 for {CALL}, a web page titled "Not Found"). '
        "Check CONFLUENCE_URL: the address as in a browser, with the context path where there is one "
        "(https://wiki.example.com/confluence).",
    ),
    (
        "a login page",
        BASIC,
        Answer(200, text="<html><head><title>Log in - Confluence</title></head></html>", headers=HTML),
        AccessError,
        f'{{root}} answered {CALL} with a login page titled "Log in - Confluence": the credentials were not accepted. {TOKEN_HINT}',
    ),
    (
        "some other site",
        BASIC,
        Answer(200, text="<!doctype html><title>Welcome to nginx!</title>", headers=HTML),
        ProtocolError,
        f'{{root}} answered {CALL} with a web page titled "Welcome to nginx!" instead of JSON: this is not the address of a '
        "Confluence site, or something in between answers for it. Check CONFLUENCE_URL, and proxies on the way.",
    ),
    (
        "withdrawn",
        BASIC,
        Answer(410, payload={"statusCode": 410, "message": "This deprecated endpoint has been removed."}),
        UnavailableError,
        f"This site does not offer {CALL} (410: This deprecated endpoint has been removed).",
    ),
    ("not implemented", BASIC, Answer(501, text=""), UnavailableError, f"This site does not offer {CALL} (501)."),
    (
        "conflict",
        BASIC,
        Answer(409, payload={"message": "Version must be incremented."}),
        ConflictError,
        f"Somebody else wrote first: 409 for {CALL}: Version must be incremented.",
    ),
    (
        "malformed",
        BASIC,
        Answer(
            400,
            payload={
                "errors": [
                    {
                        "status": 400,
                        "code": "INVALID_REQUEST_PARAMETER",
                        "title": "Provided value {Docs} for 'id' is not the correct type. Expected type is long.",
                    }
                ]
            },
        ),
        ProtocolError,
        f"The site did not understand {CALL} (400: Provided value {{Docs}} for 'id' is not the correct type. Expected type is long).",
    ),
    (
        "limited",
        BASIC,
        Answer(
            429, text="<html>slow down</html>", headers={**HTML, "X-Failure-Category": "FAILURE CLIENT RATE LIMITED"}
        ),
        TransientError,
        f"The site limits how much may be asked (429, FAILURE CLIENT RATE LIMITED for {CALL}).",
    ),
    (
        "failing",
        BASIC,
        Answer(500, payload={"statusCode": 500, "message": "java.lang.NullPointerException"}),
        TransientError,
        f"The site failed at {CALL} (500: java.lang.NullPointerException).",
    ),
    (
        "damaged",
        BASIC,
        Answer(200, text='{"results": [{'),
        TransientError,
        f"The site answered {CALL} with damaged or cut-off JSON (200).",
    ),
    ("silent", BASIC, Answer(200, text=""), TransientError, f"The site answered {CALL} with nothing (200)."),
]


@pytest.mark.parametrize(
    ("auth", "answer", "kind", "message"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_what_people_are_told(auth: Auth, answer: Answer, kind: type[ApiError], message: str) -> None:
    with ScriptedSite(lambda _asked: answer) as site:
        options = quick_options(attempts=1, throttled_attempts=1)
        with closing(Transport(site.url, auth, options)) as transport, pytest.raises(ApiError) as caught:
            transport.send(GET)
    error = caught.value
    assert type(error) is kind
    assert str(error) == message.replace("{root}", site.url).replace("{Docs}", "{Docs}")
    assert (error.method, error.url, error.status) == ("GET", f"{site.url}/wiki/api/v2/tasks", answer.status)
    assert "s3cret" not in f"{error} {error.excerpt}"


def test_a_refusal_by_the_gateway_speaks_of_the_gateway() -> None:
    with ScriptedSite(lambda _asked: Answer(401, payload={"code": 401, "message": "Unauthorized"})) as site:
        root = f"{site.url}/ex/confluence/abc"
        with closing(Transport(root, BASIC, quick_options())) as transport, pytest.raises(AccessError) as caught:
            transport.send(GET)
    assert caught.value.hint == (
        "Check CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN: the token must have scopes, belong to this site and not have expired "
        "(https://id.atlassian.com/manage-profile/security/api-tokens)."
    )
