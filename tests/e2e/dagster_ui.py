"""The Dagster UI as a person uses it (`DagsterUi`), and its API to check what the person was shown (`DagsterApi`)."""

import json
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webelement import WebElement

WAIT_SECONDS = 60
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1600,1100",
)  # fmt: skip

_FIND = """
const [selector, text] = arguments;
const shown = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
return [...document.querySelectorAll(selector)].find((e) => shown(e) && e.innerText.trim().startsWith(text)) || null;
"""

_FIND_DEEPEST = """
const text = arguments[0];
const all = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && e.innerText?.trim() === text);
return all.length ? all[all.length - 1] : null;
"""

_SCROLL = """
const text = arguments[0];
const all = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && e.innerText?.trim() === text);
if (all.length) all[all.length - 1].scrollIntoView();
return all.length > 0;
"""


def wait_for(what: str, condition: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """The first true answer. Raises: AssertionError naming what did not come, and what the browser last said."""
    deadline = time.monotonic() + seconds
    last = ""
    while time.monotonic() < deadline:
        try:
            if answer := condition():
                return answer
        except WebDriverException as error:  # React replaced the element between two looks
            last = f": {error.msg}"
            time.sleep(0.2)
        time.sleep(0.3)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s{last}")


class DagsterApi:
    """GraphQL, for checks."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    def is_up(self) -> bool:
        try:
            nodes = self.ask("{ assetNodes { id } }")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return bool(nodes and nodes["assetNodes"])

    def runs(self) -> list[dict[str, Any]]:
        query = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
        return [
            {**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}}
            for run in self.ask(query)["runsOrError"]["results"]
        ]

    def run_status(self, run_id: str) -> str:
        return next(str(run["status"]) for run in self.runs() if run["runId"] == run_id)

    def backfill_status(self, backfill_id: str) -> str:
        query = (
            "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
        )
        return str(self.ask(query, id=backfill_id)["partitionBackfillOrError"]["status"])

    def partitions(self, *key: str) -> list[str]:
        query = (
            "query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionKeys } } }"
        )
        return list(self.ask(query, key={"path": key})["assetNodeOrError"]["partitionKeys"])

    def materializations(self, *key: str) -> list[dict[str, Any]]:
        query = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
            assetMaterializations(limit: 100) { partition runId metadataEntries { label } } } } }"""
        return list(self.ask(query, key={"path": key})["assetOrError"].get("assetMaterializations", []))


class DagsterUi:
    """Headless Chromium on the UI; elements are found by what they say."""

    def __init__(self, url: str, screenshots: Path) -> None:
        self._url = url
        self._screenshots = screenshots
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*_FLAGS, f"--user-data-dir={self._profile.name}"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(60)

    def close(self) -> None:
        self.driver.quit()
        self._profile.cleanup()

    def open(self, path: str) -> None:
        self.driver.get(self._url + path)

    def open_file(self, path: Path) -> None:
        self.driver.get(path.as_uri())

    def find(self, selector: str, text: str = "") -> WebElement:
        """The first visible element of that kind whose text starts so."""
        found: WebElement = wait_for(f"{selector} {text!r}", lambda: self.driver.execute_script(_FIND, selector, text))
        return found

    def click(self, selector: str, text: str = "") -> None:
        def attempt() -> bool:
            element = self.driver.execute_script(_FIND, selector, text)
            if element is None or not element.is_enabled():
                return False
            element.click()
            return True

        wait_for(f"{selector} {text!r} that can be clicked", attempt)

    def click_text(self, text: str) -> None:
        """Click the last, innermost element that says just this: what stands on top of a page comes last in it."""

        def attempt() -> bool:
            element = self.driver.execute_script(_FIND_DEEPEST, text)
            if element is None:
                return False
            element.click()
            return True

        wait_for(f"{text!r} to click on", attempt)

    def close_menu(self, outside: str) -> None:
        """Press the mouse on the text outside of the open menu, whatever lies over it, until no menu is left."""

        def attempt() -> bool:
            if self.driver.execute_script(_FIND, '[role="menuitem"]', "") is None:
                return True
            element = self.driver.execute_script(_FIND_DEEPEST, outside)
            if element is not None:
                ActionChains(self.driver).move_to_element(element).click().perform()
                time.sleep(0.3)
            return False

        wait_for(f"the end of the menu after a click on {outside!r}", attempt)

    def scroll_to(self, text: str) -> None:
        """Bring the last element that says just this to the top of what is shown."""
        wait_for(f"{text!r} to scroll to", lambda: self.driver.execute_script(_SCROLL, text))

    def has(self, text: str) -> bool:
        return text in str(self.driver.execute_script("return document.body.innerText"))

    def see(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        wait_for(repr(text), lambda: self.has(text), seconds)

    def shoot(self, name: str, settle_seconds: float = 1.5) -> Path:
        """A picture of what is shown, once it has come to rest."""
        time.sleep(settle_seconds)
        path = self._screenshots / f"{name}.png"
        assert self.driver.save_screenshot(str(path))
        return path
