"""Charts as PNG, since Confluence shows no SVG everywhere. The same rows give the same bytes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Literal, get_args

from confluence_assets.errors import SettingsError
from confluence_assets.publish_back.values import plain

ChartKind = Literal["bar", "columns", "line"]
_COLOURS = ("#0c66e4", "#22a06b", "#e56910", "#8270db", "#ae2e24", "#206a83")
_INK, _FAINT = "#172b4d", "#dcdfe4"
_LONGEST_LABEL = 40
_FALLBACK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR",
    "Source Han Sans SC", "WenQuanYi Zen Hei", "IPAGothic", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Noto Sans Thai", "Noto Sans Devanagari", "Tahoma",
)  # fmt: skip
"""For what matplotlib's own font can't draw: those that are installed are tried in turn. None is brought along."""


def draw_chart(kind: str, names: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> bytes:
    """The PNG of a chart: labels from the first column, a series from each other one.

    Raises: SettingsError for a kind that there is not, rows that can't be drawn, or without the extra `publication`.
    """
    if kind not in get_args(ChartKind):
        raise SettingsError(f"A chart is {', '.join(get_args(ChartKind))}, and not {kind!r}.", setting="chart")
    labels, series = _series(names, rows)
    try:
        from matplotlib import rc_context
    except ImportError:
        raise SettingsError(
            "Charts need matplotlib.", setting="chart", hint="pip install 'confluence-assets[publication]'"
        ) from None
    with rc_context({"font.family": _font_families()}):
        return _draw(kind, labels, series, title)


def _font_families() -> list[str]:
    """The font that comes with matplotlib, then what this machine has for scripts that it lacks."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _FALLBACK_FONTS if name in installed)]


def _draw(kind: str, labels: list[str], series: dict[str, list[float]], title: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = max(2.4, 0.34 * len(labels) * len(series) + 1.2) if kind == "bar" else 3.6
    figure = Figure(figsize=(8, height), dpi=120, layout="constrained", facecolor="white")
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _plot(axes, kind, labels, series)
    _dress(axes, kind, title)
    if len(series) > 1:
        axes.legend(frameon=False, labelcolor=_INK)
    image = BytesIO()
    canvas.print_png(image, metadata={"Software": None})
    return image.getvalue()


def _series(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[list[str], dict[str, list[float]]]:
    if len(names) < 2 or not rows:
        raise SettingsError(
            f"A chart needs a column of labels, one of numbers or more, and rows; it got {len(names)} columns and "
            f"{len(rows)} rows.",
            setting="chart",
        )
    labels = [_label(row[0]) for row in rows]
    try:
        series = {name: [float(row[at] or 0) for row in rows] for at, name in enumerate(names) if at}
    except (TypeError, ValueError):
        raise SettingsError("A chart's columns after the first are numbers.", setting="chart") from None
    return labels, series


def _label(value: Any) -> str:
    text = plain(value).replace("$", "\\$")  # or it would be a formula
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _plot(axes: Any, kind: str, labels: list[str], series: dict[str, list[float]]) -> None:
    places = range(len(labels))
    thickness = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        look = {"color": _COLOURS[number % len(_COLOURS)], "label": name.replace("_", " ")}
        shifted = [place - 0.4 + thickness * (number + 0.5) for place in places]
        if kind == "bar":
            axes.barh(shifted, values, thickness * 0.9, **look)
        elif kind == "columns":
            axes.bar(shifted, values, thickness * 0.9, **look)
        else:
            axes.plot(list(places), values, marker="o", markersize=4, **look)
    if kind == "bar":
        axes.set_yticks(list(places), labels)
        axes.invert_yaxis()
    else:
        axes.set_xticks(list(places), labels, rotation=30 if len(labels) > 6 else 0)


def _dress(axes: Any, kind: str, title: str) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelcolor=_INK)
    axes.grid(axis="x" if kind == "bar" else "y", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    if title:
        axes.set_title(title.replace("$", "\\$"), loc="left", color=_INK, fontweight="bold")
