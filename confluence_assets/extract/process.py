"""Starts the process that reads one file, watches the clock, and turns whatever becomes of it into an outcome."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from confluence_assets.extract.kinds import HEAD_BYTES, Kind, guess_kind
from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.outcome import Extraction, ExtractStatus, one_line
from confluence_assets.extract.versions import OWN

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE")
"""What of our environment the process gets: where libraries are. Never the settings, which hold secrets."""


def extract_text(
    path: Path,
    *,
    filename: str | None = None,
    media_type: str | None = None,
    limits: ExtractLimits | None = None,
    html_to_markdown: Callable[[str], str],
) -> Extraction:
    """The text of a file as Markdown, read by another process within the limits.

    `html_to_markdown` is a function of a module: the other process imports it by its name.
    """
    bounds = limits or ExtractLimits()
    with path.open("rb") as file:
        if guess_kind(file.read(HEAD_BYTES), filename, media_type) is Kind.UNSUPPORTED:
            said = f"There is no reader for {one_line(media_type or 'such files')}."
            return Extraction(ExtractStatus.UNSUPPORTED, None, OWN, said)
        file.seek(0)
        told = {
            "filename": filename,
            "media_type": media_type,
            "limits": asdict(bounds),
            "html_to_markdown": f"{html_to_markdown.__module__}:{html_to_markdown.__qualname__}",
        }
        with tempfile.TemporaryFile() as answer:
            return _run(file, json.dumps(told), answer, bounds)


def _run(file: BinaryIO, told: str, answer: BinaryIO, limits: ExtractLimits) -> Extraction:
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-P", "-m", "confluence_assets.extract.worker", told],
        stdin=file,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    )
    try:
        code = process.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        return _unreadable(f"Reading it takes longer than {limits.wall_seconds:g} seconds.")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    answer.seek(0)
    content = answer.read()
    if code == 0 and content:
        return _parsed(content)
    return _unreadable(_cause(code, limits))


def _parsed(content: bytes) -> Extraction:
    try:
        fields = json.loads(content)
        fields["status"] = ExtractStatus(fields["status"])
        return Extraction(**fields)
    except (ValueError, TypeError, KeyError):
        return _unreadable("The process that read it answered nonsense.")


def _cause(code: int, limits: ExtractLimits) -> str:
    """Why the process ended without an answer."""
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        return f"Reading it takes more than {limits.cpu_seconds} seconds of CPU time, or more memory than there is."
    if -code == signal.SIGXFSZ:
        return "Its text is larger than what is kept."
    if code < 0:
        return f"The process that read it crashed (signal {-code})."
    return f"The process that read it failed (exit code {code})."


def _unreadable(error: str) -> Extraction:
    return Extraction(ExtractStatus.UNREADABLE, None, OWN, error)


def _environment() -> dict[str, str]:
    here = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    places = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)  # noqa: PTH100  # without resolving links
    return {**here, "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1"}
