"""`demo`: the embedded site in Parquet and DuckDB, and one question answered in SQL."""

import sys
from importlib.util import find_spec
from pathlib import Path

from confluence_assets.commands.account import describe_run
from confluence_assets.commands.run import materialize_in_process, request_for, run_in_process
from confluence_assets.component import ConfluenceComponent
from confluence_assets.embedded import Deployment, count_writes, stop_embedded
from confluence_assets.publication import ConfluencePublication
from confluence_assets.settings import EMBEDDED, EMBEDDED_DATACENTER
from confluence_assets.warehouse import ConfluenceWarehouse

TEMPLATE = Path(__file__).with_name("state_of_this_wiki.md")
QUESTION = "Who has the most overdue tasks?"

SQL = """\
select coalesce(u.display_name, 'nobody') as person, count(*) as overdue, min(t.due_at)::date as since
from tasks t
left join users u on u.account_id = t.assigned_to
where t.status = 'incomplete' and t.due_at < now()
group by all
order by overdue desc, since
limit 5"""


SITES: dict[Deployment, tuple[str, str]] = {
    "cloud": (EMBEDDED, "demo"),
    "datacenter": (EMBEDDED_DATACENTER, "demo_datacenter"),
}
"""Address and name of the demo site by deployment."""


def run_demo(*, deployment: Deployment = "cloud", verbose: bool = False) -> int:
    """Sync the embedded demo site, whatever the environment says, and ask it something."""
    address, name = SITES[deployment]
    sys.stderr.write(
        "The embedded demo site serves: a small company's wiki, made up and always the same.\n"
        "Versions, likes and files are on, though they cost a request each: every table shall have something to show.\n"
    )
    component = ConfluenceComponent(url=address, site=name, allow_writes=True)
    site = component.get_site()
    try:
        report = run_in_process(component, request_for(), verbose=verbose)
        sys.stdout.write(describe_run(site, report) + "\n")
        if report.database_path:
            sys.stdout.write("\n" + answer(site.folder / report.database_path) + "\n")
            if find_spec("matplotlib"):
                sys.stdout.write("\n" + publish_twice(component, deployment) + "\n")
            else:
                sys.stderr.write("Nothing is written back: charts need the extra `publication`.\n")
    finally:
        stop_embedded()  # what was published goes with it: the demo site is always the same
    return 0 if report.is_ok else 1


def publish_twice(component: ConfluenceComponent, deployment: Deployment) -> str:
    """What became of the demo's page, and what a second run found to do."""
    publication = ConfluencePublication(
        site=component.get_site().name,
        name="state_of_this_wiki",
        space_key="HB",
        title="State of this wiki",
        template_file=str(TEMPLATE),
    )
    lines = ["Written back to the demo site, as the asset that publishes it would:", ""]
    for _ in range(2):
        before = count_writes(deployment)
        told = materialize_in_process(publication.build_asset(), component)
        writes = count_writes(deployment) - before
        lines.append(f"  {told['state']:<9}  {told['url']}  {writes} write request{'' if writes == 1 else 's'}")
    return "\n".join(lines)


def answer(database: Path) -> str:
    """The question, its SQL and its answer."""
    with ConfluenceWarehouse(database) as warehouse:
        table = warehouse.query_arrow(SQL)
    names = table.column_names
    rows = [[str(value) for value in row.values()] for row in table.to_pylist()]
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (names, *rows)
    ]
    return "\n".join(
        [QUESTION, "", *(f"    {line}" for line in SQL.splitlines()), "", *(f"  {line}" for line in lines)]
    )
