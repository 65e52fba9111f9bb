"""The yardstick: pages, blog posts, comments and files of a site to Parquet, and nothing else.

Four listings side by side, 250 rows a request, bodies included; no permissions, no labels, no conversion, no comparison.
Usage: python benchmarks/bare_transfer.py URL FOLDER
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import pyarrow as pa
import pyarrow.parquet as pq
import requests

LISTINGS = {
    "spaces": "/wiki/api/v2/spaces?limit=250",
    "pages": "/wiki/api/v2/pages?limit=250&body-format=storage",
    "blogposts": "/wiki/api/v2/blogposts?limit=250&body-format=storage",
    "footer_comments": "/wiki/api/v2/footer-comments?limit=250&body-format=storage",
    "inline_comments": "/wiki/api/v2/inline-comments?limit=250&body-format=storage",
    "attachments": "/wiki/api/v2/attachments?limit=250",
}


def transfer(origin: str, name: str, path: str, folder: Path) -> int:
    session = requests.Session()
    session.auth = ("admin@example.com", "admin")
    rows: list[dict] = []
    following: str | None = path
    while following:
        answer = session.get(urljoin(origin, following), timeout=60)
        answer.raise_for_status()
        page = answer.json()
        # Parquet has no column for an object without members.
        rows += [{name: value for name, value in row.items() if value != {}} for row in page["results"]]
        following = page["_links"].get("next")
    if rows:
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet", compression="zstd")
    return len(rows)


def main() -> None:
    origin, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(lambda listing: (listing[0], transfer(origin, *listing, folder)), LISTINGS.items())
        print(dict(counts))


if __name__ == "__main__":
    main()
