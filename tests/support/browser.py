"""A Chromium that tests drive: pages are opened, looked at with axe-core, and asked what they said and asked for."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

AXE = Path(__file__).parents[1] / "browser" / "node_modules" / "axe-core" / "axe.min.js"

PROGRAMS = ("chromium", "chromedriver")

# Of those that follow --no-sandbox each keeps Chromium from speaking to the network by itself.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@dataclass
class Browser:
    """A browser with one window. What a page asked for and said is kept until the next one is opened."""

    driver: webdriver.Chrome

    def open(
        self, page: Path, *, width: int = 1100, height: int = 900, scheme: str = "light", media: str = ""
    ) -> None:
        """Open a file; scheme: what the learner's system prefers. media: "print", or the screen."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", media=media, features=features)
        self.said(), self.requests()
        self.driver.get(page.as_uri())

    def cdp(self, command: str, **arguments: Any) -> Any:
        """Chromium's own protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def js(self, script: str, *arguments: Any) -> Any:
        """What a function body gives in the page."""
        return self.driver.execute_script(script, *arguments)

    def said(self) -> list[str]:
        """What stands in the page's console since it was last asked."""
        return [f"{one['level']}: {one['message']}" for one in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """The addresses that were asked for since it was last asked."""
        entries = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        sent = [one["params"] for one in entries if one["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent]

    def faults(self, *impacts: str) -> list[str]:
        """What axe-core finds of these impacts: rule, and the first element that breaks it."""
        self.js(AXE.read_text())
        found = self.driver.execute_async_script(
            "axe.run(document, {preload: false}).then(arguments[0], fault => arguments[0]({fault: `${fault}`}))"
        )
        assert "fault" not in found, found["fault"]
        assert len(found["passes"]) > 10, "axe-core has looked at nothing"
        return [
            f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"] if one["impact"] in impacts
        ]

    def picture(self, file: Path, *, width: int, height: int) -> None:
        """The page's upper part as a PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        made = self.cdp("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(made["data"]))


def missing_programs() -> list[str]:
    """Those of PROGRAMS that are not here."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def browser_of(folder: Path) -> Iterator[Browser]:
    """A browser whose profile is in a new folder; it ends with the block."""
    chromium, driver_at = (str(shutil.which(name)) for name in PROGRAMS)
    options = Options()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=driver_at))
    try:
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(120)
        yield Browser(driver)
    finally:
        driver.quit()
