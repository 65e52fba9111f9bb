import html
import json
from urllib.parse import quote, quote_plus

import pytest

from confluence_assets.api.redaction import Redactor
from confluence_assets.api.wire import Outgoing, Reply, Request

TOKEN = "ATATT3xFfGF0abcdefghijkLMNOP_-=5D"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.net/f?token=s3cret&name=x", "https://a.net/f?token=***&name=x"),
        (
            "https://a.net/f?name=x&X-Amz-Signature=abc&X-Amz-Credential=def",
            "https://a.net/f?name=x&X-Amz-Signature=***&X-Amz-Credential=***",
        ),
        ("https://me:pass@a.net/", "https://***@a.net/"),
        ("Authorization: Basic bWU6dG9rZW4=", "Authorization: ***"),
        ("sent 'Bearer abcdefgh12345678' there", "sent 'Bearer ***' there"),
        ('{"access_token": "abc", "scope": "read"}', '{"access_token": "***", "scope": "read"}'),
        ('{"refresh_token":"a\\"b', '{"refresh_token":"***"'),
        ("Set-Cookie: JSESSIONID=1; Path=/", "Set-Cookie: ***"),
        (f"the token {TOKEN} leaked", "the token *** leaked"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc end", "jwt *** end"),
        ("a basic plan and a token of thanks", "a basic plan and a token of thanks"),
        ("https://a.net/p?cursor=eyJpZCI6MX0=&limit=250", "https://a.net/p?cursor=eyJpZCI6MX0=&limit=250"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, expected: str) -> None:
    assert Redactor().redact(text) == expected


def test_told_secrets_go_in_both_spellings() -> None:
    redactor = Redactor(["p@ss word", "ab"])
    assert redactor.redact("p@ss word and p%40ss%20word and ab") == "*** and *** and ab"


def test_headers_keep_their_names() -> None:
    headers = {"Authorization": "Basic x", "cookie": "a=b", "Accept": "application/json", "X-Id": "pw-1234"}
    assert Redactor(["pw-1234"]).redact_headers(headers) == {
        "Authorization": "***",
        "cookie": "***",
        "Accept": "application/json",
        "X-Id": "***",
    }


@pytest.mark.parametrize(
    "name", ["X-My-Token", "X-SECRET", "Ocp-Apim-Subscription-Key", "X-Auth-User", "X-Db-Password", "X-Session-Id"]
)
def test_headers_that_are_named_like_secrets_are_masked(name: str) -> None:
    assert Redactor().redact_headers({name: "plain"}) == {name: "***"}


def test_an_excerpt_is_bounded_and_of_one_line() -> None:
    excerpt = Redactor().excerpt(b"line\r\n\ttwo " + b"x" * 5000)
    assert excerpt.startswith("line two xxx")
    assert len(excerpt) == 300
    assert excerpt.endswith("…")


def test_no_half_secret_stays_where_an_excerpt_is_cut() -> None:
    secret = "S" * 200
    assert "SS" not in Redactor([secret]).excerpt("y" * 250 + secret)


def test_a_url_loses_its_fragment() -> None:
    assert Redactor().redact_url("https://a.net/x?jwt=1#frag") == "https://a.net/x?jwt=***"


@pytest.mark.parametrize(
    "echo",
    [
        "{}", "<code>{}</code>", '{{"sent": "{}"}}',
    ],
)  # fmt: skip
def test_an_echo_is_hidden_however_it_is_written(echo: str) -> None:
    """A 401 page that shows what was sent writes it as pages and JSON are written: `+`, `/` and `=` in other forms."""
    secret = "YWRt/W5A+ZXhh'b\"XBs<ZQ&=="
    forms = [
        secret, html.escape(secret), secret.replace("/", "\\/"), quote(secret), quote(secret, safe=""), quote_plus(secret),
        json.dumps(secret), json.dumps(secret).replace("/", "\\/"), "".join(f"&#{ord(one)};" if not one.isalnum() else one for one in secret),
    ]  # fmt: skip
    for form in forms:
        told = Redactor([secret]).redact(echo.format(form))
        assert "YWRt" not in told
        assert "XBs" not in told


def test_what_a_traceback_shows_of_a_request_holds_no_secret() -> None:
    """Reporters of errors keep the values of each frame."""
    headers = {"Authorization": "Basic s3cret"}
    for one in (
        Request("POST", "/oauth/token", body=b"s3cret", headers=headers),
        Outgoing("GET", "https://media.example/f?token=s3cret", headers, b"s3cret"),
        Reply(200, headers, b"s3cret", "https://acme.example", {"access_token": "s3cret"}),
    ):
        assert "s3cret" not in repr(one)
