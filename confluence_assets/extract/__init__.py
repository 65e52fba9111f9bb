"""Text out of files: PDF, Word, PowerPoint, Excel, HTML, CSV, plain text; each file in a process of its own, under limits.

Knows nothing of Confluence, of HTTP or of the lake.
"""

from confluence_assets.extract.kinds import Kind, guess_kind
from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.outcome import INSTALL_HINT, Extraction, ExtractStatus
from confluence_assets.extract.process import extract_text
from confluence_assets.extract.versions import reader_labels

__all__ = [
    "INSTALL_HINT",
    "ExtractLimits",
    "ExtractStatus",
    "Extraction",
    "Kind",
    "extract_text",
    "guess_kind",
    "reader_labels",
]
