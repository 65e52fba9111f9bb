"""All definitions of this deployment: every component under `defs/`."""

from pathlib import Path

import dagster as dg

from dagster_project.settings import EXECUTOR


@dg.definitions
def defs() -> dg.Definitions:
    """The sites under `defs/`."""
    sites = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(sites, dg.Definitions(executor=EXECUTOR))
