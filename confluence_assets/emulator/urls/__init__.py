"""Which address belongs to which handler. One module per server; Data Center, OAuth and the gateway get theirs here."""

from confluence_assets.emulator.urls import cloud_v1, cloud_v2, cloud_writes, control
from confluence_assets.emulator.web.routing import Router


def build_router() -> Router:
    router = Router()
    for module in (control, cloud_v2, cloud_v1, cloud_writes):
        router.add(*module.ROUTES)
    return router
