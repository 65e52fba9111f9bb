"""`listen`: takes webhooks for one site until it is stopped."""

import argparse
import asyncio
import logging
import sys
from datetime import timedelta

from confluence_assets.commands.project import load_component
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.listener import ListenerServer, Receiver, ReceiverOptions, serve
from confluence_assets.settings import read_variable

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run_listen(arguments: argparse.Namespace) -> int:
    """Serve until interrupted. Raises: SettingsError without a good secret; StorageError where hints can't be kept."""
    site = load_component(arguments.site).get_site()
    options = ReceiverOptions(
        secret=_secret(arguments.secret_env),
        max_age=timedelta(seconds=arguments.max_age_seconds),
        replay_window=timedelta(seconds=arguments.replay_window_seconds),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if arguments.host not in _LOOPBACK:
        sys.stderr.write("This server speaks plain HTTP: put one that speaks TLS before it.\n")
    server = ListenerServer(Receiver(site.folder, options), arguments.host, arguments.port)

    def announce(port: int) -> None:
        sys.stderr.write(f"Listening on http://{arguments.host}:{port} for the site {site.name}; Ctrl-C stops it.\n")
        sys.stderr.flush()

    try:
        asyncio.run(serve(server, announce))
    except OSError as error:
        raise CanNotListenError(
            f"{arguments.host}:{arguments.port} can't be listened on: {error.strerror or error}.",
            hint="Choose another with --port.",
        ) from error
    return 0


class CanNotListenError(ConfluenceAssetsError):
    """The address is taken, or not this machine's."""


def _secret(name: str) -> str:
    secret = read_variable(name)
    if secret is None:
        raise SettingsError(
            f"{name} is not set: without a secret anybody could send.",
            setting=name,
            hint="Set it to what the sender signs with, or sends in X-Webhook-Secret; --secret-env names another variable.",
        )
    return secret
