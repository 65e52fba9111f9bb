"""The control surface, and the addresses that need no sign-in."""

from confluence_assets.emulator.handlers import control
from confluence_assets.emulator.web.routing import Route

ROUTES = [
    Route("GET", "/_emulator/stats", control.get_stats, {}, "control"),
    Route("POST", "/_emulator/stats/reset", control.reset_stats, {}, "control"),
    Route("POST", "/_emulator/reset", control.reset, {}, "control"),
    Route("POST", "/_emulator/edit", control.edit, {}, "control"),
    Route("GET", "/_emulator/edit", control.list_edits, {}, "control"),
    Route("GET", "/_emulator/faults", control.list_faults, {}, "control"),
    Route("POST", "/_emulator/faults", control.add_faults, {}, "control"),
    Route("DELETE", "/_emulator/faults", control.clear_faults, {"id": control.text}, "control"),
    Route("GET", "/_emulator/faults/kinds", control.list_fault_kinds, {}, "control"),
    Route("GET", "/_emulator/dump", control.dump, {"as": control.text, "kind": control.text}, "control"),
    Route("GET", "/_emulator/config", control.get_config, {}, "control"),
    Route("POST", "/_emulator/config", control.set_config, {}, "control"),
    Route("GET", "/_edge/tenant_info", control.get_tenant_info, {}, "open"),
]
