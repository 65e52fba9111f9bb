"""What stands in blocks: paragraphs, headings, lists, tasks, quotes, panels, code, tables, and HTML around them."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from confluence_assets.compose.lines import compose_line
from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.panels import compose_panel, split_alert
from confluence_assets.compose.stack import Stack
from confluence_assets.compose.storage import Node, Part, as_blocks, macro, text_of
from confluence_assets.compose.tables import compose_table
from confluence_assets.compose.tags import code_macro
from confluence_assets.compose.tasks import TaskNumbers, compose_task_list, is_task

BlockBuilder: TypeAlias = Callable[["Composer", SyntaxTreeNode], list[Part]]
_TITLE_LENGTH = 80


class Composer:
    """Puts blocks together; one for a document."""

    def __init__(self, options: ComposeOptions) -> None:
        self.options = options
        self._task_numbers = TaskNumbers()

    def blocks(self, nodes: Sequence[SyntaxTreeNode]) -> list[Part]:
        """The parts of sibling blocks, with the HTML that stands around and between them."""
        stack = Stack(self.options)
        for node in nodes:
            if node.type == "html_block":
                stack.html(node.content)
            else:
                stack.add(*_BUILDERS[node.type](self, node))
        return titled_code(as_blocks(stack.finish()))

    def line(self, node: SyntaxTreeNode) -> list[Part]:
        """The parts of a block's own line."""
        return [part for inline in node.children for part in compose_line(_tokens(inline), self.options)]

    def paragraph(self, node: SyntaxTreeNode) -> list[Part]:
        return as_blocks(self.line(node))

    def heading(self, node: SyntaxTreeNode) -> list[Part]:
        parts = self.line(node)
        blocks = [part for part in parts if isinstance(part, Node) and part.is_block]
        return [Node(node.tag, children=[part for part in parts if part not in blocks]), *blocks]

    def bullet_list(self, node: SyntaxTreeNode) -> list[Part]:
        """Runs of tasks and of other items: Confluence keeps them in lists of their own."""
        lists: list[Part] = []
        run: list[SyntaxTreeNode] = []
        for item in node.children:
            if run and is_task(run[-1]) != is_task(item):
                lists.append(self._list_of(run))
                run = []
            run.append(item)
        return [*lists, self._list_of(run)]

    def _list_of(self, items: list[SyntaxTreeNode]) -> Node:
        if is_task(items[0]):
            return compose_task_list(items, self.blocks, self._task_numbers)
        return Node("ul", children=[Node("li", children=self.blocks(item.children)) for item in items])

    def ordered_list(self, node: SyntaxTreeNode) -> list[Part]:
        start = node.attrs.get("start", 1)
        attributes = {} if start == 1 else {"start": str(start)}
        return [Node("ol", attributes, [Node("li", children=self.blocks(item.children)) for item in node.children])]

    def quote(self, node: SyntaxTreeNode) -> list[Part]:
        alert = split_alert(node)
        body = self.blocks(node.children)
        return [compose_panel(alert, body, self.options) if alert else Node("blockquote", children=body)]

    def fence(self, node: SyntaxTreeNode) -> list[Part]:
        language, _, rest = node.info.strip().partition(" ")
        if language in self.options.app_macros:
            return [macro(language, plain=node.content.removesuffix("\n"), is_block=True)]
        if language == "math" and "mathblock" in self.options.app_macros and node.content.strip():
            return [macro("mathblock", plain=node.content.removesuffix("\n"), is_block=True)]
        title = rest.partition('title="')[2].partition('"')[0]
        return [code_macro(node.content, language, title)]

    def table(self, node: SyntaxTreeNode) -> list[Part]:
        return [compose_table(node, self.line)]

    def rule(self, node: SyntaxTreeNode) -> list[Part]:
        return [Node("hr")]


def _tokens(inline: SyntaxTreeNode) -> list[Token]:
    return (inline.token.children if inline.token else None) or []


def titled_code(blocks: list[Part]) -> list[Part]:
    """The blocks, each short bold line right before code as the code's title: so the converter writes titles."""
    written: list[Part] = []
    for block in blocks:
        title = _bold_line(written[-1]) if written and _is_untitled_code(block) else ""
        if title and isinstance(block, Node):
            block.children.insert(-1, Node("ac:parameter", {"ac:name": "title"}, [title]))
            written.pop()
        written.append(block)
    return written


def _is_untitled_code(block: Part) -> bool:
    if isinstance(block, str) or block.attributes.get("ac:name") != "code":
        return False
    return not any(isinstance(part, Node) and part.attributes.get("ac:name") == "title" for part in block.children)


def _bold_line(block: Part) -> str:
    only = block.children[0] if isinstance(block, Node) and block.tag == "p" and len(block.children) == 1 else None
    if not isinstance(only, Node) or only.tag != "strong" or not all(isinstance(part, str) for part in only.children):
        return ""
    text = text_of(only.children)
    return text if len(text) <= _TITLE_LENGTH and not text.rstrip().endswith(":") else ""


_BUILDERS: dict[str, BlockBuilder] = {
    "paragraph": Composer.paragraph,
    "heading": Composer.heading,
    "bullet_list": Composer.bullet_list,
    "ordered_list": Composer.ordered_list,
    "blockquote": Composer.quote,
    "fence": Composer.fence,
    "code_block": lambda composer, node: [code_macro(node.content)],
    "table": Composer.table,
    "hr": Composer.rule,
}
