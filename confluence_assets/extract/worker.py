"""The process that reads one file: `python -m confluence_assets.extract.worker`, started by `process` and by nobody else.

The file is its standard input, what it is told its argument, the outcome (JSON) its standard output. It sees neither the
file's place nor the settings of the program that started it.
"""

import gc
import json
import mimetypes
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any, BinaryIO

from confluence_assets.extract.kinds import HEAD_BYTES, Kind, guess_kind
from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.outcome import INSTALL_HINT, Extraction, ExtractStatus, Refused, one_line
from confluence_assets.extract.readers import find_reader
from confluence_assets.extract.sandbox import deny_the_world, limit_resources
from confluence_assets.extract.versions import OWN, label_of

OUTPUT_BYTES_PER_CHARACTER = 12
"""JSON in ASCII writes a character beyond the basic plane in as many bytes."""
BIGGEST_ANSWER_OVERHEAD = 1 << 16


def main() -> None:
    """Read the file of standard input as the argument says, and write the outcome."""
    told = json.loads(sys.argv[1])
    limits = ExtractLimits(**told["limits"])
    # What libraries print must not mix with the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    limit_resources(
        limits.memory_bytes,
        limits.cpu_seconds,
        limits.text_characters * OUTPUT_BYTES_PER_CHARACTER + BIGGEST_ANSWER_OVERHEAD,
    )
    # What readers try to import and do well without: it would cost a second and half of the memory.
    for absent in ("numpy", "pandas"):
        sys.modules[absent] = None  # type: ignore[assignment]
    mimetypes.init(())  # by heart, and not from files of the system
    deny_the_world()
    outcome = read_file(sys.stdin.buffer, told, limits)
    content = json.dumps(asdict(outcome)).encode("ascii")
    while content:
        content = content[os.write(answer, content) :]


def read_file(file: BinaryIO, told: dict[str, Any], limits: ExtractLimits) -> Extraction:
    """The outcome for one file; whatever a reader raises becomes an outcome, too."""
    label: str | None = None
    try:
        kind = guess_kind(file.read(HEAD_BYTES), told["filename"], told["media_type"])
        file.seek(0)
        reader = find_reader(file, kind, limits, told["media_type"])
        file.seek(0)
        label = label_of(reader.library)
        convert = _resolve(told["html_to_markdown"]) if reader.gives_html else None
        return _bounded(reader.read(file, limits, convert), label, limits)
    except Refused as refused:
        return Extraction(refused.status, None, label or OWN, one_line(str(refused)))
    except ModuleNotFoundError as error:
        return Extraction(ExtractStatus.NOT_INSTALLED, error=one_line(f"{error.name} is missing. {INSTALL_HINT}"))
    except MemoryError:
        gc.collect()
        megabytes = limits.memory_bytes >> 20
        error_text = f"Reading it takes more than {megabytes} MB of memory."
        return Extraction(ExtractStatus.UNREADABLE, None, label, error_text)
    except RecursionError:
        return Extraction(ExtractStatus.UNREADABLE, None, label, "It is nested too deep.")
    except Exception as error:  # a damaged file makes libraries raise whatever they like, and costs one row
        words = one_line(f"It is damaged, or not what it seems: {type(error).__name__}: {error}")
        return Extraction(ExtractStatus.UNREADABLE, None, label or OWN, words)


def _bounded(text: str, label: str, limits: ExtractLimits) -> Extraction:
    text = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if not text:
        return Extraction(ExtractStatus.READ, "", label, "There is no text in it; a scan would need to be recognised.")
    if len(text) <= limits.text_characters:
        return Extraction(ExtractStatus.READ, text, label)
    said = f"The text is cut off after {limits.text_characters} characters."
    return Extraction(ExtractStatus.READ, text[: limits.text_characters], label, said)


def _resolve(name: str) -> Callable[[str], str]:
    module, _, function = name.partition(":")
    found: Callable[[str], str] = getattr(import_module(module), function)
    return found


__all__ = ["Kind", "main", "read_file"]

if __name__ == "__main__":
    main()
