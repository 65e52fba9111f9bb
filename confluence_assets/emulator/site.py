"""One site: its state, its clock, its switches, and what all handlers need."""

from confluence_assets.emulator.access.sign_in import Door
from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.clock import Clock
from confluence_assets.emulator.config import SiteConfig
from confluence_assets.emulator.datacenter.parts import Parts, furnish, settle
from confluence_assets.emulator.faults import Faults
from confluence_assets.emulator.oauth.grants import Grants
from confluence_assets.emulator.render.bodies import Bodies
from confluence_assets.emulator.render.files import Media
from confluence_assets.emulator.render.v2 import RenderV2
from confluence_assets.emulator.seeds import fill
from confluence_assets.emulator.stats import Stats
from confluence_assets.emulator.store.index import SearchIndex
from confluence_assets.emulator.store.store import Store
from confluence_assets.emulator.watching import Watcher
from confluence_assets.emulator.web.messages import Request


class Site:
    """Everything behind the addresses of one embedded Confluence."""

    def __init__(self, config: SiteConfig) -> None:
        self.config = config
        self.switches = config.switches
        self.first_switches = config.switches.as_dict()
        self.latency_ms = config.latency_ms
        self.stats = Stats()
        self.faults = Faults(self)
        self.listening_url = ""
        self.media_url = ""
        self.auth_url = ""
        self.api_url = ""
        self.watchers: list[Watcher] = []
        self.datacenter: Parts | None = None
        self.fill()

    def fill(self) -> None:
        """Back to the seed: the same ids, times and bodies."""
        self.clock = Clock(self.config.now, self.config.clock_step_seconds)
        self.store = Store(self.config.seed, self.config.deployment)
        self.bodies = Bodies(self.config.seed, self.config.plan.body_bytes)
        self.media = Media(self.store)
        self.index = SearchIndex(self.store, self.clock, self.switches)
        self.render = RenderV2(self)
        self.door = Door(self.store, self.switches)
        self.grants = Grants(self.store, self.clock, self.switches)
        for watcher in self.watchers:
            watcher.close()
        self.watchers.clear()
        if self.is_datacenter:
            furnish(self)
        fill(self)
        if self.is_datacenter:
            settle(self)

    @property
    def is_datacenter(self) -> bool:
        return self.config.deployment == "datacenter"

    @property
    def web_root(self) -> str:
        """What addresses for a browser start with: the site and `/wiki`, or Data Center's base URL."""
        return self.base_url if self.is_datacenter else f"{self.base_url}/wiki"

    def caller(self, request: Request) -> Viewer:
        """Who asks, here or at the gateway. Raises: WrongCredentials."""
        bearer = self.grants.bearer_of(request.headers.get("authorization", ""))
        if bearer is not None:
            return self.door.as_user(self.grants.user(bearer.account_id))
        return self.door.viewer(request.headers, self.clock.now_ms)

    @property
    def base_url(self) -> str:
        """What absolute links start with, before `/wiki`; on Data Center with the context path."""
        context_path = self.config.context_path if self.is_datacenter else ""
        return (self.config.site_url or self.listening_url + context_path).rstrip("/")

    @property
    def cloud_id(self) -> str:
        return self.store.uuid("cloud")
