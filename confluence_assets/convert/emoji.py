"""Confluence's emoticons as characters."""

_BY_NAME = {
    "smile": "🙂",
    "sad": "🙁",
    "cheeky": "😛",
    "laugh": "😀",
    "wink": "😉",
    "thumbs-up": "👍",
    "thumbs-down": "👎",
    "information": "ℹ️",
    "tick": "✅",
    "cross": "❌",
    "warning": "⚠️",
    "plus": "➕",
    "minus": "➖",
    "question": "❓",
    "light-on": "💡",
    "light-off": "💡",
    "yellow-star": "⭐",
    "red-star": "⭐",
    "green-star": "⭐",
    "blue-star": "⭐",
    "heart": "❤️",
    "broken-heart": "💔",
}


def emoji_text(name: str, fallback: str, shortname: str) -> str:
    """The character; `:shortname:` of an emoji that only its site knows.

    Cloud writes `blue-star` for every emoji that has no emoticon; its own name is then the short name.
    """
    if fallback and not fallback.startswith(":"):
        return fallback
    if name in _BY_NAME and (name != "blue-star" or not (shortname or fallback)):
        return _BY_NAME[name]
    return shortname or fallback or (f":{name}:" if name else "")
