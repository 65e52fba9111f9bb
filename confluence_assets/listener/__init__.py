"""The receiver of webhooks: takes what a site says about changes, proves who says it, and keeps it before it answers.

`http` takes requests apart, `authenticity` proves them, `payloads` reads them, `receiver` decides, `server` runs. Knows the
inbox; must not know what becomes of a hint.
"""

from confluence_assets.listener.receiver import DATACENTER, Receiver, ReceiverOptions
from confluence_assets.listener.server import ListenerServer, serve

__all__ = ["DATACENTER", "ListenerServer", "Receiver", "ReceiverOptions", "serve"]
