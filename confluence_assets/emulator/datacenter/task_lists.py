"""Tasks as they stand in a body: on Data Center there is no other place for them."""

import re
from datetime import UTC, datetime

_TASK = r"<ac:task>\s*<ac:task-id>{}</ac:task-id>.*?</ac:task>"
_STATUS = re.compile(r"<ac:task-status>\w+</ac:task-status>")
_BODY = re.compile(r"<ac:task-body>.*?</ac:task-body>", re.S)
_PERSON = re.compile(r"\s*<ac:link>\s*<ri:user [^>]*/>\s*</ac:link>\s*")
_DATE = re.compile(r'\s*<time datetime="[^"]*"\s*/>\s*')
_PARAGRAPH = re.compile(r"\A<p>(.*)</p>\Z", re.S)


def task_xml(local_id: str, status: str, body: str) -> str:
    return (
        f"<ac:task><ac:task-id>{local_id}</ac:task-id><ac:task-status>{status}</ac:task-status>"
        f"<ac:task-body>{body}</ac:task-body></ac:task>"
    )


def task_body(text: str, assigned_to: str | None, due: int | None) -> str:
    """The text with the person who is to do it before and the day behind it; others that were there go."""
    text = _DATE.sub("", _PERSON.sub("", text))
    paragraph = _PARAGRAPH.match(text)
    text = paragraph[1] if paragraph else text
    if assigned_to:
        text = f'<ac:link><ri:user ri:userkey="{assigned_to}" /></ac:link> {text}'
    if due is not None:
        text = f'{text} <time datetime="{datetime.fromtimestamp(due / 1000, UTC).date().isoformat()}" />'
    return text


def add_task(storage: str, task: str) -> str:
    """The body with one task more, in a list at its end."""
    return f"{storage}<ac:task-list>{task}</ac:task-list>"


def change_task(
    storage: str, local_id: str, *, status: str | None = None, body: str | None = None, remove: bool = False
) -> str:
    """The body with one of its tasks changed or removed. Raises: ValueError where it stands not there."""
    found = re.search(_TASK.format(re.escape(local_id)), storage, re.S)
    if found is None:
        raise ValueError(f"the body holds no task {local_id}")
    text = "" if remove else found[0]
    if status is not None:
        text = _STATUS.sub(f"<ac:task-status>{status}</ac:task-status>", text, count=1)
    if body is not None:
        text = _BODY.sub(lambda _: f"<ac:task-body>{body}</ac:task-body>", text, count=1)
    changed = storage[: found.start()] + text + storage[found.end() :]
    return changed.replace("<ac:task-list></ac:task-list>", "")
