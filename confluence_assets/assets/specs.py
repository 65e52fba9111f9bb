"""One asset spec per table, made from the data contract, and one for the published database.

Must not know how tables are filled.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

from confluence_assets.assets.lineage import column_lineage
from confluence_assets.partitions import build_space_partitions
from confluence_assets.tables import TABLES_BY_NAME, Column, Grain, Origin, Table

WAREHOUSE = "warehouse"
"""Name of the asset that is the published DuckDB file; not a table."""

_WAREHOUSE_DOC = """All tables in one DuckDB file, `confluence.duckdb`, all of one moment.

It is built aside and swapped in, so it can be opened at any time and is never locked.
"""

_TREE = ("pages", "blogposts", "folders", "whiteboards", "databases", "embeds")

_UPSTREAM: dict[str, tuple[str, ...]] = {
    "spaces": (),
    "groups": (),
    "group_members": ("groups",),
    "users": ("group_members", "pages", "blogposts", "comments", "attachments"),
    "audit_records": (),
    "sync_ledger": (),
    "content_changes": ("pages", "blogposts", "comments", "attachments"),
    "comments": ("pages", "blogposts"),
    "attachments": ("pages", "blogposts"),
    "tasks": ("pages", "blogposts"),
    "content_versions": ("pages", "blogposts"),
    "content_likes": ("pages", "blogposts"),
    "attachment_texts": ("attachments",),
    "documents": (*_TREE, "comments"),
    "content_links": ("documents",),
    "content_chunks": ("documents", "content_acl"),
    "content_acl": (*_TREE, "comments", "attachments", "content_restrictions", "space_permissions"),
    "acl_profiles": ("content_acl", "space_role_assignments"),
    "acl_readers": ("acl_profiles", "group_members"),
}
"""What a table is made from; the tables that are not named here come from `spaces`.

A backfill of everything takes one wave of runs each time that lineage crosses between tables of the site and tables of
spaces: there are three (spaces and groups, then all tables of spaces, then people, changes and the database), and that is
why `acl_readers` does not name `users`.
"""

_KINDS: dict[str, set[str]] = {WAREHOUSE: {"duckdb"}, "documents": {"markdown", "parquet"}}


@dataclass(frozen=True, slots=True)
class AssetProps:
    """What a translation sees of the asset that it renames or decorates."""

    site: str
    table: str
    group: str
    doc: str
    origin: str


Translate = Callable[[dg.AssetSpec, AssetProps], dg.AssetSpec]


def build_asset_specs(
    site: str,
    tables: Iterable[str],
    *,
    owners: Sequence[str] = (),
    translate: Translate | None = None,
    period: timedelta | None = None,
) -> dict[str, dg.AssetSpec]:
    """The specs of these tables and of the published database, by table name.

    Lineage follows the keys that `translate` gives. `period` is the time from one sweep to the next.
    """
    names = [name for name in TABLES_BY_NAME if name in set(tables)]
    partitions = build_space_partitions(site)
    specs = {name: _table_spec(site, TABLES_BY_NAME[name], partitions) for name in names}
    specs[WAREHOUSE] = _warehouse_spec(site)
    if period is not None and "sync_ledger" in specs:
        policy = dg.FreshnessPolicy.time_window(fail_window=3 * period, warn_window=2 * period)
        # The one asset that each run tells of, whether something changed or not.
        specs["sync_ledger"] = specs["sync_ledger"].replace_attributes(freshness_policy=policy)
    for name, spec in specs.items():
        owned = spec.replace_attributes(owners=list(owners)) if owners else spec
        specs[name] = translate(owned, _props(site, name)) if translate else owned
    keys = {name: spec.key for name, spec in specs.items()}
    # Dependencies that a translation gives stand in the place of ours.
    deps = {name: [] if spec.deps else _upstream_keys(name, keys) for name, spec in specs.items()}
    return {
        name: spec.merge_attributes(deps=deps[name], metadata=_lineage_metadata(name, keys))
        for name, spec in specs.items()
    }


def _lineage_metadata(name: str, keys: Mapping[str, dg.AssetKey]) -> dict[str, dg.TableColumnLineage]:
    lineage = column_lineage(name, keys)
    return {"dagster/column_lineage": lineage} if lineage else {}


def _props(site: str, name: str) -> AssetProps:
    table = TABLES_BY_NAME.get(name)
    if table is None:
        return AssetProps(site, name, "operations", _WAREHOUSE_DOC, "published")
    return AssetProps(site, name, table.group, table.doc, table.origin.value)


def _upstream_keys(name: str, keys: Mapping[str, dg.AssetKey]) -> list[dg.AssetKey]:
    upstream = (
        [other for other in keys if other != WAREHOUSE] if name == WAREHOUSE else _UPSTREAM.get(name, ("spaces",))
    )
    return [keys[other] for other in upstream if other in keys]


def _table_spec(site: str, table: Table, partitions: dg.DynamicPartitionsDefinition) -> dg.AssetSpec:
    kinds = {"confluence", "parquet"} if table.origin is Origin.FETCHED else {"parquet"}
    return dg.AssetSpec(
        key=[site, table.name],
        description=f"{table.doc}\n\nKey: {', '.join(f'`{name}`' for name in table.key)}.",
        group_name=f"{site}_{table.group}",
        kinds=_KINDS.get(table.name, kinds),
        tags={"confluence/site": site, "confluence/origin": table.origin.value},
        code_version=_contract_version(table),
        partitions_def=partitions if table.grain is Grain.SPACE else None,
        skippable=True,
        metadata={
            "dagster/column_schema": _column_schema(table),
            "dagster/table_name": f"confluence.main.{table.name}",
        },
    )


def _warehouse_spec(site: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=[site, WAREHOUSE],
        description=_WAREHOUSE_DOC,
        group_name=f"{site}_operations",
        kinds=_KINDS[WAREHOUSE],
        tags={"confluence/site": site, "confluence/origin": "published"},
        code_version="1",
        skippable=True,
    )


def _column_schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(columns=[_column(table, column) for column in table.columns])


def _column(table: Table, column: Column) -> dg.TableColumn:
    is_only_key = table.key == (column.name,)
    other = ["part of the key"] if column.name in table.key and not is_only_key else []
    joined = f" In Parquet it stands in {column.joined_from}." if column.joined_from else ""
    return dg.TableColumn(
        name=column.name,
        type=column.type.value,
        description=f"{column.doc}{joined}",
        constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=is_only_key, other=other),
    )


def _contract_version(table: Table) -> str:
    """A short hash that changes when the table's columns or key do."""
    contract = [table.key, [(column.name, column.type.value, column.joined_from) for column in table.columns]]
    return hashlib.sha256(repr(contract).encode()).hexdigest()[:8]
