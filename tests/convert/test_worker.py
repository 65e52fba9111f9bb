"""Conversion in a process of its own: questions first, then answers; and one bad body costs one document."""

import io

from confluence_assets.convert import LinkTarget
from confluence_assets.convert.worker import Body, convert_body, read_message, serve, unpack, write_message

LINK = '<p><ac:link><ri:page ri:content-title="Target" /></ac:link></p>'


def test_a_body_that_refers_to_something_asks_first() -> None:
    asked = convert_body(Body("1", "HR", "Source", LINK))
    assert (asked.is_final, asked.questions) == (False, [("page", "HR", "Target")])
    answers = {("page", "HR", "Target"): LinkTarget("https://wiki.example.com/t", "2", "Target")}
    answered = convert_body(Body("1", "HR", "Source", LINK, answers=answers))
    assert answered.is_final
    assert answered.document is not None
    assert answered.document.markdown.strip() == "[Target](https://wiki.example.com/t)"


def test_a_body_that_nobody_foresaw_costs_its_own_document() -> None:
    broken = convert_body(Body("1", "HR", "Source", None))  # type: ignore[arg-type]
    assert broken.is_final
    assert broken.document is None
    assert "Error" in (broken.error or "")


def test_a_worker_answers_batch_after_batch_until_the_stream_ends() -> None:
    requests, answers = io.BytesIO(), io.BytesIO()
    write_message(requests, [Body("1", "HR", None, "<p>a</p>"), Body("2", "HR", None, "<p>b</p>")])
    write_message(requests, [Body("3", "HR", None, "<p>c</p>")])
    requests.seek(0)
    serve(requests, answers)
    answers.seek(0)
    first, second = ([unpack(packed) for packed in read_message(answers)] for _ in range(2))
    assert [one.content_id for one in (*first, *second)] == ["1", "2", "3"]
    assert [one.document.markdown.strip() for one in first] == ["a", "b"]
