"""`python -m confluence_assets.emulator`."""

import sys

from confluence_assets.emulator.main import main

sys.exit(main())
