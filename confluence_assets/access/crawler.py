"""The free check: whoever fetched a row may read it, so the rule must let the crawling account in.

Where it does not, a grant was misread, or the site knows one that we don't. Costs no request.
"""

from dataclasses import dataclass

from confluence_assets.access.principals import Principal
from confluence_assets.access.resolver import SpaceResolution


@dataclass(frozen=True, slots=True)
class CrawlerPowers:
    """What lets the crawling account see more than the rule says, and makes the check silent where it applies.

    `admin_key`: an Admin Key was in use. `space_admin`: it administers the space, and so may lift restrictions.
    `super_groups`: members of these read everything on Data Center.
    """

    admin_key: bool = False
    space_admin: bool = False
    super_groups: tuple[str, ...] = ("confluence-administrators",)


@dataclass(frozen=True, slots=True)
class Unadmitted:
    """Contents that the account could fetch and the rule refuses it, by the layer that refuses.

    `source_type` is `account` where the account itself is not an active one that the lake knows.
    """

    acl_profile_id: str
    source_type: str
    source_id: str
    content_count: int
    example_content_id: str


def find_unadmitted(
    resolution: SpaceResolution, account_id: str, powers: CrawlerPowers = CrawlerPowers()
) -> list[Unadmitted]:
    """Where the rule refuses the crawling account what it fetched; empty where all is well.

    Profiles that are not decidable, and layers that are not complete, are left out: they are counted as such. So is an
    account of which it can't be told whether it may use the site.
    """
    directory = resolution.directory
    if powers.admin_key or directory.is_in_doubt(account_id) or _is_super(resolution, account_id, powers):
        return []
    found: dict[tuple[str, str, str], Unadmitted] = {}
    for content_id, _, profile in resolution.iter_contents():
        if not profile.is_decidable or resolution.admits(profile, account_id):
            continue
        source = _refusing_source(resolution, content_id, account_id, powers)
        if directory.position(account_id) is None:
            source = ("account", account_id)
        if source is None or (profile.profile_id, *source) in found:
            continue
        count = resolution.content_count(profile)
        found[profile.profile_id, *source] = Unadmitted(profile.profile_id, *source, count, content_id)
    return list(found.values())


def _is_super(resolution: SpaceResolution, account_id: str, powers: CrawlerPowers) -> bool:
    directory = resolution.directory
    return directory.site.deployment == "datacenter" and any(
        directory.holds(directory.admitted(Principal("group", group)).accounts, account_id)
        for group in powers.super_groups
    )


def _refusing_source(
    resolution: SpaceResolution, content_id: str, account_id: str, powers: CrawlerPowers
) -> tuple[str, str] | None:
    """The first layer that refuses the account and is complete, as its source's type and id."""
    for link in resolution.profile_of(content_id).layers():
        if powers.space_admin and link.layer_index > 0:
            continue
        accounts, causes = resolution.admitted_by(link.layer)
        if not resolution.directory.holds(accounts, account_id) and not any(cause.is_incomplete for _, cause in causes):
            return link.layer.source_type, link.layer.source_id
    return None
