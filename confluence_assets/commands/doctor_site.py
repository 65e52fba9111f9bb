"""The part of `doctor` that asks the site: address, credentials, what the account sees and may read, clocks."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

from confluence_assets.api import Connection, Source, connect, open_transport
from confluence_assets.api.source import Account, SpaceRef
from confluence_assets.api.wire import Request
from confluence_assets.commands.findings import Finding, ok, warn
from confluence_assets.errors import AccessError, ApiError, NotFoundError, UnavailableError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.options import SyncOptions
from confluence_assets.tables import Row

_SKEW_SECONDS = 60
_PEOPLE_ASKED = 50
_REFUSALS = (AccessError, NotFoundError, UnavailableError)


def check_site(resource: ConfluenceResource, options: SyncOptions) -> Iterator[Finding]:
    """What the site says. Raises: SettingsError, ApiError where it can't even be entered."""
    if resource.is_embedded:
        yield warn(
            "address", "CONFLUENCE_URL is not set: the embedded demo site serves.", "Set it to sync a site of yours."
        )
    connection = resource.get_connection()
    yield _explain_address(connection)
    connection.auth()
    yield ok("credentials", _describe_credentials(connection))
    source = connect(connection)
    account = source.get_account()
    identity = source.get_site()
    yield ok("site", f"Confluence {identity.deployment} at {identity.base_url}, id {identity.site_id}")
    yield ok("account", f"{account.display_name} ({account.account_type}, {account.account_id})")
    yield _check_clock(connection)
    yield _check_zone(account)
    spaces = [row for rows in source.iter_spaces() for row in rows]
    yield _check_spaces(spaces)
    yield from _check_rights(source, spaces, options)
    if options.people:
        yield _check_emails(source, account, spaces)


def _explain_address(connection: Connection) -> Finding:
    address = connection.address()
    notes = f" ({'; '.join(address.notes)})" if address.notes else ""
    return ok("address", f"{address.root}{notes}")


def _describe_credentials(connection: Connection) -> str:
    if connection.pat:
        return "a personal access token"
    return f"an API token of {connection.email}"


def _check_clock(connection: Connection) -> Finding:
    """The site's own time stands in each answer; a sync relies on it and never on ours, but people compare the two."""
    transport = open_transport(connection)
    try:
        started = time.time()
        reply = transport.send(Request("GET", "/wiki/rest/api/user/current", is_safe=True))
    finally:
        transport.close()
    stamp = reply.headers.get("Date")
    if not stamp:
        return ok("clock", "the site does not tell its time")
    here = datetime.fromtimestamp((started + time.time()) / 2, UTC)
    skew = (here - parsedate_to_datetime(stamp)).total_seconds()
    text = f"ours differs from the site's by {abs(skew):.0f} s"
    if abs(skew) > _SKEW_SECONDS:
        return warn(
            "clock", text, "Set this machine's clock; data are right all the same: the site's time is what counts."
        )
    return ok("clock", text)


def _check_zone(account: Account) -> Finding:
    ours = datetime.now().astimezone().tzname()
    return ok("time zone", f"account {account.time_zone or 'not told'}, this machine {ours}; all data are in UTC")


def _check_spaces(spaces: list[Row]) -> Finding:
    if not spaces:
        step = "Give the account the right to view spaces, or use another account."
        return warn("spaces", "the account sees no space", step)
    kinds = Counter(str(row.get("type")) for row in spaces)
    archived = sum(row.get("status") == "archived" for row in spaces)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return ok("spaces", f"{len(spaces)} visible ({listed}; {archived} archived)")


def _check_rights(source: Source, spaces: list[Row], options: SyncOptions) -> Iterator[Finding]:
    """One page of each listing that needs rights of its own; what is refused stays empty, and the sync goes on."""
    if options.people:
        step = "Readers by group can't be resolved without it: give the account the right to browse users and groups."
        yield _try("groups", source.iter_groups(), step)
    if options.permissions and spaces:
        space = SpaceRef(spaces[0]["space_id"], spaces[0]["space_key"])
        step = "Access can't be decided without it: the account needs to see the permissions of its spaces."
        yield _try("permissions", source.iter_space_permissions(space), step)
    if options.audit:
        step = "Use an account of an administrator, or switch the table off: audit: false."
        yield _try("audit log", source.iter_audit_records(datetime.now(UTC)), step)


def _try(name: str, listing: Iterable[list[Row]], step: str) -> Finding:
    try:
        for _ in islice(listing, 1):
            pass
    except _REFUSALS as error:
        return warn(name, f"can't be read: {error.message}", step)
    except ApiError as error:
        return warn(name, f"did not answer: {error.message}", error.hint or "Try again.")
    return ok(name, "can be read")


def _check_emails(source: Source, account: Account, spaces: list[Row]) -> Finding:
    named = list(dict.fromkeys([account.account_id, *(row["author_id"] for row in spaces if row.get("author_id"))]))
    try:
        users = [row for rows in source.get_users(named[:_PEOPLE_ASKED]) for row in rows]
    except _REFUSALS as error:
        step = "Names and addresses of people stay empty: give the account the right to browse users."
        return warn("people", f"can't be read: {error.message}", step)
    hidden = sum(bool(row.get("email_hidden")) for row in users)
    if hidden:
        step = "People decide this in their profiles, administrators for managed accounts; visible_pages takes account ids as well."
        return warn("e-mails", f"{hidden} of {len(users)} people hide theirs", step)
    return ok("e-mails", f"all of {len(users)} people asked about show theirs")
