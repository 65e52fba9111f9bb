"""Documents against the lake: references resolved, includes brought in, and only that made again which comes out otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.sync.contract import SyncReport
from tests.support.truth import held
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, NEWEST, site_config


@pytest.fixture(params=[CLOUD, NEWEST])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench(site_config(request.param, "small"), tmp_path, publish=False) as made:
        yield made


def _space(run: Bench, number: int = 0) -> str:
    return str(run.control.dump("space")[number]["key"])


def _page(run: Bench, title: str, body: str, space: int = 0, **more: Any) -> str:
    made = run.control.edit("create_page", space=_space(run, space), title=title, body=body, **more)
    return str(made["id"])


def _document(run: Bench, content_id: str) -> dict[str, Any]:
    return held(run.lake, "documents")[content_id,]


def _links(run: Bench, content_id: str) -> list[dict[str, Any]]:
    rows = held(run.lake, "content_links")
    return [rows[key] for key in sorted(rows) if key[0] == content_id]


def _made_again(report: SyncReport, table: str = "documents") -> int:
    return sum(outcome.added + outcome.changed for outcome in report.outcomes if outcome.table == table)


def _link(title: str, text: str = "see") -> str:
    body = f"<ac:plain-text-link-body><![CDATA[{text}]]></ac:plain-text-link-body>"
    return f'<p><ac:link><ri:page ri:content-title="{title}" />{body}</ac:link></p>'


def test_a_link_leads_to_its_page_and_a_dead_one_is_broken(run: Bench) -> None:
    target = _page(run, "Target", "<p>here</p>")
    source = _page(run, "Source", _link("Target") + _link("Nowhere", "gone"))
    run.sync()
    found, dead = _links(run, source)
    assert (found["target_type"], found["target_id"], found["is_broken"], found["link_text"]) == (
        "page",
        target,
        False,
        "see",
    )
    assert (dead["target_title"], dead["is_broken"]) == ("Nowhere", True)
    address = held(run.lake, "pages")[target,]["web_url"]
    assert address.endswith("/Target")
    assert f"[see]({address})" in _document(run, source)["body_markdown"]


def test_of_posts_of_one_title_the_one_of_the_day_is_meant(run: Bench) -> None:
    posts: dict[str, str] = {}
    for _ in range(3):
        now = str(run.control.edit("advance_clock", seconds=7 * 86_400)["now"])
        made = run.control.edit("create_blogpost", space=_space(run), title="Weekly", body=f"<p>{now}</p>")
        posts[now[:10].replace("-", "/")] = str(made["id"])
    links = [
        f'<p><ac:link><ri:blog-post ri:content-title="weekly" ri:posting-day="{day}"/></ac:link></p>' for day in posts
    ]
    unclear = '<p><ac:link><ri:blog-post ri:content-title="Weekly" ri:posting-day="some day"/></ac:link></p>'
    source = _page(run, "Source", "".join(links) + unclear)
    run.sync()
    found = _links(run, source)
    assert [link["target_id"] for link in found[:3]] == list(posts.values())
    assert found[3]["target_id"] in posts.values()
    assert not any(link["is_broken"] for link in found)


def test_a_target_that_is_renamed_away_breaks_the_link_although_the_page_did_not_change(run: Bench) -> None:
    target = _page(run, "Target", "<p>here</p>")
    source = _page(run, "Source", _link("Target"))
    run.sync()
    run.control.edit("rename", id=target, title="Another name")
    report = run.sync()
    assert _links(run, source)[0]["is_broken"] is True
    # The renamed page and the one that links to it, nobody else.
    assert _made_again(report) == 2


def test_a_mention_is_a_name_and_follows_it(run: Bench) -> None:
    person = run.control.dump("user")[2]
    body = f'<p>Ask <ac:link><ri:user ri:account-id="{person["account_id"]}" /></ac:link> first.</p>'
    source = _page(run, "Mention", body)
    run.sync()
    run.sync()  # whom only a body names is no row's account, so people come first and bodies follow
    assert person["display_name"] in _document(run, source)["body_markdown"]
    run.control.edit("rename_user", account=person["account_id"], name="Someone Else")
    run.sync()
    assert "Someone Else" in _document(run, source)["body_markdown"]


def _include(title: str) -> str:
    link = f'<ac:link><ri:page ri:content-title="{title}" /></ac:link>'
    return (
        f'<ac:structured-macro ac:name="include"><ac:parameter ac:name="">{link}</ac:parameter></ac:structured-macro>'
    )


def test_an_included_page_is_brought_in_and_its_edit_is_too(run: Bench) -> None:
    inner = _page(run, "Inner", "<p>first words</p>")
    outer = _page(run, "Outer", "<p>before</p>" + _include("Inner"))
    run.sync()
    assert "first words" in _document(run, outer)["body_markdown"]
    run.control.edit("edit_content", id=inner, body="<p>second words</p>")
    report = run.sync()
    assert "second words" in _document(run, outer)["body_markdown"]
    assert _made_again(report) == 2


def test_files_are_those_of_the_body_that_names_them(run: Bench) -> None:
    """Also where it is included elsewhere, and where it names the file's content by id, or a blog post by title."""
    image = '<p><ac:image><ri:attachment ri:filename="plan.png"/></ac:image></p>'
    inner = _page(run, "Inner", f"<p>inner</p>{image}")
    post = str(run.control.edit("create_blogpost", space=_space(run), title="News", body="<p>news</p>")["id"])
    files = [
        str(run.control.edit("upload", container=one, filename="plan.png", text="x")["id"]) for one in (inner, post)
    ]
    by_id = f'<ri:attachment ri:filename="plan.png"><ri:content-entity ri:content-id="{inner}"/></ri:attachment>'
    by_title = '<ri:attachment ri:filename="plan.png"><ri:blog-post ri:content-title="News"/></ri:attachment>'
    links = "".join(f"<p><ac:link>{target}</ac:link></p>" for target in (by_id, by_title))
    outer = _page(run, "Outer", _include("Inner") + links)
    run.sync()
    found = [link for link in _links(run, outer) if link["target_type"] == "attachment"]
    assert [(link["target_id"], link["is_broken"]) for link in found] == [(file, False) for file in files]
    address = held(run.lake, "attachments")[files[0],]["web_url"]
    assert f"![plan.png]({address})" in _document(run, inner)["body_markdown"]
    assert f"![plan.png]({address})" in _document(run, outer)["body_markdown"]


def test_pages_that_include_each_other_come_to_an_end(run: Bench) -> None:
    one = _page(run, "One", "<p>of one</p>" + _include("Two"))
    two = _page(run, "Two", "<p>of two</p>" + _include("One"))
    assert run.sync().failures == []
    assert "of two" in _document(run, one)["body_markdown"]
    assert "of one" in _document(run, two)["body_markdown"]


def test_a_named_excerpt_is_brought_in(run: Bench) -> None:
    excerpt = (
        '<ac:structured-macro ac:name="excerpt"><ac:parameter ac:name="name">short</ac:parameter>'
        "<ac:rich-text-body><p>the gist</p></ac:rich-text-body></ac:structured-macro>"
    )
    _page(run, "Long", "<p>much text</p>" + excerpt)
    link = '<ac:link><ri:page ri:content-title="Long" /></ac:link>'
    body = (
        f'<ac:structured-macro ac:name="excerpt-include"><ac:parameter ac:name="">{link}</ac:parameter>'
        '<ac:parameter ac:name="name">short</ac:parameter></ac:structured-macro>'
    )
    outer = _page(run, "Short", body)
    run.sync()
    markdown = _document(run, outer)["body_markdown"]
    assert "the gist" in markdown
    assert "much text" not in markdown


def test_a_page_knows_its_way_from_the_root_and_a_move_changes_it(run: Bench) -> None:
    space = _space(run)
    top = _page(run, "Top", "<p>t</p>")
    if run.embedded.site.is_datacenter:  # which has no folders
        folder = _page(run, "Folder", "<p>f</p>", parent=top)
    else:
        folder = run.control.edit("create_node", space=space, title="Folder", kind="folder", parent=top)["id"]
    leaf = _page(run, "Leaf", "<p>l</p>", parent=str(folder))
    run.sync()
    document = _document(run, leaf)
    assert document["breadcrumb"][-2:] == ["Top", "Folder"]
    assert document["ancestor_ids"][-2:] == [top, str(folder)]
    assert document["depth"] == len(document["ancestor_ids"])
    run.control.edit("move", id=leaf, parent=top)
    report = run.sync()
    assert _document(run, leaf)["breadcrumb"][-1] == "Top"
    assert _made_again(report, "content_chunks") == 0, "the text did not change"


def test_nothing_changed_nothing_is_made_again_and_no_request_is_made_for_it(run: Bench) -> None:
    run.sync()
    report = run.sync()
    tables = {"documents", "content_links", "content_chunks"}
    assert [outcome for outcome in report.outcomes if outcome.table in tables] == []


def test_derived_tables_alone_are_made_without_a_request(run: Bench) -> None:
    run.sync()
    for key in run.lake.partitions("documents"):
        for table in ("documents", "content_links", "content_chunks"):
            run.lake.drop_partition(table, key)
    run.control.reset_stats()
    report = run.sync(tables=frozenset({"documents", "content_links", "content_chunks"}))
    assert run.control.request_count() <= 1, "no more than the probe of what the site is"
    assert len(held(run.lake, "documents")) == _made_again(report) > 0


def test_what_leaves_takes_its_links_and_chunks_with_it(run: Bench) -> None:
    source = _page(run, "Source", "<h1>Head</h1><p>words</p>" + _link("Nowhere"))
    run.sync()
    assert _links(run, source)
    run.control.edit("trash", id=source)
    run.sync()
    for table in ("documents", "content_links", "content_chunks"):
        assert [key for key in held(run.lake, table) if key[0] == source] == []


def test_workers_write_what_one_process_writes(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _page(run, "Target", "<p>here</p>")
    _page(run, "Source", _link("Target") + _include("Target"))
    run.sync()
    here = {table: held(run.lake, table) for table in ("documents", "content_links", "content_chunks")}
    for key in run.lake.partitions("documents"):
        for table in here:
            run.lake.drop_partition(table, key)
    monkeypatch.setattr("confluence_assets.sync.conversion._WORTH_WORKERS_BYTES", 0)
    monkeypatch.setattr("confluence_assets.sync.conversion._BATCH_BYTES", 2_000)
    run.sync(tables=frozenset(here))
    assert {table: held(run.lake, table) for table in here} == here
