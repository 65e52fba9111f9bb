"""What one file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtractLimits:
    """Bounds of the process that reads one file; over any of them it is killed, or stops by itself.

    Memory is bounded where the system can do it (Linux); time, output and what archives unpack to are bounded everywhere.
    """

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    unpacked_bytes: int = 512 << 20
    """What an Office file may unpack to."""
    text_characters: int = 5_000_000
    """Text beyond it is cut off, and the outcome says so."""
