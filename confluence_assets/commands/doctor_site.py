"""The part of `doctor` that asks the site: what the account sees of each space, what it may read, and who hides from it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

from confluence_assets.api import Source
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.api.source import Account, Scope, SpaceRef
from confluence_assets.commands.doctor_connection import (
    check_clock,
    check_connection,
    check_scopes,
    describe_limits,
    enter,
)
from confluence_assets.commands.doctor_datacenter import check_datacenter
from confluence_assets.commands.findings import Finding, ok, warn
from confluence_assets.errors import AccessError, ApiError, NotFoundError, UnavailableError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.options import SyncOptions
from confluence_assets.sync.scope import name_unmatched
from confluence_assets.tables import Row

_SPACES_ASKED = 5
_SPACES_NAMED = 20
_PEOPLE_ASKED = 50
_REFUSALS = (AccessError, NotFoundError, UnavailableError)
_HIDDEN = {
    "cloud": "People decide this in their profiles, administrators for managed accounts; visible_pages takes account ids as well.",
    "datacenter": "Administrators decide this (General configuration, Security configuration, User email visibility); visible_pages "
    "takes user keys as well.",
}
_CURRENT_USER = {"cloud": "/wiki/rest/api/user/current", "datacenter": "/rest/api/user/current"}


def check_site(resource: ConfluenceResource, options: SyncOptions) -> Iterator[Finding]:
    """What the site says. Raises: SettingsError, ApiError where it can't even be entered."""
    yield from check_connection(resource)
    connection = resource.get_connection()
    source, account = enter(connection)
    with closing(source):
        identity = source.get_site()
        kind = "Cloud" if identity.deployment == "cloud" else f"Data Center {identity.version or ''}".rstrip()
        yield ok("site", f"Confluence {kind} at {identity.base_url}, id {identity.site_id}")
        yield ok("account", f"{account.display_name} ({account.account_type}, {account.account_id})")
        if isinstance(source, DatacenterSource):
            yield from check_datacenter(source, options)
        yield from check_scopes(connection, options.tables())
        if isinstance(source, CloudSource | DatacenterSource):
            yield check_clock(source.transport, _CURRENT_USER[identity.deployment])
        yield _check_zone(account)
        spaces = [row for rows in source.iter_spaces() for row in rows]
        yield _check_spaces(spaces)
        if unmatched := name_unmatched(options, spaces):
            yield warn("spaces", unmatched, "Mend include_spaces, or let the account view the space.")
        yield from _check_contents(source, spaces)
        yield from _check_rights(source, spaces, options)
        if options.people:
            yield _check_emails(source, account, spaces)
        if isinstance(source, CloudSource | DatacenterSource):
            yield describe_limits(source.transport.rate_state)


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
    keys = [str(row["space_key"]) for row in spaces]
    more = f" and {len(keys) - _SPACES_NAMED} more" if len(keys) > _SPACES_NAMED else ""
    named = ", ".join(keys[:_SPACES_NAMED])
    return ok("spaces", f"{len(spaces)} visible ({listed}; {archived} archived): {named}{more}")


def _asked(spaces: list[Row]) -> list[SpaceRef]:
    return [SpaceRef(row["space_id"], row["space_key"]) for row in spaces[:_SPACES_ASKED]]


def _check_contents(source: Source, spaces: list[Row]) -> Iterator[Finding]:
    """Whether the account sees pages in the first few spaces: one page of the list each."""
    for space in _asked(spaces):
        try:
            rows = next(iter(source.iter_pages(Scope((space,), False), bodies=False)), [])
        except _REFUSALS as error:
            yield warn(
                f"in {space.key}", f"pages can't be read: {error.message}", error.hint or "Ask its administrators."
            )
            continue
        if rows:
            yield ok(f"in {space.key}", f"{len(rows)} pages on the first page of the list")
        else:
            yield warn(
                f"in {space.key}", "no page is visible", "If there should be some: may the account view the space?"
            )


def _check_rights(source: Source, spaces: list[Row], options: SyncOptions) -> Iterator[Finding]:
    """One page of each listing that needs rights of its own; what is refused stays empty, and the sync goes on."""
    if options.people:
        step = "Readers by group can't be resolved without it: give the account the right to browse users and groups."
        yield _try("groups", source.iter_groups, step)
    if options.permissions:
        step = "Access can't be decided without it: make the account an administrator of the space (Cloud: also read:space.permission:confluence)."
        found = {space.key: _try_permissions(source, space, step) for space in _asked(spaces)}
        refused = {key: finding for key, finding in found.items() if finding.next_step}
        if refused:
            text = next(iter(refused.values())).text
            yield warn("permissions", f"{text} (in {', '.join(refused)})", step)
        elif spaces:
            yield ok("permissions", f"can be read in {', '.join(found)}")
    if options.audit:
        step = "Use an account of an administrator, or switch the table off: audit: false."
        yield _try("audit log", lambda: source.iter_audit_records(datetime.now(UTC)), step)


def _try_permissions(source: Source, space: SpaceRef, step: str) -> Finding:
    return _try("permissions", lambda: source.iter_space_permissions(space), step)


def _try(name: str, listing: Callable[[], Iterable[list[Row]]], step: str) -> Finding:
    try:
        for _ in islice(listing(), 1):
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
        step = _HIDDEN[source.get_site().deployment]
        return warn("e-mails", f"{hidden} of {len(users)} people hide theirs", step)
    return ok("e-mails", f"all of {len(users)} people asked about show theirs")
