"""`login`: consent in the browser, a site of those that it opens, and tokens kept where each later run finds them.

Must not know what a sync does with them. No secret is printed, or taken from the command line.
"""

import argparse
import sys
import webbrowser
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from confluence_assets.api import SiteAddress, TransportOptions, connect, parse_site_url
from confluence_assets.api.gateway import find_cloud_id
from confluence_assets.api.oauth import Login, LoginStore, OAuthApp, Tokens
from confluence_assets.api.oauth.callback import CallbackServer, redirect_uri_of
from confluence_assets.api.oauth.consent import Consent, new_state, with_offline_access
from confluence_assets.api.oauth.endpoint import ReachedSite, TokenEndpoint
from confluence_assets.api.oauth.store import choose_keeper
from confluence_assets.api.scopes import scopes_for
from confluence_assets.commands.project import find_component
from confluence_assets.component import ConfluenceComponent
from confluence_assets.errors import SettingsError
from confluence_assets.settings import CONNECTION, EMBEDDED_ADDRESSES, URL, read_variable


def run_login(arguments: argparse.Namespace) -> int:
    """Log in, print the scopes, or forget a login. 0 where that was done. Raises: SettingsError, AccessError and the like."""
    component, wanted = find_component(arguments.site)
    scopes = scopes_for(component.get_options().tables())
    if arguments.scopes:
        sys.stdout.write(" ".join(with_offline_access(scopes)) + "\n")
        return 0
    resource = component.get_resource()
    app = resource.get_oauth_app()
    store = LoginStore(resource.get_logins_folder())
    url = component.url or read_variable(URL)
    address = parse_site_url(url) if url and url not in EMBEDDED_ADDRESSES else None
    if arguments.forget:
        return _forget(store, app, address)
    tokens, endpoint = _ask_consent(arguments, app, with_offline_access(scopes))
    reached = _choose(endpoint.get_sites(tokens), wanted, address)
    login = _login_of(app, reached, tokens, None if wanted else address)
    login = choose_keeper(arguments.keep, login)
    with store.locked(login.login_id):
        store.save(login)
    _tell(store, login, component, scopes)
    return 0


def _ask_consent(arguments: argparse.Namespace, app: OAuthApp, scopes: tuple[str, ...]) -> tuple[Tokens, TokenEndpoint]:
    """Raises: AccessError where consent was refused; TransientError where nobody answered."""
    if arguments.paste:
        consent = Consent(app, redirect_uri_of(arguments.port), scopes)
        _say(f"Open this address in a browser, and log in:\n\n{consent.url}\n")
        _say("Then paste here the address that the browser ended at (it may show an error; only the address counts):")
        code = consent.read_code(sys.stdin.readline())
    else:
        state = new_state()
        with CallbackServer(arguments.port, state=state) as callback:
            consent = Consent(app, callback.redirect_uri, scopes, state)
            if arguments.no_browser or not webbrowser.open(consent.url):
                _say(f"Open this address in a browser on this machine, and log in:\n\n{consent.url}\n")
            else:
                _say("The browser asks for your consent; --no-browser prints the address instead.")
            code = consent.read_code(callback.wait(arguments.timeout_seconds))
    endpoint = TokenEndpoint(app)
    return endpoint.redeem_code(code, consent.redirect_uri, consent.verifier), endpoint


def _choose(sites: list[ReachedSite], wanted: str | None, address: SiteAddress | None) -> ReachedSite:
    """The site that was meant. Raises: SettingsError naming those that the login opens."""
    sites = [site for site in sites if not site.scopes or any("confluence" in scope for scope in site.scopes)]
    listed = ", ".join(f"{site.url} ({site.name})" for site in sites) or "none"
    if wanted is not None:
        host = wanted.removeprefix("https://").strip("/")
        chosen = [one for one in sites if wanted in (one.cloud_id, one.name) or one.url.partition("://")[2] == host]
        said = wanted
    elif address is not None:
        cloud_id = find_cloud_id(address, TransportOptions())
        chosen = [one for one in sites if one.cloud_id == cloud_id]
        said = address.root
    else:
        chosen = sites if len(sites) == 1 else [_ask(sites)] if len(sites) > 1 else []
        said = "any site"
    if not chosen:
        raise SettingsError(
            f"The login does not open {said}; it opens: {listed}.",
            setting="--site",
            hint="Log in again with an account of that site, and choose the site on the page that asks.",
        )
    return chosen[0]


def _ask(sites: list[ReachedSite]) -> ReachedSite:
    for number, site in enumerate(sites, 1):
        _say(f"  {number}  {site.url}  {site.name}")
    if not sys.stdin.isatty():
        raise SettingsError("The login opens several sites.", setting="--site", hint="Choose one with --site ADDRESS.")
    while True:
        _say("Which one? ")
        answer = sys.stdin.readline().strip()
        if answer.isdigit() and 1 <= int(answer) <= len(sites):
            return sites[int(answer) - 1]
        if not answer:
            raise SettingsError("No site was chosen.", setting="--site", hint="Choose one with --site ADDRESS.")


def _login_of(app: OAuthApp, reached: ReachedSite, tokens: Tokens, address: SiteAddress | None) -> Login:
    addresses = {reached.url} | ({address.root} if address and not address.is_gateway else set())
    return Login(
        client_id=app.client_id,
        cloud_id=reached.cloud_id,
        site_url=reached.url,
        site_name=reached.name,
        tokens=tokens,
        addresses=tuple(sorted(addresses)),
    )


def _tell(store: LoginStore, login: Login, component: ConfluenceComponent, scopes: tuple[str, ...]) -> None:
    where = "the system's keyring" if login.keeper == "keyring" else f"{_shown(store.path_of(login.login_id))} (0600)"
    sys.stdout.write(f"Logged in to {login.site_url}; the tokens are in {where}.\n")
    missing = sorted(set(with_offline_access(scopes)) - set(login.tokens.scopes)) if login.tokens.scopes else []
    if missing:
        sys.stdout.write(f"Not granted: {' '.join(missing)}. `confluence-assets doctor` says which tables need them.\n")
    resource = component.get_resource()
    if resource.is_embedded:
        sys.stdout.write(f"Next: set {URL}={login.site_url}\n")
        return
    try:
        connection = resource.get_connection()
    except SettingsError as error:
        sys.stdout.write(f"Next: set {CONNECTION}=oauth. {error.message}\n")
        return
    if connection.way() != "oauth":
        sys.stdout.write(f"Next: set {CONNECTION}=oauth: at present {connection.way()} is used.\n")
        return
    with closing(connect(replace(connection, logins=store.folder))) as source:
        account = source.get_account()
    sys.stdout.write(f"The site takes us for {account.display_name}. Next: confluence-assets doctor\n")


def _forget(store: LoginStore, app: OAuthApp, address: SiteAddress | None) -> int:
    if address is None:
        raise SettingsError(f"{URL} is not set.", setting=URL, hint="It says which login is to be forgotten.")
    login = store.find(app.client_id, address=address.root, cloud_id=address.cloud_id)
    if login is None:
        sys.stdout.write(f"There is no login to {address.root}.\n")
        return 0
    with store.locked(login.login_id):
        store.forget(login)
    sys.stdout.write(
        f"The login to {login.site_url} is forgotten. https://id.atlassian.com/manage-profile/apps ends the consent as well.\n"
    )
    return 0


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
