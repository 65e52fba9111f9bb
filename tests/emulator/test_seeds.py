from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from confluence_assets.emulator import SHAPES, EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.emulator.dump import dump_rows, to_ndjson
from confluence_assets.emulator.seeds.demo.markup import Markup
from confluence_assets.emulator.site import Site
from tests.emulator.asker import ADMIN, Asker

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "storage"
ALWAYS = {"site": 1, "role": 4}


def counts(config: SiteConfig) -> Counter[str]:
    site = Site(config)
    return Counter(row["kind"] for row in dump_rows(site, site.door.everything()))


def whole(config: SiteConfig) -> bytes:
    site = Site(config)
    return to_ndjson(dump_rows(site, site.door.everything()))


@pytest.mark.parametrize(
    "make", [lambda seed: SiteConfig.shape("odd", seed=seed), lambda seed: SiteConfig.demo(seed=seed)]
)
def test_the_same_seed_gives_the_same_site_to_the_byte(make: Callable[[int], SiteConfig]) -> None:
    assert whole(make(3)) == whole(make(3))
    assert whole(make(3)) != whole(make(4))


def test_frugal_is_r() -> None:
    found = counts(SiteConfig.shape("frugal"))
    assert {kind: found[kind] for kind in ("space", "page", "attachment", "comment", "user", "group")} == {
        "space": 1, "page": 1000, "attachment": 1000, "comment": 500, "user": 100, "group": 10,
    }  # fmt: skip
    site = Site(SiteConfig.shape("frugal"))
    assert len(site.store.contained) >= 400
    assert len({row.container_id for row in site.store.by_kind["attachment"]}) == 400
    assert all(found[kind] > 0 for kind in ("label", "restriction", "space_permission", "group_member", "audit"))


def test_fast_is_f() -> None:
    site = Site(SiteConfig.shape("fast"))
    kinds = {kind: len(rows) for kind, rows in site.store.by_kind.items() if rows}
    assert kinds == {"page": 5000, "footer-comment": 8000, "inline-comment": 2000, "attachment": 5000}
    sizes = [len(site.bodies.storage(page).encode()) for page in site.store.by_kind["page"][:200]]
    assert 4000 <= min(sizes) <= max(sizes) < 5200


def test_wide_and_empty() -> None:
    assert (counts(SiteConfig.shape("wide"))["space"], counts(SiteConfig.shape("wide"))["page"]) == (300, 6000)
    empty = counts(SiteConfig.shape("empty"))
    assert dict(empty) == {**ALWAYS, "user": 1, "group": 2, "group_member": 2}


def test_odd_has_what_breaks_naive_clients(site_of: Callable[..., Asker]) -> None:
    asker = site_of(SiteConfig.shape("odd"))
    rows = asker.walk("/pages?limit=250")
    titles = [row["title"] for row in rows]
    assert max(map(len, titles)) == 255
    assert {"Release 🎉 party 👩‍👩‍👧", "دليل المستخدم السريع", "מדריך התקנה", "null"} <= set(titles)
    assert {row["parentType"] for row in rows} == {None, "page", "folder", "database", "whiteboard"}
    assert {row["status"] for row in rows} == {"current", "archived"}
    spaces = asker.walk("/spaces")
    assert any(space["key"].startswith("~") for space in spaces)
    assert [space["key"] for space in asker.walk("/spaces?status=archived")] == ["OLD"]


def test_bodies_are_made_on_demand_and_stay_the_same(site_of: Callable[..., Asker]) -> None:
    asker = site_of(pages_per_space=5)
    assert all(page.body is None for page in asker.site.site.store.by_kind["page"])
    first = [row["body"]["storage"]["value"] for row in asker.walk("/pages?body-format=storage")]
    again = [row["body"]["storage"]["value"] for row in asker.walk("/pages?body-format=storage")]
    assert first == again
    assert len(set(first)) == 5


def test_folder_of_files_character_for_character(tmp_path: Path, site_of: Callable[..., Asker]) -> None:
    texts = {
        "a.xhtml": "<p>one\r\n two</p>\n",
        "b.xhtml": "",
        "ü 🎈.xml": "<p>\u00a0\ufeff𝄞 &nbsp;</p>",
        "deep/a.xhtml": "<p>\t</p>",
    }
    (tmp_path / "deep").mkdir()
    (tmp_path / "left.out").write_bytes(b"no")
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
    rows = site_of(SiteConfig(content_dir=tmp_path)).walk("/pages?body-format=storage")
    assert {row["title"]: row["body"]["storage"]["value"] for row in rows} == {
        "a": texts["a.xhtml"], "b": texts["b.xhtml"], "ü 🎈": texts["ü 🎈.xml"], "deep/a": texts["deep/a.xhtml"],
    }  # fmt: skip


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.xhtml").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"bad\.xhtml is not UTF-8"):
        Site(SiteConfig(content_dir=tmp_path))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus stands beside the checkout, and is not here")
def test_the_corpus_is_served_as_it_is() -> None:
    with EmbeddedSite(SiteConfig(content_dir=CORPUS)) as site:
        asker = Asker(site)
        rows = asker.walk("/pages?limit=250&body-format=storage", ADMIN)
        asker.session.close()
    wanted = {path.stem: path.read_bytes().decode() for path in CORPUS.iterdir()}
    assert {row["title"]: row["body"]["storage"]["value"] for row in rows} == wanted
    assert len(rows) == len(wanted)


def test_demo_has_something_for_every_table() -> None:
    found = counts(SiteConfig.demo())
    assert {kind: found[kind] for kind in ("space", "page", "blogpost", "folder", "whiteboard", "database", "embed")} == {
        "space": 8, "page": 138, "blogpost": 11, "folder": 3, "whiteboard": 1, "database": 1, "embed": 1,
    }  # fmt: skip
    for kind in (
        "comment", "attachment", "custom_content", "label", "property", "restriction", "version", "like", "task", "user", "group",
        "group_member", "audit", "role_assignment", "space_permission", "space_property",
    ):  # fmt: skip
        assert found[kind] > 0, kind


def test_demo_tells_stories(demo: Asker) -> None:
    rows = demo.site.control.dump()
    pages = [row for row in rows if row["kind"] in ("page", "blogpost")]
    now = next(row["now"] for row in rows if row["kind"] == "site")
    assert {row["status"] for row in pages} == {"current", "archived", "trashed"}
    assert any(row["updated_at"] < "2023" for row in pages)
    tasks = [row for row in rows if row["kind"] == "task"]
    assert sum(1 for row in tasks if row["status"] == "incomplete" and row["due_at"] and row["due_at"] < now) >= 10
    assert {row["resolution_status"] for row in rows if row["kind"] == "comment"} >= {"open", "resolved", None}
    assert {row["account_status"] for row in rows if row["kind"] == "user"} == {"active", "inactive", "closed"}
    assert any(row["email_hidden"] for row in rows if row["kind"] == "user")
    titles = {row["title"] for row in pages}
    assert {"One of everything", "Roadmap", "Your first week"} <= titles
    assert any("Sick leave policy" in row["body_storage"] for row in pages)
    assert "Sick leave policy" not in titles  # a link to nowhere
    assert all(row["updated_at"] <= now for row in rows if "updated_at" in row)


def test_demo_addresses_do_not_depend_on_the_port(demo: Asker) -> None:
    assert demo.v2("/spaces?limit=1")["_links"]["base"] == "https://demo.atlassian.net/wiki"
    assert demo.raw("/_edge/tenant_info", None).json() == {"cloudId": Site(SiteConfig.demo()).cloud_id}


def test_markup() -> None:
    markup = Markup({"sam": "acc"}.__getitem__)
    assert markup.storage("Ask @sam by //2026-12-01, **now** & `x<y`") == (
        '<p>Ask <ac:link><ri:user ri:account-id="acc" /></ac:link> by <time datetime="2026-12-01" />, '
        "<strong>now</strong> &amp; <code>x&lt;y</code></p>"
    )
    assert markup.storage("|| A || B ||\n| 1 | [[HB:T|t]] |") == (
        "<table><tbody><tr><th><p>A</p></th><th><p>B</p></th></tr><tr><td><p>1</p></td><td><p><ac:link>"
        '<ri:page ri:space-key="HB" ri:content-title="T" /><ac:plain-text-link-body><![CDATA[t]]></ac:plain-text-link-body>'
        "</ac:link></p></td></tr></tbody></table>"
    )


def test_unknown_shape() -> None:
    assert {"frugal", "fast", "wide", "large", "odd", "empty"} <= set(SHAPES)
    with pytest.raises(ValueError, match="no such shape"):
        SiteConfig.shape("huge")


def test_hundred_thousand_pages_start_in_seconds() -> None:
    site = Site(SiteConfig(plan=SeedPlan(spaces=10, pages_per_space=10_000)))
    assert len(site.store.by_kind["page"]) == 100_000
    assert not any(page.body for page in site.store.by_kind["page"])
