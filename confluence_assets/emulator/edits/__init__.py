"""The edit operations, by name. Each changes the site as a person's click would, side effects included."""

from typing import Any

from confluence_assets.emulator.edits.registry import EDITS, apply_edit

__all__ = ["EDITS", "apply_edit"]
_ = Any
