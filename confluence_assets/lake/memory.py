"""Memory that is free inside the process goes back to the operating system, so that what comes next does not stand on top of it."""

import ctypes

import pyarrow as pa


def release_memory() -> None:
    """Give back what Arrow's pool and the C library hold in reserve."""
    pa.default_memory_pool().release_unused()
    # glibc's own; neither musl nor macOS has it, or needs it as much.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def preload() -> None:
    """Let Arrow find out whether pandas is there, which takes it a quarter of a second at its first array."""
    pa.array([""])
