"""What an include brings in: nothing that a reader of the including content may not read where it comes from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.sync.contract import SyncReport
from tests.support.truth import held
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, NEWEST, site_config

SECRET = "the combination is 4711"
WE = ["admin@example.com", "user1@example.com"]


class Wiki(Bench):
    """A bench with a secret page, and what includes it."""

    space = ""

    def page(self, title: str, body: str, **more: Any) -> str:
        made = self.control.edit("create_page", **{"space": self.space, **more}, title=title, body=body)
        return str(made["id"])

    def restrict(self, content_id: str, *users: str) -> None:
        self.control.edit("restrict", id=content_id, users=list(users or WE))

    def synced(self, mode: str = "incremental", **request: Any) -> SyncReport:
        report = self.sync(mode, **request)
        assert report.failures == []
        return report

    def text(self, content_id: str) -> str:
        """All that the lake keeps of a content's text, as Markdown and in pieces."""
        pieces = held(self.lake, "content_chunks")
        return "\n".join(
            [
                str(held(self.lake, "documents")[content_id,]["body_markdown"]),
                *(row["text"] for key, row in sorted(pieces.items()) if key[0] == content_id),
            ]
        )


@pytest.fixture(params=[CLOUD, NEWEST])
def wiki(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wiki]:
    with bench(site_config(request.param, "small"), tmp_path, publish=False) as made:
        wiki = Wiki(made.embedded, tmp_path, publish=False)
        wiki.space = str(wiki.control.dump("space")[0]["key"])
        yield wiki


def include(title: str, space: str | None = None, macro: str = "include") -> str:
    key = f'ri:space-key="{space}" ' if space else ""
    link = f'<ac:link><ri:page {key}ri:content-title="{title}" /></ac:link>'
    return (
        f'<p>before</p><ac:structured-macro ac:name="{macro}"><ac:parameter ac:name="">{link}</ac:parameter>'
        "</ac:structured-macro>"
    )


def excerpt(text: str) -> str:
    body = f"<ac:rich-text-body><p>{text}</p></ac:rich-text-body>"
    return f'<ac:structured-macro ac:name="excerpt">{body}</ac:structured-macro>'


def made_again(report: SyncReport) -> int:
    return sum(one.added + one.changed for one in report.outcomes if one.table == "documents")


def test_a_restricted_page_is_brought_in_only_by_what_is_as_restricted(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>" + excerpt("its gist"))
    wiki.restrict(secret)
    opened = wiki.page("Open", include("Secret"))
    gist = wiki.page("Gist", include("Secret", macro="excerpt-include"))
    below = wiki.page("Below", include("Secret") + include("Secret", macro="excerpt-include"), parent=secret)
    alike = wiki.page("Alike", include("Secret"))
    wiki.restrict(alike)
    fewer = wiki.page("Fewer", include("Secret"))
    wiki.restrict(fewer, "admin@example.com")
    others = wiki.page("Others", include("Secret"))
    wiki.restrict(others, "admin@example.com", "user2@example.com")
    wiki.synced()
    assert {one for one in (opened, gist, below, alike, fewer, others) if SECRET in wiki.text(one)} == {
        below,
        alike,
        fewer,
    }
    assert "its gist" in wiki.text(below)
    assert "its gist" not in wiki.text(gist)
    assert "before" in wiki.text(opened), "its own text stays"
    assert "Secret](" in wiki.text(opened), "and so does the link"
    kinds = [row["target_type"] for key, row in held(wiki.lake, "content_links").items() if key[0] == opened]
    assert kinds == ["include"]


def test_an_open_page_is_brought_in_by_a_restricted_one(wiki: Wiki) -> None:
    wiki.page("Open", "<p>for all</p>")
    shut = wiki.page("Shut", include("Open"))
    wiki.restrict(shut)
    wiki.synced()
    assert "for all" in wiki.text(shut)


def test_text_leaves_when_its_page_is_restricted_and_comes_back_when_that_is_lifted(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    opened = wiki.page("Open", include("Secret"))
    wiki.synced()
    assert SECRET in wiki.text(opened)
    wiki.restrict(secret)
    assert made_again(wiki.synced()) == 1, "the including page, and no other"
    assert SECRET not in wiki.text(opened)
    assert SECRET in wiki.text(secret)
    wiki.control.edit("edit_content", id=secret, body=f"<p>{SECRET}, as of late</p>")
    assert made_again(wiki.synced()) == 1, "what is not brought in does not matter"
    wiki.control.edit("unrestrict", id=secret)
    assert made_again(wiki.synced()) == 1
    assert f"{SECRET}, as of late" in wiki.text(opened)


def test_text_leaves_when_the_including_page_is_opened(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    outer = wiki.page("Outer", include("Secret"))
    wiki.restrict(secret)
    wiki.restrict(outer)
    wiki.synced()
    assert SECRET in wiki.text(outer)
    wiki.control.edit("unrestrict", id=outer)
    wiki.synced()
    assert SECRET not in wiki.text(outer)


def test_what_an_included_page_includes_is_checked_against_the_outermost(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    wiki.restrict(secret)
    wiki.page("Middle", "<p>the middle</p>" + include("Secret"))
    opened = wiki.page("Open", include("Middle"))
    shut = wiki.page("Shut", include("Middle"))
    wiki.restrict(shut)
    wiki.synced()
    assert "the middle" in wiki.text(opened)
    assert SECRET not in wiki.text(opened)
    # What the middle does not show to its own readers, it shows to those who may read the secret.
    assert SECRET in wiki.text(shut)


def test_comments_and_blog_posts_bring_in_no_more(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    wiki.restrict(secret)
    wiki.page("Known", "<p>known to all</p>")
    both = include("Secret") + include("Known")
    opened = wiki.page("Open", "<p>x</p>")
    on_open = str(wiki.control.edit("comment", container=opened, body=both)["id"])
    on_secret = str(wiki.control.edit("comment", container=secret, body=both)["id"])
    post = str(wiki.control.edit("create_blogpost", space=wiki.space, title="News", body=both)["id"])
    wiki.synced()
    assert all("known to all" in wiki.text(one) for one in (on_open, on_secret, post))
    assert [SECRET in wiki.text(one) for one in (on_open, on_secret, post)] == [False, True, False]


def private_space(wiki: Wiki, key: str, *users: str) -> None:
    wiki.control.edit("create_space", key=key, name=key, private=True)
    for user in users:
        principal = wiki.control.account_id(user)
        wiki.control.edit("grant", space=key, principal_type="user", principal_id=principal)


def test_across_spaces_the_readers_are_compared(wiki: Wiki) -> None:
    private_space(wiki, "TWO", "user1@example.com", "user2@example.com")
    private_space(wiki, "ONE", "user1@example.com")
    wiki.page("Of two", "<p>for both</p>", space="TWO")
    wiki.page("Of one", f"<p>{SECRET}</p>", space="ONE")
    in_one = wiki.page("Within", include("Of two", "TWO"), space="ONE")
    in_two = wiki.page("Within", include("Of one", "ONE"), space="TWO")
    wiki.synced()
    assert "for both" in wiki.text(in_one)
    assert SECRET not in wiki.text(in_two)
    principal = wiki.control.account_id("user2@example.com")
    wiki.control.edit("grant", space="ONE", principal_type="user", principal_id=principal)
    assert made_again(wiki.synced()) == 1
    assert SECRET in wiki.text(in_two), "now whoever reads the one reads the other"


def test_a_space_that_includes_nothing_is_left_alone_when_access_changes(wiki: Wiki) -> None:
    for key in ("IDLE", "BUSY"):
        wiki.control.edit("create_space", key=key, name=key)
    wiki.page("Plain", "<p>x</p>", space="IDLE")
    target = wiki.page("Target", "<p>y</p>", space="BUSY")
    wiki.page("Source", include("Target"), space="BUSY")
    wiki.synced()
    wiki.restrict(target)
    report = wiki.synced()
    passed = {one.space_key for one in report.outcomes if one.table == "documents"}
    assert "BUSY" in passed
    assert "IDLE" not in passed


def test_what_nobody_can_decide_is_not_brought_in(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    below = wiki.page("Below", include("Secret"), parent=secret)
    wiki.restrict(secret)
    wiki.synced()
    assert SECRET in wiki.text(below)
    for table in ("content_acl", "acl_readers", "acl_profiles"):
        wiki.lake.drop_partition(table, wiki.space)
    wiki.synced(tables=frozenset({"documents", "content_links", "content_chunks"}))
    assert SECRET not in wiki.text(below)
    wiki.synced()
    assert SECRET in wiki.text(below)


def test_where_permissions_are_switched_off_includes_are_brought_in(wiki: Wiki) -> None:
    secret = wiki.page("Secret", f"<p>{SECRET}</p>")
    wiki.restrict(secret)
    opened = wiki.page("Open", include("Secret"))
    wiki.synced()
    assert SECRET not in wiki.text(opened)
    without = Wiki(wiki.embedded, wiki.site.home, publish=False, permissions=False)
    without.synced("full")
    assert SECRET in without.text(opened)
    wiki.synced("full")
    assert SECRET not in wiki.text(opened)
