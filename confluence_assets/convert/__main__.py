"""`python -m confluence_assets.convert`: a conversion worker on the standard streams, until they close."""

import sys

from confluence_assets.convert.worker import serve

if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
