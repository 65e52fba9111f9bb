"""What stands beside an asset: where its columns come from, how fresh it is, and a page that all may read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from confluence_assets.assets.intervals import period_of
from confluence_assets.assets.lineage import column_lineage, lineage_sources
from confluence_assets.assets.metadata import publication_metadata
from confluence_assets.assets.page_preview import SHOWN_CHARACTERS, latest_page
from confluence_assets.assets.specs import build_asset_specs
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode, SyncReport
from confluence_assets.tables import TABLES_BY_NAME, Row

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def test_lineage_names_columns_that_there_are() -> None:
    for table, column in lineage_sources():
        assert column in TABLES_BY_NAME[table].column_names, f"{table}.{column}"
        assert TABLES_BY_NAME[table].column(column).joined_from is None, f"{table}.{column} does not stand in Parquet"


def test_lineage_follows_the_keys_and_leaves_out_what_is_off() -> None:
    lineage = column_lineage("documents", {"pages": dg.AssetKey(["x", "p"])})
    assert lineage is not None
    assert lineage.deps_by_column["body_markdown"] == [dg.TableColumnDep(dg.AssetKey(["x", "p"]), "body_storage")]
    assert column_lineage("pages", {"pages": dg.AssetKey("p")}) is None
    specs = build_asset_specs("acme", ["pages", "documents"])
    assert "dagster/column_lineage" in specs["documents"].metadata
    assert "dagster/column_lineage" not in specs["pages"].metadata


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("5m", timedelta(minutes=5)),
        ("4h", timedelta(hours=4)),
        ("1d", timedelta(1)),
        ("0m", None),
        ("15 3 * * *", None),
    ],
)
def test_freshness_follows_the_sweep(text: str, period: timedelta | None) -> None:
    assert period_of(text) == period
    spec = build_asset_specs("acme", ["sync_ledger", "pages"], period=period)["sync_ledger"]
    assert (spec.freshness_policy is None) == (period is None)


def test_a_publication_tells_what_changed_by_number_and_by_table() -> None:
    report = SyncReport("r", "acme", SyncMode.INCREMENTAL, T0, published_rows={"tasks": (1, 2, 3), "pages": (0, 5, 0)})
    told = publication_metadata(report)
    assert (told["rows added"], told["rows changed"], told["rows removed"]) == (1, 7, 3)
    lines = told["changed since the publication before"].value.splitlines()
    assert lines[2:] == ["| pages | 0 | 5 | 0 |", "| tasks | 1 | 2 | 3 |"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Three pages, each newer than the one before: open to all, below a restriction, undecided."""
    lake = Lake(tmp_path / "acme")
    everybody = {"principal_type": "access_class", "principal_id": "all-licensed-users"}
    layers = [
        layer("open", 0, **everybody),
        layer("open", 1, principal_type="user", principal_id="ada"),
        layer("open", 1, **everybody),
        layer("shut", 0, **everybody),
        layer("shut", 1, principal_type="user", principal_id="ada"),
        layer("unsure", 0, **everybody) | {"is_decidable": False},
    ]
    profiles = ["open", "shut", "unsure"]
    keep(lake, "acl_profiles", layers)
    keep(lake, "content_acl", [about(n, acl_profile_id=profile) for n, profile in enumerate(profiles)])
    keep(lake, "documents", [about(n, body_markdown=f"body of {profile}") for n, profile in enumerate(profiles)])
    keep(lake, "pages", [page(n) for n in range(3)])
    return lake


def layer(profile: str, index: int, **principal: object) -> Row:
    return {"acl_profile_id": profile, "layer_index": index, "space_key": "A", "is_decidable": True, **principal}


def about(number: int, **columns: object) -> Row:
    return {"content_id": str(number), "content_type": "page", "space_key": "A", **columns}


def page(number: int) -> Row:
    return {"page_id": str(number), "space_key": "A", "title": f"T{number}", "updated_at": T0 + timedelta(days=number)}


def keep(lake: Lake, table: str, rows: list[Row]) -> None:
    with lake.stage(table, run_id="run") as stage:
        stage.add(rows)
        stage.commit("A", synced_at=T0)


def test_the_latest_page_that_all_may_read_is_shown(lake: Lake) -> None:
    assert latest_page(lake, "A") == "**T0**, 2026-01-01 00:00 UTC\n\n---\n\nbody of open"
    assert latest_page(lake, "B") is None


def test_where_access_is_not_known_nothing_is_shown(lake: Lake) -> None:
    lake.drop_partition("acl_profiles", "A")
    assert latest_page(lake, "A") is None


def test_a_long_page_is_cut(lake: Lake) -> None:
    keep(lake, "documents", [about(0, body_markdown="line\n" * 1000)])
    shown = latest_page(lake, "A")
    assert shown is not None
    assert shown.endswith("line\n\n…")
    assert len(shown) < SHOWN_CHARACTERS + 100
