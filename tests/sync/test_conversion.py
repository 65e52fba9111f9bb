"""Bodies that are converted while the site is still being read: the same documents, and none made twice."""

from pathlib import Path

import pytest

from confluence_assets.convert.worker import Body, Conversion, convert_body
from confluence_assets.errors import StorageError
from confluence_assets.sync import conversion
from confluence_assets.sync.conversion import Converters, bodies_of

LINK = '<p><ac:link><ri:page ri:content-title="Target" /></ac:link></p>'


def bodies(count: int = 60, size: int = 100_000) -> list[Body]:
    text = "<p>" + "word &amp; " * (size // 11) + "</p>"
    return [Body(str(number), "HR", f"Page {number}", f"<h1>{number}</h1>{text}{LINK}") for number in range(count)]


def told(one: Conversion) -> tuple[object, ...]:
    document = one.document
    return one.content_id, one.is_final, one.questions, document and document.markdown, one.chunks


def test_what_was_converted_early_is_what_is_converted_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = conversion._Worker.ask

    def count(worker: conversion._Worker, batch: list[Body]) -> list[bytes]:
        asked.extend(body.content_id for body in batch)
        return ask(worker, batch)

    monkeypatch.setattr(conversion._Worker, "ask", count)
    wanted = bodies()
    with Converters(tmp_path, workers=2) as converters:
        for body in wanted:
            converters.begin([body])
        early = len(asked)
        changed = [wanted[0], wanted[1]._replace(title="Renamed"), *wanted[2:]]
        found = {one.content_id: told(one) for one in converters.convert(changed)}
        assert list(tmp_path.iterdir()) == []
    assert early > 0
    assert found == {body.content_id: told(convert_body(body)) for body in changed}
    # What the first bytes of a run bring is not worth a worker, and a new title makes an early one worthless.
    assert len(asked) - len(set(asked)) <= 1


def test_answers_are_not_taken_from_what_waits(tmp_path: Path) -> None:
    wanted = bodies()
    with Converters(tmp_path, workers=2) as converters:
        converters.begin(wanted[:30])
        converters.begin(wanted[30:])
        asking = list(converters.convert(wanted))
        assert not any(one.is_final for one in asking)
        answered = [body._replace(answers={("page", "HR", "Target"): None}) for body in wanted]
        final = list(converters.convert(answered))
    assert all(one.is_final for one in final)
    assert [one.content_id for one in final] == [body.content_id for body in wanted]


def test_without_a_folder_nothing_waits() -> None:
    with Converters(workers=2) as converters:
        converters.begin(bodies())
        assert [one.content_id for one in converters.convert(bodies(2, 100))] == ["0", "1"]


def test_a_worker_that_ends_early_costs_no_listing_and_no_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "_WORTH_WORKERS_BYTES", 0)
    wanted = [Body(str(number), "HR", None, "<p>a</p>" * 50_000) for number in range(4)]
    with Converters(tmp_path, workers=2) as converters:
        converters.begin(wanted[:1])
        for worker in converters._crew._workers:
            worker._process.kill()
            worker._process.wait(10)
        for body in wanted[1:]:
            converters.begin([body])
        found = {one.content_id: told(one) for one in converters.convert(wanted)}
    assert found == {body.content_id: told(convert_body(body)) for body in wanted}


def test_a_worker_that_ends_while_documents_are_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "_WORTH_WORKERS_BYTES", 0)
    with Converters(workers=2) as converters:
        assert len(list(converters.convert(bodies(4)))) == 4
        for worker in converters._crew._workers:
            worker._process.kill()
            worker._process.wait(10)
        with pytest.raises(StorageError, match="ended before its time"):
            list(converters.convert(bodies(8)))
        assert len(list(converters.convert(bodies(4)))) == 4


def test_bodies_of_rows() -> None:
    rows = [
        {"comment_id": "1", "space_key": "HR", "body_storage": "<p>a</p>", "container_id": "9"},
        {"comment_id": "2", "space_key": "HR", "body_storage": None, "container_id": "9"},
    ]
    assert bodies_of("comments", rows) == [Body("1", "HR", None, "<p>a</p>", "9")]
    assert bodies_of("tasks", [{"task_id": "1", "space_key": "HR"}]) == []
