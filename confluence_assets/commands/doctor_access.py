"""The part of `doctor` that looks at what the last sync left: whose access is not decided, and who can't be matched.

Asks the site nothing; says nothing where no sync has run yet.
"""

from collections.abc import Iterator

from confluence_assets.commands.findings import Finding, ok, warn
from confluence_assets.errors import StorageError
from confluence_assets.lake import Lake
from confluence_assets.sync.access_report import read_access_report
from confluence_assets.sync.options import Site
from confluence_assets.warehouse import ConfluenceWarehouse

_PEOPLE = """
select cause, any_value(what_to_do), count(*), count(*) filter (where readable_profile_count > 0)
from analytics.unmatched_people
group by cause
order by cause
"""
_CAUSES = {"email_hidden": "hide their e-mail address", "email_shared": "share an e-mail address with another account"}


def check_access(site: Site) -> Iterator[Finding]:
    """What is not decided, with what to grant; where the rule refuses the account; who can't be matched."""
    wanted = site.options.tables()
    if "content_acl" in wanted and site.folder.exists():
        yield from _check_decided(Lake(site.folder))
    if "users" in wanted and (site.folder / "confluence.duckdb").exists():
        yield from _check_people(site)


def _check_decided(lake: Lake) -> Iterator[Finding]:
    report = read_access_report(lake)
    if not report.contents:
        return
    if not report.causes:
        yield ok("access", f"decided for all {report.contents} contents, in {report.profiles} profiles")
    for each in report.causes:
        yield warn("access", each.text, each.cause.advice)
    if report.refusals:
        more = f", and {len(report.refusals) - 1} more like it" if len(report.refusals) > 1 else ""
        step = "Compare with select * from analytics.access_explained(account, content): a grant was misread, or changed meanwhile."
        yield warn("admitted", f"the rule refuses this account what it read: {report.refusals[0].text}{more}", step)


def _check_people(site: Site) -> Iterator[Finding]:
    try:
        with ConfluenceWarehouse(site.folder / "confluence.duckdb") as warehouse:
            found = warehouse.query_rows(_PEOPLE)
    except StorageError as error:
        yield warn("matching", error.message, error.hint or "Run a sync.")
        return
    if not found:
        yield ok("matching", "everybody who can read has an e-mail address of their own")
    for cause, what_to_do, people, readers in found:
        yield warn("matching", f"{people} {_CAUSES[cause]}; {readers} of them can read something", what_to_do)
