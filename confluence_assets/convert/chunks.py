"""placeholder"""
from dataclasses import dataclass
@dataclass
class Chunk:
    pass
def chunk_markdown(markdown: str) -> list[Chunk]: ...
