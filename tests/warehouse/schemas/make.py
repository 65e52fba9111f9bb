"""Writes down the schema of this release, for the tests of later ones: python tests/warehouse/schemas/make.py 0.1

To be run once for each release that is published; what stands in these files is never altered.
"""

import json
import sys
from pathlib import Path

from confluence_assets.tables import TABLES
from confluence_assets.warehouse.account import FORMAT
from confluence_assets.warehouse.schema import comment_statements, create_statement

if __name__ == "__main__":
    tables = {
        table.name: {"definition": create_statement(table), "comments": list(comment_statements(table))}
        for table in TABLES
    }
    path = Path(__file__).with_name(f"{sys.argv[1]}.json")
    path.write_text(json.dumps({"format": FORMAT, "tables": tables}, indent=1, ensure_ascii=False) + "\n", "utf-8")
