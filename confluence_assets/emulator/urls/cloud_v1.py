"""Cloud REST v1."""

from confluence_assets.emulator.web.routing import Route

ROUTES: list[Route] = []
