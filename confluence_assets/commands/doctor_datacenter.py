"""The part of `doctor` that only a Data Center needs: its version and mode, who may use it, what only administrators see."""

from collections.abc import Iterator

from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.commands.findings import Finding, ok, warn
from confluence_assets.errors import AccessError, ApiError, NotFoundError
from confluence_assets.sync.options import SyncOptions
from confluence_assets.tables import Row

_TRIED_SINCE = (7, 19)
_MEMBERS_STEP = (
    "Nobody is let in by a group whose members are not known: use a personal access token of an administrator, which "
    "Confluence 10 asks for here."
)
_LICENCE_STEP = (
    "Name the groups that hold 'Can use' in licensed_groups: [confluence-users]. Without, what every licensed user may read is read "
    "by nobody; Confluence tells it from 9.3 on, and administrators only."
)


def check_datacenter(source: DatacenterSource, options: SyncOptions) -> Iterator[Finding]:
    """At most five requests. Raises: ApiError where the site fails."""
    yield _check_version(source)
    if source.is_read_only():
        yield ok("mode", "read-only for now; a sync only reads, and goes on (webhooks can't be registered meanwhile)")
    if options.people or options.permissions:
        yield from _check_groups(source, options)


def _check_version(source: DatacenterSource) -> Finding:
    version = source.get_site().version
    if version is None:
        step = "Nothing has to be done: what the server can do is found out by asking, at some requests more."
        return warn("version", "the site does not tell its version", step)
    if source.is_before(_TRIED_SINCE):
        step = "Update to 7.19 or later: older ones were not tried, and can't list contents by scan before 7.18."
        return warn("version", f"Confluence {version}", step)
    return ok("version", f"Confluence {version}")


def _check_groups(source: DatacenterSource, options: SyncOptions) -> Iterator[Finding]:
    try:
        groups = [row for rows in source.iter_groups() for row in rows]
    except (AccessError, NotFoundError):
        return  # said among the rights
    if groups and options.people:
        yield _check_members(source, groups[0])
    if options.permissions:
        yield _check_licence(groups, options)


def _check_members(source: DatacenterSource, group: Row) -> Finding:
    try:
        count = sum(len(rows) for rows in source.iter_group_members(group["group_id"]))
    except ApiError as error:
        return warn("members", f"of group {group['name']} can't be read: {error.message}", _MEMBERS_STEP)
    return ok("members", f"of groups can be read ({group['name']}: {count})")


def _check_licence(groups: list[Row], options: SyncOptions) -> Finding:
    """Who may use the site: told by it, or named by its owner; names are compared without case."""
    known = {str(row["name"]).lower() for row in groups}
    missing = [name for name in options.licensed_groups if name.lower() not in known]
    if missing:
        step = "Write licensed_groups as the site spells them; a group that does not exist lets nobody in."
        return warn("licence", f"no such group: {', '.join(missing)}", step)
    told = [row["name"] for row in groups if row["access_types"]]
    if told:
        return ok("licence", f"the site tells who may use it: {', '.join(sorted(told))}")
    if options.licensed_groups:
        return ok("licence", f"by licensed_groups: {', '.join(options.licensed_groups)}")
    return warn("licence", "the site does not tell who may use it", _LICENCE_STEP)
