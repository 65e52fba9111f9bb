"""Data Center's switches: quirks that a version has or lacks, and questions to which public material has no sure answer."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.datacenter.profiles import PROFILES

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@dataclass(slots=True)
class DatacenterSwitches(Switches):
    """Switches of a Data Center, beside those of search and of anonymous access that it shares with Cloud."""

    version: str = "10.0.3"
    cql_time_zone: Literal["instance", "user"] = "user"
    # which routes there are
    content_scan: bool = True
    """Off, it is a server before 7.18."""
    server_information: bool = True
    user_list: bool = True
    """From 8.4 on."""
    active_user_list: bool = True
    """`/admin/users/list/active`: documented from 9.3 on."""
    global_permissions: bool = True
    """`/permissions`, which tell who 'Can use' the site: documented from 9.3 on."""
    nested_group_routes: bool = True
    # offset lists
    wrong_next_offsets: bool = False
    """CONFSERVER-95272: on a capped page `next` says start + what was asked for, although fewer rows came."""
    next_omits_start: bool = False
    rows_past_the_end: bool = False
    """CONFSERVER-95312: a start behind the end gives the last page again."""
    content_cap: int = 1000
    expanded_cap: int = 200
    body_cap: int = 50
    space_list_cap: int = 100
    people_cap: int = 200
    most_bodies: int = 0
    """Asked for more bodies at once, the server runs out of memory: 500. 0 is no limit."""
    broken_storage: list[str] = field(default_factory=list)
    """Ids of contents whose storage body can't be made: every answer that is to hold it is a 500."""
    expanded_children_limit: int = 25
    expanded_labels_limit: int = 200
    expanded_names_limit: int = 200
    # search
    attachment_cql_offset: Literal["works", "fails_once", "fails"] = "works"
    """Offset paging of `type=attachment` answers 400 after page 1."""
    unknown_space_status: Literal[500, 400, 200] = 400
    """CONFSERVER-55445: 500 for a space that CQL does not know; 200 finds nothing."""
    invalid_cql_status: Literal[400, 404] = 400
    # who asks
    failed_bearer: Literal["anonymous", "401"] = "anonymous"
    anonymous_without_access: Literal["empty", "401", "302"] = "empty"
    email_visibility: Literal["public", "admins", "hidden"] = "public"
    email_in_lists: bool = False
    members_need_admin: bool = True
    user_list_loses_rows: bool = False
    """CONFSERVER-95999: the row at each page's edge is lost in `/user/list`."""
    memberof_nested: bool = True
    members_flattened: bool = False
    """Whether the members of a group are also those of the groups inside it, as the screens show them."""
    # permissions
    permissions_denied_status: Literal[500, 403] = 500
    """CONFSERVER-99908: `/space/{key}/permissions` answers 500 to those who don't administer the space."""
    anonymous_permissions_form: Literal["list", "operations"] = "list"
    remote_api: Literal["enabled", "disabled", "websudo"] = "enabled"
    """JSON-RPC: disabled answers 403, websudo HTML with 200."""
    # the server
    space_status_shown: bool = True
    read_only: bool = False
    rate_limit_capacity: int = 0
    """Tokens of each user's bucket; 0 is no rate limit."""
    rate_limit_fill: int = 10
    rate_limit_interval_seconds: int = 1
    rate_limit_blocks: bool = False
    """Blocked for good: `Retry-After` is the greatest long."""
    old_storage: bool = False
    """Bodies as an old server wrote them: `ac:macro`, people by user name."""
    # webhooks
    webhook_signature_prefix: bool = True
    """Whether `sha256=` stands before the signature."""
    webhook_lose_every: int = 0
    """Every n-th delivery never leaves; 0 loses none."""
    webhook_repeat_every: int = 0
    """Every n-th delivery is made twice; 0 repeats none."""


def datacenter_switches(profile: str, given: Switches) -> DatacenterSwitches:
    """The switches of a version; those that were given and differ from the plain defaults stand.

    Raises: ValueError where there is no such version.
    """
    if profile not in PROFILES:
        raise ValueError(f"no such version: {profile}; there are {', '.join(PROFILES)}")
    if isinstance(given, DatacenterSwitches):
        return given
    found = DatacenterSwitches(version=PROFILES[profile].version)
    found.update(**PROFILES[profile].quirks)
    plain = Switches().as_dict()
    changed = {name: value for name, value in given.as_dict().items() if value != plain[name]}
    found.update(**changed)
    return found


def quirks_of(site: "Site") -> DatacenterSwitches:
    """The switches of a Data Center."""
    if not isinstance(site.switches, DatacenterSwitches):
        raise TypeError("that site is no Data Center")
    return site.switches


def switches_for(profile: str, **changes: object) -> DatacenterSwitches:
    """The switches of a version with some of them changed. Raises: ValueError for a name that is none of them."""
    found = datacenter_switches(profile, Switches())
    found.update(**changes)
    return found
