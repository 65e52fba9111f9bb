"""Texts in YAML as they were written: Dagster renders each as a template, which makes numbers of ids and of keys.

Must not know what the attributes mean.
"""

from typing import Annotated, Any

import dagster as dg
from pydantic import BeforeValidator, StrictInt


def _resolve_text(context: dg.ResolutionContext, raw: Any) -> Any:
    """The value as text, whatever it looks like; None stays None."""
    value = context.resolve_value(raw) if isinstance(raw, str) and "{{" in raw else raw
    return None if value is None else str(value)


def _resolve_texts(context: dg.ResolutionContext, raw: Any) -> list[str]:
    """The values as texts; one that stands alone is a list of one: `ENG` is one key, and not three."""
    values = context.resolve_value(raw) if isinstance(raw, str) and "{{" in raw else raw
    listed = values if isinstance(values, list | tuple) else [values]
    return [str(_resolve_text(context, value)) for value in listed]


_SingleText = BeforeValidator(lambda value: str(value) if type(value) is int else value)
# strict where YAML is read: what it makes of NO and ON is no key, and no number
Text = Annotated[str, _SingleText, dg.Resolver(_resolve_text, model_field_type=str | StrictInt)]
"""A text that may be all digits."""
OptionalText = Annotated[str | None, _SingleText, dg.Resolver(_resolve_text, model_field_type=str | StrictInt | None)]
Keys = Annotated[
    list[Annotated[str, _SingleText]],
    dg.Resolver(_resolve_texts, model_field_type=list[str | StrictInt] | str | StrictInt),
]
"""Keys, ids, names or patterns."""
