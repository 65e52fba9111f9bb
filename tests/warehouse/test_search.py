"""`search(question, who)`: what it finds, in which order, for whom; and that its index follows the lake."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.tables import Row
from confluence_assets.warehouse import publish
from tests.warehouse.conftest import T0, Fill

Answer = Callable[[str], list[tuple[Any, ...]]]


def document(content_id: str, title: str, body: str = "", kind: str = "page") -> Row:
    return {"content_id": content_id, "content_type": kind, "space_key": "A", "title": title, "body_markdown": body}


def chunk(content_id: str, index: int, text: str, *headings: str) -> Row:
    row = {"content_id": content_id, "chunk_index": index, "content_type": "page", "space_key": "A"}
    return row | {"text": text, "heading_path": list(headings)}


def open_to_all(*content_ids: str) -> dict[str, list[Row]]:
    """Everybody who may use the site reads these."""
    return {
        "users": [
            {"account_id": who, "account_status": "active", "account_type": "atlassian"} for who in ("ada", "bob")
        ],
        "content_acl": [
            {"content_id": one, "content_type": "page", "space_key": "A", "acl_profile_id": "open"}
            for one in content_ids
        ],
        "acl_readers": [
            {"acl_profile_id": "open", "principal_type": "user", "principal_id": who, "space_key": "A"}
            for who in ("ada", "bob")
        ],
    }


def found(answer: Answer, question: str, who: str = "ada") -> list[str]:
    rows = answer(f"select content_id from search('{question}', '{who}') order by place")  # noqa: S608
    return [row[0] for row in rows]


def test_the_best_comes_first(fill: Fill, answer: Answer) -> None:
    fill(
        documents=[
            document("1", "Deployment", "How we deploy. Deploy on Monday, deploy on Friday. " + "Other words. " * 8),
            document("2", "Staging", "Deploy to staging first."),
            document("3", "Lunch", "Nothing of the kind. A staging area for trays."),
            document("4", "Deploy", "Short."),
            document("5", "Elsewhere", "Words."),
        ],
        **open_to_all("1", "2", "3", "4", "5"),
    )
    assert found(answer, "deploy") == ["4", "1", "2"]  # in the title, three times in a long text, once
    assert found(answer, "Deploy STAGING")[0] == "2"  # both
    assert set(found(answer, "deploy staging")) == {"1", "2", "3", "4"}
    assert found(answer, "nowhere") == []
    assert found(answer, "") == []
    [(score,)] = answer("select score from search('elsewhere', 'ada')")
    # One of five has it, four times (a title counts so), in a text of five terms.
    rarity, lengths = 1.3863, (5 + 5 + 13 + 8 + 29) / 5
    assert score == pytest.approx(rarity * 4 * 2.2 / (4 + 1.2 * (0.25 + 0.75 * 5 / lengths)), abs=0.001)


def test_words_of_all_scripts(fill: Fill, answer: Answer) -> None:
    fill(
        documents=[
            document("1", "Ünïcode", "El niño comió jamón. ÉCOLE"),
            document("2", "都", "東京都庁の手順、テスト"),
            document("3", "한국어", "배포 절차"),
            document("4", "Код", "Развёртывание на сервер"),
            document("5", "x", "confluence_home PROJ-123 v2.10 a@b.example naïveté"),
            document("6", "ไทย", "สวัสดีครับ"),
        ],
        **open_to_all(*"123456"),
    )
    asked = {
        "unicode": "1", "NINO": "1", "École": "1", "comio": "1", "東京": "2", "京都": "2", "手順": "2", "庁": "2", "テスト": "2",
        "절차": "3", "развертывание": "4", "СЕРВЕР": "4", "proj-123": "5", "CONFLUENCE_HOME": "5", "naivete": "5", "สวัสดี": "6",
    }  # fmt: skip
    assert {question: found(answer, question)[:1] for question in asked} == {
        question: [content] for question, content in asked.items()
    }
    assert found(answer, "大阪") == []


def test_only_what_the_asker_may_read_counts(fill: Fill, answer: Answer) -> None:
    shut = {"content_id": "2", "content_type": "page", "space_key": "A", "acl_profile_id": "shut"}
    rows = open_to_all("1", "3")
    rows["content_acl"].append(shut)
    rows["acl_readers"].append(
        {"acl_profile_id": "shut", "principal_type": "user", "principal_id": "bob", "space_key": "A"}
    )
    documents = [document("1", "Plan", "salary round"), document("2", "Salary", "salary of all"), document("3", "Food")]
    fill(documents=documents, **rows)
    assert found(answer, "salary", "bob") == ["2", "1"]
    assert found(answer, "salary") == ["1"]
    for who in ("nobody", "anonymous", ""):
        assert found(answer, "salary", who) == []
    with_it = answer("select score from search('salary', 'ada')")
    fill(documents=[documents[0], document("2", "Other", "quite other words"), documents[2]])
    [(score,)] = answer("select score from search('salary', 'ada')")
    assert [(score,)] == with_it
    fill(documents=documents[::2])
    assert answer("select score from search('salary', 'ada')") == with_it, "the page that is shut counts for nothing"


def test_the_passage_that_answers(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[{"page_id": "1", "space_key": "A", "title": "Guide", "web_url": "https://wiki.example.com/1"}],
        documents=[document("1", "Guide", "Intro. Install it. Restore the backup.")],
        content_chunks=[
            chunk("1", 0, "Intro."),
            chunk("1", 1, "Install it.", "Guide", "Install"),
            chunk("1", 2, "Restore the backup.", "Guide", "Restore"),
        ],
        **open_to_all("1"),
    )
    columns = "place, terms_found, content_type, space_key, title, heading_path, passage, web_url"
    assert answer(f"select {columns} from search('backup restore', 'ada')") == [  # noqa: S608
        (1, 2, "page", "A", "Guide", ["Guide", "Restore"], "Restore the backup.", "https://wiki.example.com/1")
    ]


def test_files_are_found_by_name_and_text(fill: Fill, answer: Answer) -> None:
    file = {"attachment_id": "att1", "space_key": "A", "filename": "Budget 2027.pdf", "version_number": 2}
    texts = [
        {"attachment_id": "att1", "version_number": number, "space_key": "A", "text_markdown": text}
        for number, text in ((1, "draft"), (2, "approved"))
    ]
    fill(attachments=[file], attachment_texts=texts, **open_to_all("att1"))
    assert answer("select title, passage from search('budget', 'ada')") == [("Budget 2027.pdf", None)]
    assert found(answer, "approved") == ["att1"]
    assert found(answer, "draft") == []


def test_the_index_follows_the_lake(fill: Fill, answer: Answer) -> None:
    def say(*bodies: str, names: tuple[str, ...] = ("old.pdf",)) -> None:
        files = [
            {"attachment_id": f"att{n}", "space_key": "A", "filename": name, "version_number": 1, "updated_at": T0}
            for n, name in enumerate(names)
        ]
        fill(documents=[document(str(n), "T", body) for n, body in enumerate(bodies)], attachments=files)

    fill(**open_to_all("0", "1", "2", "att0", "att1"))
    say("red", "green")
    assert found(answer, "red") == ["0"]
    say("blue", "green", "yellow", names=("new.pdf", "other.pdf"))
    assert {word: found(answer, word) for word in ("red", "blue", "green", "yellow", "old", "new", "other")} == {
        "red": [], "blue": ["0"], "green": ["1"], "yellow": ["2"], "old": [], "new": ["att0"], "other": ["att1"],
    }  # fmt: skip
    say("blue", names=("last.pdf",))
    assert {word: found(answer, word) for word in ("green", "other", "pdf", "blue")} == {
        "green": [], "other": [], "pdf": ["att0"], "blue": ["0"],
    }  # fmt: skip


def test_a_change_posts_no_more_than_itself(fill: Fill, lake: Any, answer: Answer) -> None:
    bodies = {str(n): f"word{n} common" for n in range(300)}
    fill(documents=[document(one, "T", body) for one, body in bodies.items()], **open_to_all(*bodies))
    held = "select count(*), max(content_no) from _search.postings"
    assert answer(held) == [(900, 299)]
    bodies["7"] = "changed common"
    fill(documents=[document(one, "T", body) for one, body in bodies.items()])
    assert answer(held) == [(903, 300)]
    assert (found(answer, "word7"), found(answer, "changed"), len(found(answer, "common"))) == ([], ["7"], 100)
    publish(lake.root, lake.manifest(), force=True)
    assert answer(held) == [(900, 299)]


def test_a_worn_index_is_made_anew(fill: Fill, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confluence_assets.warehouse.search_index._SPARE_NUMBERS", 2)
    fill(**open_to_all("1", "2"))
    numbers = []
    for text in ("one", "two", "three", "four", "five", "six"):
        fill(documents=[document("1", "T", text), document("2", "T", "still")])
        assert found(answer, text) == ["1"]
        numbers += answer("select max(content_no), count(*) from _search.postings")
    assert numbers == [(1, 4), (2, 6), (3, 8), (1, 4), (2, 6), (3, 8)]
