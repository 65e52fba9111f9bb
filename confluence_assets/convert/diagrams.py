"""Diagrams, formulas and other code that is drawn: fences that name their language, or the drawing's file."""

from urllib.parse import quote

from confluence_assets.convert.converter import SKIP, Converter
from confluence_assets.convert.escape import code_span
from confluence_assets.convert.findings import AttachmentReference, Link
from confluence_assets.convert.html_elements import write_image
from confluence_assets.convert.macro import Macro
from confluence_assets.convert.unknown_macro import unknown

_LANGUAGES = {
    "plantuml": "plantuml",
    "plantumlrender": "plantuml",
    "mermaid": "mermaid",
    "mermaid-macro": "mermaid",
    "graphviz": "dot",
    "d2": "d2",
    "markdown": "markdown",
    "markdown-macro": "markdown",
    "latex": "latex",
    "latex-formatting": "latex",
    "mathblock": "math",
    "easy-math-block": "math",
    "eazy-math-block": "math",
    "chart-from-csv": "csv",
    "csv": "csv",
    "sql": "sql",
    "xml": "xml",
    "json": "json",
}
_FORMULAS = frozenset(("mathblock", "easy-math-block", "eazy-math-block"))


def attachment_link(converter: Converter, filename: str) -> Link:
    """The link to a file of the same content."""
    context = converter.context
    found = converter.resolver.attachment(filename, space_key=context.space_key, title=None, context=context)
    if converter.findings is not None:
        converter.findings.attachments.append(AttachmentReference(filename, context.space_key))
    return Link(
        "attachment",
        target_id=found.content_id if found else None,
        space_key=context.space_key,
        title=filename,
        url=found.url if found and found.url else quote(filename),
        link_text=filename,
        is_broken=found.is_broken if found else None,
    )


def _fence(converter: Converter, macro: Macro) -> object:
    code = macro.plain_body()
    if not code.strip() and macro.name in _FORMULAS:
        code = macro.parameters.get("body", "")
    if not code.strip():
        return _drawing(converter, macro)
    converter.flush()
    if macro.title:
        converter.inline.text(macro.title)
        converter.flush()
    converter.writer.fence(code, _LANGUAGES[macro.name])
    return SKIP


def _formula(converter: Converter, macro: Macro) -> object:
    formula = macro.plain_body() or macro.parameters.get("body") or macro.parameters.get("", "")
    if formula.strip():
        converter.inline.raw(f"${code_span(formula.strip(), in_cell=converter.inline.in_cell)}$")
    return SKIP


def _drawing(converter: Converter, macro: Macro) -> object:
    """The picture that the drawing app keeps beside its source."""
    names = ("diagramName", "name", "filename", "diagramDisplayName", "displayName")
    name = next((macro.parameters[key] for key in names if macro.parameters.get(key)), "")
    if not name:
        return unknown(converter, macro)
    filename = name if name.endswith((".png", ".svg")) else f"{name}.png"
    write_image(converter, attachment_link(converter, filename).url or "", name)
    return SKIP if not macro.has_body else None


DRAWINGS = ("drawio", "inc-drawio", "drawio-sketch", "gliffy", "lucidchart", "plantumlcloud", "mermaid-cloud")
MACROS = {
    **dict.fromkeys(_LANGUAGES, _fence),
    **dict.fromkeys(("mathinline", "easy-math-inline", "eazy-math-inline", "latex-inline"), _formula),
    **dict.fromkeys(DRAWINGS, _drawing),
}
