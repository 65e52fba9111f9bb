"""OAuth apps, API tokens with scopes, service accounts, and sites that a token opens besides this one."""

from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.edits.common import Fields, group_of, user_of
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.oauth.grants import App, Bearer
from confluence_assets.emulator.seeds.people import add_user

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


def _scopes(value: Any) -> frozenset[str]:
    return frozenset(value.split() if isinstance(value, str) else map(str, value))


@operation("create_oauth_app", "name", "client_id?", "client_secret?", "redirect_uris?", "scopes?", "account?")
def create_oauth_app(site: "Site", fields: Fields) -> Fields:
    """A client. With `account`, it may also get tokens by its own credentials, as that account."""
    grants = site.grants
    client_id = str(fields.get("client_id") or grants.make_token("app"))
    secret = str(fields.get("client_secret") or grants.make_token("ATOA"))
    account = user_of(site, fields["account"]).account_id if "account" in fields else None
    scopes = _scopes(fields["scopes"]) if "scopes" in fields else None
    if account is not None and scopes is None:
        raise ValueError("client credentials need scopes")
    uris = [str(uri) for uri in fields.get("redirect_uris", ())]
    grants.apps[client_id] = App(client_id, secret, str(fields["name"]), uris, scopes, account)
    return {"client_id": client_id, "client_secret": secret}


@operation("create_scoped_token", "account", "scopes", "seconds?")
def create_scoped_token(site: "Site", fields: Fields) -> Fields:
    """An API token with scopes, for Basic at the gateway; the site's own host refuses it."""
    user = user_of(site, fields["account"])
    token = site.grants.make_token("ATATT")
    until = site.grants.now() + float(fields["seconds"]) if "seconds" in fields else float("inf")
    site.grants.scoped[(user.account_id, token)] = Bearer(user.account_id, _scopes(fields["scopes"]), until)
    return {"token": token, "email": user.email}


@operation("create_service_account", "name", "scopes", "groups?")
def create_service_account(site: "Site", fields: Fields) -> Fields:
    """An account that belongs to nobody, with a scoped token and with client credentials."""
    words = "-".join(str(fields["name"]).lower().split())
    email = f"{words}@serviceaccount.atlassian.com"
    if site.store.user_by_email(email) is not None:
        raise ValueError("that service account exists")
    user = add_user(site.store, email, str(fields["name"]))
    user.token = None
    for name in fields.get("groups", ["confluence-users"]):
        group_of(site, name).members.append(user.account_id)
    common = {"name": fields["name"], "account": user.account_id, "scopes": fields["scopes"]}
    token = create_scoped_token(site, {"account": user.account_id, "scopes": fields["scopes"]})
    return {"account_id": user.account_id, **(token or {}), **(create_oauth_app(site, common) or {})}


@operation("revoke_grants", "account")
def revoke_grants(site: "Site", fields: Fields) -> None:
    """Take back all that apps and scoped tokens may do in that account's name."""
    site.grants.revoke(user_of(site, fields["account"]).account_id)


@operation("add_site", "name", "url")
def add_site(site: "Site", fields: Fields) -> Fields:
    """Another site that tokens open: it is listed among the resources, and nothing answers there."""
    found = {"id": site.store.uuid("site", fields["url"]), "url": str(fields["url"]), "name": str(fields["name"])}
    site.grants.other_sites.append(found)
    return {"id": found["id"]}
