"""The demo site's page "One of everything", source beside result, and its report: `python docs/pictures.py`.

Syncs the embedded demo site into a temporary folder, takes the page's storage format and the Markdown that the database
holds for it, and writes
- `docs/one-of-everything.md`: that Markdown, as it is;
- `build/one-of-everything.html`: both side by side, section by section, in one file that asks nothing of a network;
- `docs/images/one-of-everything.png`: its picture, taken by headless Chromium (`apt-get install chromium`);
- `build/report.html` and `docs/images/report.png`: the report of the demo site, and its picture.
"""

import base64
import html
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin
from PIL import Image, ImageChops, ImageColor, PngImagePlugin

from confluence_assets.api import Connection, connect
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.report import write_report
from confluence_assets.sync.contract import SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from confluence_assets.warehouse import ConfluenceWarehouse

ROOT = Path(__file__).parents[1]
MARKDOWN = ROOT / "docs" / "one-of-everything.md"
PAGE = ROOT / "build" / "one-of-everything.html"
PICTURE = ROOT / "docs" / "images" / "one-of-everything.png"
REPORT_PAGE = ROOT / "build" / "report.html"
REPORT_PICTURE = ROOT / "docs" / "images" / "report.png"
TITLE = "One of everything"
WIDTH, HEIGHT, FREQUENT = 1320, 9000, 128

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_ALERTS = {"NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning", "CAUTION": "Caution"}
_NEW_SECTION = re.compile(r"(?=<h[12]>)")
_PIECE = re.compile(r"<!\[CDATA\[.*?\]\]>(?!\]\]>)|<pre>.*?</pre>|<[^>]+>|[^<]+", re.DOTALL)
_BLOCK = re.compile(
    r"<(?:p|h\d|ul|ol|li|table|tr|td|th|hr|pre|blockquote|ac:(?:structured-macro|rich-text-body|task-list|task|image|"
    r"layout|layout-cell|adf-extension|adf-fallback))\b"
)
_TAG = re.compile(r"&lt;(/?)([\w:-]+)((?:[^&]|&(?!gt;))*?)(/?)&gt;")
_ATTRIBUTE = re.compile(r"([\w:-]+)=(&quot;.*?&quot;)")


@dataclass(frozen=True, slots=True)
class Example:
    """A page as Confluence sends it, the Markdown made of it, and the pictures attached to it as data addresses."""

    storage: str
    markdown: str
    pictures: dict[str, str]

    @property
    def digest(self) -> str:
        """What the picture was made from; stands in the PNG, so that a test sees when it is out of date."""
        return sha256(f"{self.storage}\0{self.markdown}".encode()).hexdigest()


def read_example(home: Path) -> Example:
    """The page as a sync of the embedded demo site brings it."""
    options = SyncOptions(attachment_files=True, attachment_types=("image/*",), audit=False)
    site = Site("demo", home, options)
    with EmbeddedSite(SiteConfig.demo(site_url="https://wiki.example.com")) as embedded:
        connection = Connection(url=embedded.url, email="admin@example.com", api_token="admin", deployment="cloud")  # noqa: S106 - the demo site's public token
        report = run_sync(site, connect(connection), SyncRequest())
    if not report.is_ok:
        raise SystemExit("\n".join(report.failures))
    REPORT_PAGE.parent.mkdir(exist_ok=True)
    made = write_report(site.folder / report.database_path, site=site.name)
    REPORT_PAGE.write_bytes(made.path.read_bytes())
    with ConfluenceWarehouse(site.folder / report.database_path) as warehouse:
        return read_page(warehouse, site.folder)


def read_page(warehouse: ConfluenceWarehouse, folder: Path) -> Example:
    """The page as a published database holds it; `folder` is the site's, for the files."""
    pages = warehouse.query_rows("select page_id, body_storage, body_markdown from pages where title = ?", [TITLE])
    ((page_id, storage, markdown),) = pages
    files = warehouse.query_rows(
        "select web_url, media_type, file_path from attachments where container_id = ? and media_type like 'image/%'",
        [page_id],
    )
    pictures = {
        url: f"data:{media_type};base64,{base64.b64encode((folder / path).read_bytes()).decode()}"
        for url, media_type, path in files
        if path is not None
    }
    return Example(storage, markdown, pictures)


def render(markdown: str, pictures: dict[str, str]) -> str:
    """The Markdown as a reader on GitHub sees it; the names of macros, which GitHub hides, as small marks."""
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(tasklists_plugin)
    page = renderer.render(markdown)
    page = re.sub(r"<blockquote>\s*<p>\[!(\w+)\]\s*", _alert, page)
    page = re.sub(r"<!-- (/?)macro:(.*?) -->", _mark, page, flags=re.DOTALL)
    page = re.sub(r'<img src="([^"]*)" alt="([^"]*)"[^>]*>', lambda found: _image(found, pictures), page)
    page = re.sub(r"\$<code>(.*?)</code>\$", r'<span class="formula">\1</span>', page)
    page = re.sub(r'<pre><code class="language-(\w+)">', r'<pre data-language="\1"><code>', page)
    page = page.replace('<a href="confluence:user?', '<a class="who" href="confluence:user?')
    return page.replace('<a href="confluence:page?', '<a class="broken" href="confluence:page?').replace(
        "<details>", "<details open>"
    )


def _alert(found: re.Match[str]) -> str:
    kind = found[1]
    return f'<blockquote class="alert {kind.lower()}"><p class="kind">{_ALERTS[kind]}</p><p>'


def _mark(found: re.Match[str]) -> str:
    return f'<span class="mark">{"end of " if found[1] else ""}{found[2]}</span>'


def _image(found: re.Match[str], pictures: dict[str, str]) -> str:
    address = html.unescape(found[1])
    if address in pictures:
        return f'<img class="real" src="{pictures[address]}" alt="{found[2]}">'
    return f'<span class="image">{found[2]}</span>'


def sections(example: Example) -> list[tuple[str, str]]:
    """Storage format and Markdown of each section; the headings that only show themselves stand together."""
    sources = _joined(_NEW_SECTION.split(example.storage))
    results = _joined(re.split(r"(?m)^(?=##? )", example.markdown))
    if len(sources) != len(results):
        raise ValueError(f"{len(sources)} sections of storage format, {len(results)} of Markdown")
    return list(zip(sources, results, strict=True))


def _joined(parts: list[str]) -> list[str]:
    """Parts, each together with the bare heading before it."""
    joined: list[str] = []
    for part in parts:
        if joined and re.fullmatch(r"\s*(<h1>.*</h1>|# .*)\s*", joined[-1]):
            joined[-1] += part
        elif part.strip():
            joined.append(part)
    return joined


def colour(storage: str) -> str:
    """Storage format with a line for each block that follows another, and its tags in colour."""
    out: list[str] = []
    before = ""
    for piece in _PIECE.findall(storage):
        if not piece.strip():
            continue
        has_ended = before.startswith("</") or before.endswith(("/>", "</pre>"))
        if out and _BLOCK.match(piece) and has_ended:
            out.append("\n")
        text = html.escape(piece)
        out.append(f"<i>{text}</i>" if piece.startswith("<![CDATA[") else _TAG.sub(_coloured, text))
        before = piece
    return "".join(out)


def _coloured(found: re.Match[str]) -> str:
    attributes = _ATTRIBUTE.sub(r"<u>\1</u>=<s>\2</s>", found[3])
    return f"<em>&lt;{found[1]}<b>{found[2]}</b>{attributes}{found[4]}&gt;</em>"


def build_page(example: Example) -> str:
    """The whole page."""
    rows = "".join(
        f'<section><pre class="source">{colour(source)}</pre><article>{render(result, example.pictures)}</article></section>'
        for source, result in sections(example)
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{CSS}</style></head><body>'
        "<header><div><b>body_storage</b> what Confluence sends</div>"
        "<div><b>body_markdown</b> what stands in DuckDB, rendered</div></header>"
        f"<main>{rows}</main></body></html>\n"
    )


def take_picture(page: Path, picture: Path, digest: str) -> None:
    """A picture of the page, cut to its height, in few colours."""
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        raw = Path(profile) / "raw.png"
        subprocess.run(  # noqa: S603
            ["/usr/bin/chromium", *_FLAGS, f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}",
             f"--screenshot={raw}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        shot = Image.open(raw).convert("RGB")
    empty = Image.new("RGB", shot.size, shot.getpixel((0, shot.height - 1)))
    (_, _, _, bottom) = ImageChops.difference(shot, empty).getbbox() or (0, 0, 0, shot.height)
    cut = shot.crop((0, 0, shot.width, min(bottom + 20, shot.height)))
    notes = PngImagePlugin.PngInfo()
    notes.add_text("made-from", digest)
    picture.parent.mkdir(parents=True, exist_ok=True)
    _few_colours(cut).save(picture, optimize=True, pnginfo=notes)


def _few_colours(picture: Image.Image) -> Image.Image:
    """The picture in 256 colours: those of the style sheet, the most frequent ones, and a choice of the others."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    by_frequency = [(shade[0], shade[1], shade[2]) for _, shade in counted if isinstance(shade, tuple)]
    named = {ImageColor.getrgb(text)[:3] for text in re.findall(r"#[0-9a-f]{6}\b", CSS)}
    kept = [*named, *(shade for shade in by_frequency if shade not in named)]
    rare = Image.new("RGB", (max(1, len(kept) - FREQUENT), 1))
    rare.putdata(kept[FREQUENT:])
    chosen = np.array(rare.quantize(256 - FREQUENT).getpalette() or []).reshape(-1, 3)
    palette = np.vstack([np.array(kept[:FREQUENT]), chosen])
    # Pillow's own mapping to a palette is not exact: white would become a light yellow.
    shades, where = np.unique(np.array(picture).reshape(-1, 3), axis=0, return_inverse=True)
    nearest = ((shades[:, None, :].astype(int) - palette[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
    mapped = Image.fromarray(nearest[where].astype(np.uint8).reshape(picture.height, picture.width), mode="P")
    mapped.putpalette(palette.astype(np.uint8).ravel().tolist())
    return mapped


CSS = """
* { box-sizing: border-box }
body { margin: 0; background: #eef1f4; color: #1f2328; font: 14px/1.5 "Noto Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif }
header { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; padding: 18px 28px 10px; color: #59636e }
header b { font: 600 15px "DejaVu Sans Mono", monospace; color: #1f2328; margin-right: 8px }
main { padding: 0 20px }
section { display: grid; grid-template-columns: 1fr 1fr; margin-bottom: 14px; background: #ffffff; border: 1px solid #d1d9e0;
  border-radius: 8px; overflow: hidden }
.source { margin: 0; padding: 14px 16px; background: #f6f8fa; border-right: 1px solid #d1d9e0; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 11.5px/1.5 "DejaVu Sans Mono", monospace; color: #1f2328 }
.source em { font-style: normal; color: #59636e } .source b { font-weight: 400; color: #0550ae }
.source u { text-decoration: none; color: #6639ba } .source s { text-decoration: none; color: #0a3069 }
.source i { font-style: normal; color: #953800 }
article { padding: 16px 22px; min-width: 0; overflow-wrap: anywhere }
article > :first-child { margin-top: 0 } article > :last-child { margin-bottom: 0 }
p, ul, ol, table, pre, blockquote, details { margin: 0 0 12px }
h1, h2, h3, h4, h5, h6 { margin: 14px 0 10px; line-height: 1.25 }
h1 { font-size: 24px } h2 { font-size: 19px } h3 { font-size: 16px } h4 { font-size: 14px } h5 { font-size: 12.5px }
h6 { font-size: 12px; color: #59636e } h1, h2 { padding-bottom: 5px; border-bottom: 1px solid #d1d9e0 }
a { color: #0969da; text-decoration: none } a.who { background: #ddf4ff; border-radius: 10px; padding: 1px 7px }
a.broken { color: #d1242f; border-bottom: 1px dashed #d1242f }
ul, ol { padding-left: 26px } li > ul, li > ol { margin: 0 } li p { margin: 0 }
.contains-task-list { list-style: none; padding-left: 4px }
.task-list-item-checkbox { appearance: none; width: 14px; height: 14px; margin: 0 8px -2px 0; border: 1.5px solid #818b98;
  border-radius: 3px; background: #ffffff; position: relative }
.task-list-item-checkbox[checked] { background: #0969da; border-color: #0969da }
.task-list-item-checkbox[checked]::after { content: ""; position: absolute; left: 3px; top: 0; width: 3px; height: 7px;
  border: solid #fff; border-width: 0 2px 2px 0; transform: rotate(45deg) }
table { border-collapse: collapse; font-size: 13px } th, td { border: 1px solid #d1d9e0; padding: 5px 12px; text-align: left }
th { background: #f6f8fa; font-weight: 600 } th:empty { padding: 0; border: 0 } td p, th p { margin: 0 }
td ul { margin: 0 }
code, article pre { font: 12px/1.5 "DejaVu Sans Mono", monospace }
code { background: #e9ecef; border-radius: 5px; padding: 2px 5px } article pre { background: #f6f8fa; border-radius: 6px; padding: 10px 14px }
pre code { background: none; padding: 0 }
pre[data-language] { position: relative }
pre[data-language]::after { content: attr(data-language); position: absolute; right: 10px; top: 6px; color: #818b98; font-size: 10.5px }
.formula { font: italic 14.5px "DejaVu Serif", serif; background: #f6f8fa; border-radius: 5px; padding: 1px 6px }
blockquote { padding: 0 14px; border-left: 4px solid #d1d9e0; color: #59636e } blockquote > :last-child { margin-bottom: 0 }
.alert { padding: 7px 14px; color: #1f2328 } .alert p { margin: 0 0 3px } .kind { font-weight: 600 }
.note { border-color: #0969da } .note .kind { color: #0969da } .tip { border-color: #1a7f37 } .tip .kind { color: #1a7f37 }
.important { border-color: #8250df } .important .kind { color: #8250df }
.warning { border-color: #9a6700 } .warning .kind { color: #9a6700 }
.caution { border-color: #d1242f } .caution .kind { color: #d1242f }
kbd { font: 11px "DejaVu Sans Mono", monospace; border: 1px solid #d1d9e0; border-bottom-width: 2px; border-radius: 5px; padding: 2px 6px; background: #f6f8fa }
hr { border: 0; height: 3px; background: #d1d9e0; margin: 14px 0 }
.mark { display: inline-block; margin: 0 6px 6px 0; padding: 1px 8px; border: 1px dashed #b6bfc9; border-radius: 9px; color: #59636e;
  font: 11px/1.6 "DejaVu Sans Mono", monospace }
span[data-macro]::before { content: attr(data-macro) " "; color: #59636e; font: 11px "DejaVu Sans Mono", monospace }
span[data-macro] { border: 1px dashed #b6bfc9; border-radius: 9px; padding: 1px 8px }
span[data-placeholder]::before { content: attr(data-placeholder); color: #818b98; font-style: italic }
.image { display: inline-block; padding: 8px 16px; border: 1px solid #d1d9e0; border-radius: 6px; background: #f6f8fa; color: #59636e; font-size: 12px }
.image::before { content: "\\25A7\\00A0\\00A0" } .real { width: 120px; image-rendering: pixelated; border: 1px solid #d1d9e0; border-radius: 6px }
summary { cursor: pointer }
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="one-of-everything-") as home:
        example = read_example(Path(home))
    MARKDOWN.write_text(example.markdown + "\n", encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(build_page(example), encoding="utf-8")
    take_picture(PAGE, PICTURE, example.digest)
    take_picture(REPORT_PAGE, REPORT_PICTURE, example.digest)
    for path in (MARKDOWN, PAGE, PICTURE, REPORT_PAGE, REPORT_PICTURE):
        sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
