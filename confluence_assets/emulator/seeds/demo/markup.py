"""From the light notation of the demo's texts to storage format.

Blocks: `## Heading`, `- item`, `1. item`, `[ ] task @who //2026-12-01`, `[x] done task`, `|| head || head ||`, `| cell | cell |`,
`!info text` (any panel, `!info Title :: text`), `!expand Title :: text`, `!excerpt text`, `{toc}`, `{children}`,
`{include:Title}`, `{name:value}` for other macros, three backticks for code, `---`, `"" quotation`.
Inline: `**bold**`, `*italics*`, backticks, `[[Title]]`, `[[KEY:Title|words]]`, `[words](address)`, `@who`, `![file.png]`,
`//2026-12-01` for a date, `{status:Green DONE}`.
"""

import html
import re
from collections.abc import Callable

AccountOf = Callable[[str], str]
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\*(?P<italic>[^*]+)\*|!\[(?P<image>[^\]]+)\]|\[\[(?P<page>[^\]]+)\]\]"
    r"|\[(?P<words>[^\]]+)\]\((?P<address>[^)]+)\)|(?<!\S)//(?P<date>\d{4}-\d\d-\d\d)|\{status:(?P<colour>\w+) (?P<status>[^}]+)\}"
    r"|(?<![\w.])@(?P<who>[a-z]+)"
)
_MACRO = re.compile(r"\{([a-z-]+)(?::(.*))?\}")
_PANEL = re.compile(r"!(info|note|warning|tip|panel|expand|excerpt) (?:(.*?) :: )?(.*)")


def macro(name: str, parameters: dict[str, str] | None = None, *, rich: str = "", plain: str | None = None) -> str:
    """A structured macro."""
    inside = "".join(
        f'<ac:parameter ac:name="{key}">{html.escape(value)}</ac:parameter>'
        for key, value in (parameters or {}).items()
    )
    if rich:
        inside += f"<ac:rich-text-body>{rich}</ac:rich-text-body>"
    if plain is not None:
        inside += f"<ac:plain-text-body><![CDATA[{plain}]]></ac:plain-text-body>"
    return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{inside}</ac:structured-macro>'


class Markup:
    """Turns text into storage format; `account_of` knows the people."""

    def __init__(self, account_of: AccountOf) -> None:
        self._account_of = account_of
        self._tasks = 0

    def storage(self, text: str) -> str:
        self._tasks = 0
        lines, out, index = text.strip("\n").split("\n"), [], 0
        while index < len(lines):
            block, index = self._block(lines, index)
            out.append(block)
        return "".join(out)

    def _block(self, lines: list[str], index: int) -> tuple[str, int]:
        line = lines[index]
        if line.startswith("```"):
            return self._code(lines, index)
        for start, gather in (
            ("- ", self._bullets),
            ("1. ", self._numbers),
            ("|", self._table),
            ("[ ] ", self._task_list),
            ("[x] ", self._task_list),
        ):
            if line.startswith(start):
                marks = ("[ ] ", "[x] ") if start[0] == "[" else (start,)
                end = index
                while end < len(lines) and lines[end].startswith(marks):
                    end += 1
                return gather(lines[index:end]), end
        return self._line(line), index + 1

    def _line(self, line: str) -> str:
        if not line.strip():
            return ""
        if line == "---":
            return "<hr />"
        if line.startswith("##"):
            marks = len(line) - len(line.lstrip("#"))
            return f"<h{marks}>{self.inline(line[marks:].strip())}</h{marks}>"
        if line.startswith('"" '):
            return f"<blockquote><p>{self.inline(line[3:])}</p></blockquote>"
        panel = _PANEL.fullmatch(line)
        if panel:
            title = {"title": panel[2]} if panel[2] else None
            return macro(panel[1], title, rich=f"<p>{self.inline(panel[3])}</p>")
        found = _MACRO.fullmatch(line)
        if found:
            return self._macro(found[1], found[2])
        return f"<p>{self.inline(line)}</p>"

    def _macro(self, name: str, value: str | None) -> str:
        if name in ("include", "excerpt-include"):
            link = f"<ac:link>{self._page_target(value or '')}</ac:link>"
            inside = f'<ac:parameter ac:name="">{link}</ac:parameter>'
            return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{inside}</ac:structured-macro>'
        pairs = dict(pair.split("=", 1) for pair in value.split(";")) if value else {}
        return macro(name, pairs)

    def _code(self, lines: list[str], index: int) -> tuple[str, int]:
        end = index + 1
        while end < len(lines) and lines[end] != "```":
            end += 1
        language = lines[index][3:].strip()
        return macro(
            "code", {"language": language} if language else None, plain="\n".join(lines[index + 1 : end])
        ), end + 1

    def _bullets(self, lines: list[str]) -> str:
        return "<ul>" + "".join(f"<li><p>{self.inline(line[2:])}</p></li>" for line in lines) + "</ul>"

    def _numbers(self, lines: list[str]) -> str:
        return "<ol>" + "".join(f"<li><p>{self.inline(line[3:])}</p></li>" for line in lines) + "</ol>"

    def _table(self, lines: list[str]) -> str:
        rows = []
        for line in lines:
            tag, mark = ("th", "||") if line.startswith("||") else ("td", "|")
            cells = re.split(rf"{re.escape(mark)}(?![^\[]*\]\])", line.strip().strip("|"))
            rows.append(
                "<tr>" + "".join(f"<{tag}><p>{self.inline(cell.strip())}</p></{tag}>" for cell in cells) + "</tr>"
            )
        return f"<table><tbody>{''.join(rows)}</tbody></table>"

    def _task_list(self, lines: list[str]) -> str:
        tasks = []
        for line in lines:
            self._tasks += 1
            status = "complete" if line.startswith("[x]") else "incomplete"
            tasks.append(
                f"<ac:task><ac:task-id>{self._tasks}</ac:task-id><ac:task-status>{status}</ac:task-status>"
                f"<ac:task-body>{self.inline(line[4:])}</ac:task-body></ac:task>"
            )
        return f"<ac:task-list>{''.join(tasks)}</ac:task-list>"

    def inline(self, text: str) -> str:
        out, last = [], 0
        for found in _INLINE.finditer(text):
            out.append(html.escape(text[last : found.start()], quote=False))
            out.append(self._piece(found))
            last = found.end()
        out.append(html.escape(text[last:], quote=False))
        return "".join(out)

    def _piece(self, found: re.Match[str]) -> str:
        kind = str(next(name for name, value in found.groupdict().items() if value is not None))
        value = html.escape(found[kind], quote=False)
        if kind in ("code", "bold", "italic"):
            tag = {"code": "code", "bold": "strong", "italic": "em"}[kind]
            return f"<{tag}>{value}</{tag}>"
        if kind == "image":
            return f'<ac:image ac:width="600"><ri:attachment ri:filename="{html.escape(found[kind])}" /></ac:image>'
        if kind == "page":
            target, _, words = found["page"].partition("|")
            body = f"<ac:plain-text-link-body><![CDATA[{words}]]></ac:plain-text-link-body>" if words else ""
            return f"<ac:link>{self._page_target(target)}{body}</ac:link>"
        if kind == "words":
            return f'<a href="{html.escape(found["address"])}">{value}</a>'
        if kind == "date":
            return f'<time datetime="{value}" />'
        if kind == "colour":
            return macro("status", {"title": found["status"], "colour": found["colour"]})
        return f'<ac:link><ri:user ri:account-id="{self._account_of(found["who"])}" /></ac:link>'

    def _page_target(self, target: str) -> str:
        key, colon, title = target.partition(":")
        if colon and key.isupper():
            return f'<ri:page ri:space-key="{key}" ri:content-title="{html.escape(title)}" />'
        return f'<ri:page ri:content-title="{html.escape(target)}" />'
