"""`listen`: takes webhooks for one site until it is stopped."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from datetime import timedelta

from confluence_assets.commands.project import load_component
from confluence_assets.commands.registration import Registrar
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.listener import ListenerServer, Receiver, ReceiverOptions, serve
from confluence_assets.settings import check_variable_name, read_variable

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run_listen(arguments: argparse.Namespace) -> int:
    """Serve until interrupted. Raises: SettingsError without a good secret; StorageError where hints can't be kept."""
    component = load_component(arguments.site)
    site = component.get_site()
    registrar = None
    if arguments.register or arguments.unregister:
        registrar = Registrar(component.get_resource().get_connection(), site.name, arguments.url)
    if registrar and not arguments.register:
        registrar.unregister()
        return 0
    secret = _secret(arguments.secret_env)
    receiver = Receiver(site.folder, _options(arguments, secret))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if arguments.host not in _LOOPBACK:
        sys.stderr.write("This server speaks plain HTTP: put one that speaks TLS before it.\n")
    if registrar:
        registrar.check(arguments.host, secret)

    def register(port: int) -> None:
        if registrar:
            registrar.register(arguments.host, port, secret, receiver)

    _serve(arguments, site.name, receiver, register)
    if registrar and arguments.unregister:
        registrar.unregister()
    return 0


def _options(arguments: argparse.Namespace, secret: str) -> ReceiverOptions:
    return ReceiverOptions(
        secret=secret,
        max_age=timedelta(seconds=arguments.max_age_seconds),
        replay_window=timedelta(seconds=arguments.replay_window_seconds),
    )


def _serve(arguments: argparse.Namespace, site_name: str, receiver: Receiver, prepare: Callable[[int], object]) -> None:
    server = ListenerServer(receiver, arguments.host, arguments.port)

    def announce(port: int) -> None:
        sys.stderr.write(f"Listening on http://{arguments.host}:{port} for the site {site_name}; Ctrl-C stops it.\n")
        sys.stderr.flush()

    try:
        asyncio.run(serve(server, announce, prepare))
    except OSError as error:
        raise CanNotListenError(
            f"{arguments.host}:{arguments.port} can't be listened on: {error.strerror or error}.",
            hint="Choose another with --port.",
        ) from error


class CanNotListenError(ConfluenceAssetsError):
    """The address is taken, or not this machine's."""


def _secret(name: str) -> str:
    secret = read_variable(check_variable_name("--secret-env", name))
    if secret is None:
        raise SettingsError(
            f"{name} is not set: without a secret anybody could send.",
            setting=name,
            hint="Set it to what the sender signs with, or sends in X-Webhook-Secret; --secret-env names another variable.",
        )
    return secret
