"""Attributes in YAML as they were written: Dagster renders each text as a template, which makes numbers of ids and of keys.

Must not know what the attributes mean.
"""

from typing import Annotated, Any

import dagster as dg
from dagster.components.resolved.errors import ResolutionException
from pydantic import BaseModel, BeforeValidator, StrictInt
from pydantic.fields import FieldInfo


def _resolve_text(context: dg.ResolutionContext, raw: Any) -> Any:
    """The value as text, whatever it looks like; None stays None. Raises: ResolutionException for a template that gives nothing."""
    value = _rendered(context, raw)
    return None if value is None else str(value)


def _resolve_texts(context: dg.ResolutionContext, raw: Any) -> list[str]:
    """The values as texts; one that stands alone is a list of one: `ENG` is one key, and not three."""
    values = _rendered(context, raw)
    listed = values if isinstance(values, list | tuple) else [values]
    return [str(_rendered(context, value)) for value in listed]


def _rendered(context: dg.ResolutionContext, raw: Any) -> Any:
    """What a template comes to, and anything else as it is.

    A variable that is not set gives nothing, and nothing means something else: the demo site instead of one's own, all spaces.
    """
    if not (isinstance(raw, str) and "{{" in raw):
        return raw
    value = context.resolve_value(raw)
    if value is None or value == "":
        raise ResolutionException(f"{raw} comes to nothing, as a variable does that is not set")
    return value


_SingleText = BeforeValidator(lambda value: str(value) if type(value) is int else value)
# strict where YAML is read: what it makes of NO and ON is no key, and no number
Text = Annotated[
    str, _SingleText, dg.Resolver(_resolve_text, model_field_type=str | StrictInt, inject_before_resolve=False)
]
"""A text that may be all digits."""
OptionalText = Annotated[
    str | None,
    _SingleText,
    dg.Resolver(_resolve_text, model_field_type=str | StrictInt | None, inject_before_resolve=False),
]
Keys = Annotated[
    list[Annotated[str, _SingleText]],
    dg.Resolver(_resolve_texts, model_field_type=list[str | StrictInt] | str | StrictInt, inject_before_resolve=False),
]
"""Keys, ids, names or patterns."""


def finish_model(component: type[BaseModel], model: type[BaseModel]) -> type[BaseModel]:
    """What YAML may say of a component, with its descriptions, and with bounds that hold for numbers alone.

    Dagster leaves descriptions behind where a field has a resolver. It lets any attribute be a template, and would ask a text
    whether it is at least 1.
    """
    own = component.model_fields
    bounds = {name: _bounds_of(field) for name, field in model.model_fields.items()}
    changed = False
    for name, field in model.model_fields.items():
        if field.description is None and own[name].description:
            field.description, changed = own[name].description, True
        if bounds[name]:
            field.annotation = Annotated[own[name].annotation, *bounds[name]] | str  # type: ignore[assignment]
            field.metadata, changed = [], True
    if changed:
        model.model_rebuild(force=True)
    return model


def _bounds_of(field: FieldInfo) -> list[Any]:
    return [one for one in field.metadata if not isinstance(one, dg.Resolver | BeforeValidator)]
