"""A template and the database become a document: Markdown first, then storage format, with charts as files."""

from collections.abc import Callable
from traceback import walk_tb
from typing import Any, Protocol

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from confluence_assets.compose import ComposeOptions, PageReference, markdown_to_storage
from confluence_assets.errors import SettingsError
from confluence_assets.publish_back.charts import draw_chart
from confluence_assets.publish_back.contract import Document, Publication
from confluence_assets.publish_back.values import Markdown, link, plain, shown, table

FOOTER = (
    "\n\n---\n\n*This page is made by confluence-assets (`{key}`) from the wiki's own data. "
    "An edit made here stops its updates.*\n"
)


_MISTAKES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""What Python raises where a template calls, counts or looks up what it can't."""


class Answers(Protocol):
    """Where a template's queries go."""

    def query(self, sql: str, params: Any = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names of the columns, and the rows."""
        ...


def render_document(publication: Publication, warehouse: Answers, *, is_cloud: bool = True) -> Document:
    """What is to stand on the page. The same rows give the same document. Raises: SettingsError for a wrong template."""
    page = _Page(warehouse, publication)
    markdown = page.render(publication.template) + FOOTER.format(key=publication.key)
    options = ComposeOptions(is_cloud=is_cloud, page_of=_page_finder(warehouse))
    storage = markdown_to_storage(markdown, options=options)
    return Document(publication.title, storage, markdown, page.files)


class _Page:
    """What a template may call. All that it prints is text, unless it is Markdown of these functions."""

    def __init__(self, warehouse: Answers, publication: Publication) -> None:
        self._warehouse = warehouse
        self._names = {"title": publication.title, "space_key": publication.space_key}
        self.files: dict[str, bytes] = {}

    def render(self, template: str) -> str:
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
        )
        environment.globals.update(
            self._names,
            rows=self.rows,
            value=self.value,
            table=self.table,
            chart=self.chart,
            link=link,
            markdown=Markdown,
        )
        try:
            return environment.from_string(template).render()
        except (TemplateError, *_MISTAKES) as error:
            number = getattr(error, "lineno", None) or _line_of(error)
            line = f" in line {number}" if number else ""
            words = str(error).removeprefix("_Page.").rstrip(".") or type(error).__name__
            raise SettingsError(f"The template is wrong{line}: {words}.", setting="template") from error

    def rows(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        """The rows, each by the names of its columns."""
        names, rows = self._warehouse.query(sql, params)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def value(self, sql: str, *params: Any) -> Any:
        """The first column of the first row; nothing where there is no row."""
        _, rows = self._warehouse.query(sql, params)
        return rows[0][0] if rows else None

    def table(self, sql: str, *params: Any, empty: str = "Nothing.") -> Markdown:
        """The answer as a table."""
        names, rows = self._warehouse.query(sql, params)
        return table(names, rows) if rows else shown(empty)

    def chart(self, sql: str, *params: Any, kind: str = "bar", title: str = "", empty: str = "Nothing.") -> Markdown:
        """The answer as a chart, which is attached to the page."""
        names, rows = self._warehouse.query(sql, params)
        if not rows:
            return shown(empty)
        filename = f"chart-{len(self.files) + 1}.png"
        self.files[filename] = draw_chart(kind, names, rows, title)
        said = title or f"{plain(names[1])} by {plain(names[0])}"
        return Markdown(f"![{shown(said)}]({filename})")


def _line_of(error: BaseException) -> int | None:
    """The template's line in which it was raised, as Jinja puts it into the traceback."""
    lines = [number for frame, number in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _page_finder(warehouse: Answers) -> Callable[[str], PageReference | None]:
    """Which page an address is, so that the link follows when it is renamed."""
    known: dict[str, PageReference | None] = {}

    def find(url: str) -> PageReference | None:
        address = url.partition("#")[0]
        if "://" not in address:
            return None
        if address not in known:
            sql = "select title, space_key from pages where web_url = ? and status = 'current'"
            _, rows = warehouse.query(sql, (address,))
            known[address] = PageReference(title=rows[0][0], space_key=rows[0][1]) if len(rows) == 1 else None
        return known[address]

    return find
