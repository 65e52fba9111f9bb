"""`python -m confluence_assets`: the same as `confluence-assets`."""

import sys

from confluence_assets.cli import main

if __name__ == "__main__":
    sys.exit(main())
