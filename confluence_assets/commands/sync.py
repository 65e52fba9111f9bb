"""`sync`: one run of the site's job, and its account."""

import argparse
import json
import sys

from confluence_assets.commands.account import describe_run, report_as_json
from confluence_assets.commands.project import load_component
from confluence_assets.commands.run import request_for, run_in_process


def run_sync_command(arguments: argparse.Namespace) -> int:
    """Sync what the words ask for. 0 where all of it was done, else 1. Raises: SettingsError and the like."""
    component = load_component(arguments.site)
    site = component.get_site()
    if component.get_resource().is_embedded:
        sys.stderr.write("CONFLUENCE_URL is not set: the embedded demo site serves.\n")
    request = request_for(arguments.mode, arguments.space, allow_removals=arguments.allow_removals)
    report = run_in_process(component, request, verbose=arguments.verbose)
    if arguments.json:
        sys.stdout.write(json.dumps(report_as_json(site, report), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(describe_run(site, report) + "\n")
    return 0 if report.is_ok else 1
