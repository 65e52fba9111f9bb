"""`doctor`: every line says what was found, and where it is not well, what to do next.

Asks some fifty requests at most, writes nothing to the site or the lake, and never shows a secret. What is kept of a login is
refreshed like for anybody else.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from confluence_assets.commands.doctor_access import check_access
from confluence_assets.commands.doctor_local import check_local
from confluence_assets.commands.doctor_site import check_site
from confluence_assets.commands.findings import Finding, Level, fail
from confluence_assets.commands.project import load_component
from confluence_assets.errors import ConfluenceAssetsError, SettingsError

_SIGNS = {Level.OK: "ok  ", Level.WARN: "warn", Level.FAIL: "FAIL"}


def run_doctor(*, site: str | None = None, as_json: bool = False) -> int:
    """Print all findings. 0 without a failure; 2 where the settings are wrong; 1 where something else is."""
    findings = []
    for finding in examine(site):
        findings.append(finding)
        if not as_json:
            sys.stdout.write(_line(finding) + "\n")
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(
            json.dumps({"ok": _code(findings) == 0, "findings": [asdict(f) for f in findings]}, indent=2) + "\n"
        )
    else:
        sys.stdout.write(f"\n{_verdict(findings)}\n")
    return _code(findings)


def examine(site: str | None = None) -> Iterator[Finding]:
    """All findings, in the order in which they matter."""
    try:
        component = load_component(site)
        declared = component.build_wiring().site
    except SettingsError as error:
        yield fail("settings", error.message, error.hint, is_setting=True)
        return
    yield from check_local(declared)
    yield from check_access(declared)
    try:
        yield from check_site(component.get_resource(), declared.options)
    except SettingsError as error:
        yield fail(error.setting or "settings", error.message, error.hint, is_setting=True)
    except ConfluenceAssetsError as error:
        yield fail("site", error.message, error.hint or "Look at the message; if it passes by itself, try again.")


def _line(finding: Finding) -> str:
    text = f"{_SIGNS[finding.level]}  {finding.name:<12} {finding.text}"
    return f"{text}\n{'':<19}→ {finding.next_step}" if finding.next_step else text


def _verdict(findings: list[Finding]) -> str:
    failed = sum(finding.level is Level.FAIL for finding in findings)
    warned = sum(finding.level is Level.WARN for finding in findings)
    if failed:
        return f"{failed} thing{'s' if failed > 1 else ''} must be mended before a sync can work."
    return f"A sync will work{f'; {warned} remarks' if warned > 1 else '; 1 remark' if warned else ''}."


def _code(findings: list[Finding]) -> int:
    failed = [finding for finding in findings if finding.level is Level.FAIL]
    if not failed:
        return 0
    return 2 if any(finding.is_setting for finding in failed) else 1
