"""What the process that reads a file takes from itself before it touches the file. Runs in that process alone.

Limits of the system hold whatever code does. The audit hook holds for Python code, which all readers are but lxml: no
network, no other process, no file but those of the libraries.
"""

import os
import resource
import sys
from pathlib import Path

_DENIED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "ftplib.",
    "urllib.",
    "shutil.",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
    "os.truncate",
)
_HARMLESS = frozenset({"/dev/null", "/dev/urandom"})
_MOST_OPEN_FILES = 64


def limit_resources(memory_bytes: int, cpu_seconds: int, output_bytes: int) -> None:
    """Bound memory, CPU time, output, open files; no other process, no core dump."""
    wanted = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: output_bytes,
        resource.RLIMIT_NOFILE: _MOST_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise
            # macOS knows RLIMIT_AS and refuses it; time and output are bounded there all the same


def deny_the_world() -> None:
    """From now on no network, no processes, and no files but those that libraries are made of. Can't be taken back."""
    roots = tuple({os.path.realpath(path) for path in (*sys.path, sys.prefix, sys.base_prefix) if path})

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            _check_open(arguments, roots)
        elif event.startswith(_DENIED) or event in _CHANGES:
            raise PermissionError(f"A file wanted {event}, which reading it does not need.")

    sys.addaudithook(watch)


def _check_open(arguments: tuple[object, ...], roots: tuple[str, ...]) -> None:
    path, mode, flags = (*arguments, None, None)[:3]
    if isinstance(path, int):
        return
    writes = (isinstance(mode, str) and any(sign in mode for sign in "wax+")) or (
        isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    )
    name = os.fsdecode(path) if isinstance(path, str | bytes | Path) else ""
    if name in _HARMLESS:
        return
    place = os.path.realpath(name)
    if writes or not any(place == root or place.startswith(root + os.sep) for root in roots):
        raise PermissionError("A file wanted another file to be opened, which reading it does not need.")
