"""The command that serves an embedded site."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from confluence_assets.emulator.config import SHAPES, SeedPlan, SiteConfig
from confluence_assets.emulator.datacenter.profiles import PROFILES
from confluence_assets.emulator.embedded import EmbeddedSite

_COUNTS = (
    "spaces", "pages_per_space", "blogposts_per_space", "comments", "attachments", "attachment_pages", "properties",
    "tasks", "custom_content", "folders_per_space", "users", "groups", "audit_records", "body_bytes",
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="confluence-assets emulator", description="Serve an embedded Confluence.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--demo", action="store_true", help="the wiki of a small company (default where nothing else is asked)"
    )
    parser.add_argument("--content", type=Path, metavar="DIR", help="a folder of storage-format files, one page each")
    parser.add_argument("--shape", choices=sorted(SHAPES), help="a named size")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same site")
    parser.add_argument("--site-url", metavar="URL", help="what absolute links start with (default: where it listens)")
    parser.add_argument("--datacenter", choices=PROFILES, metavar="VERSION", help="be a Data Center of that version")
    parser.add_argument(
        "--context-path", default="", metavar="PATH", help="where the Data Center is served (/confluence)"
    )
    parser.add_argument("--latency-ms", type=float, default=0.0, help="wait before each answer")
    parser.add_argument("--anonymous", action="store_true", help="let anonymous callers in where spaces allow it")
    for name in _COUNTS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", dest=name)
    return parser


def config_from(arguments: argparse.Namespace) -> SiteConfig:
    """The site that the arguments ask for."""
    counts = {name: getattr(arguments, name) for name in _COUNTS if getattr(arguments, name) is not None}
    common = {"seed": arguments.seed, "port": arguments.port, "latency_ms": arguments.latency_ms}
    if arguments.datacenter:
        common |= {
            "deployment": "datacenter", "profile": arguments.datacenter, "context_path": arguments.context_path,
        }  # fmt: skip
    if arguments.site_url:
        common["site_url"] = arguments.site_url
    is_sized = bool(counts) or arguments.shape
    if arguments.content:
        config = SiteConfig(content_dir=arguments.content, **common)
    elif arguments.demo or not is_sized:
        config = SiteConfig.demo(**common)
    else:
        plan = SHAPES[arguments.shape] if arguments.shape else SeedPlan()
        config = SiteConfig(plan=dataclasses.replace(plan, **counts), **common)
    config.switches.anonymous_access |= arguments.anonymous
    return config


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped. 0 after a signal, 2 for wrong usage."""
    arguments = build_parser().parse_args(argv)
    if arguments.content and not arguments.content.is_dir():
        sys.stderr.write(f"no such folder: {arguments.content}\n")
        return 2
    if arguments.context_path and not arguments.datacenter:
        sys.stderr.write("--context-path is for --datacenter\n")
        return 2
    try:
        config = config_from(arguments)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        EmbeddedSite(config).run(_announce_datacenter if arguments.datacenter else _announce)
    except OSError as error:
        sys.stderr.write(f"cannot listen on port {arguments.port}: {error.strerror or error}\n")
        return 1
    return 0


def _announce_datacenter(url: str) -> None:
    sys.stdout.write(f"Confluence Data Center is embedded at {url} (user name admin, password and token: admin)\n")
    sys.stdout.flush()


def _announce(url: str) -> None:
    sys.stdout.write(f"Confluence is embedded at {url} (admin@example.com, token: admin)\n")
    sys.stdout.flush()
