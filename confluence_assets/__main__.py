"""`python -m confluence_assets`: the same as `confluence-assets`."""

import sys

from confluence_assets.cli import run_as_program

if __name__ == "__main__":
    sys.exit(run_as_program())
