"""Names and places that break naive clients: personal spaces, emoji, right to left, 255 characters, markup, slashes."""

_SPACES = (
    ("ODD", "Odd & <Ends>", "global"),
    ("~7120203f1a", "Ada Abara", "personal"),
    ("2024", "Year 2024", "global"),
    ("KB", "قاعدة المعرفة", "knowledge_base"),
    ("TEAM🚀"[:4], "Rockets 🚀", "collaboration"),
    ("OLD", "Old things", "global"),
)
_TITLES = (
    "", "Release 🎉 party 👩‍👩‍👧", "دليل المستخدم السريع", "מדריך התקנה", "L" * 255, "a/b\\c?d=e&f#g%20h", "<b>Bold</b> & \"quoted\"",
    "  Spaces inside   a title", "日本語のページ", "e\u0301 decomposed", "Ünïcödé — “quotes”", "+plus+ and %percent", "x",
    "1234567890", "null", "tab\u00a0nbsp",
)  # fmt: skip
_KINDS = ("folder", "database", "whiteboard", "embed")
_FILES = ("résumé 🎈.txt", "a+b c%20d.csv", 'quote\'s "file".log', "ملف.md", "x" * 200 + ".png", "dot..pdf")


def space_name(index: int) -> tuple[str, str, str]:
    key, name, type_ = _SPACES[index % len(_SPACES)]
    return (key, name, type_) if index < len(_SPACES) else (f"{key}{index}", f"{name} {index}", type_)


def title(space_key: str, number: int) -> str:
    """A title for the n-th page of a space; most are plain (empty: let the seed choose)."""
    return _TITLES[number] if number < len(_TITLES) else ""


def node_kind(number: int) -> str:
    return _KINDS[number % len(_KINDS)]


def file_name(number: int, plain: str) -> str:
    return _FILES[number] if number < len(_FILES) else plain
