"""The exam's page as somebody sits at it: what stands in its terminal, what is typed, what they see."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.support.browser import Browser
from tests.support.web_exam import Served

T = TypeVar("T")


class Desk:
    """The page of `site`, opened by an address that is good once."""

    def __init__(
        self, browser: Browser, site: Served, *, width: int = 1440, height: int = 900, scheme: str = "light"
    ) -> None:
        self.browser = browser
        self.driver = browser.driver
        self.window(width, height)
        browser.cdp(
            "Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        self.driver.delete_all_cookies()
        browser.said()
        browser.requests()
        self.driver.get(site.address())
        self.until(lambda: self.driver.current_url == f"{site.origin}/", "the page")

    def window(self, width: int, height: int) -> None:
        """Of this size, in pixels."""
        self.browser.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def until(self, found: Callable[[], T], what: str, seconds: float = 20.0) -> T:
        """What `found` gives, once it is true."""
        end = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < end, f"{what} did not come: {self.screen()[-1500:]!r}"
            time.sleep(0.03)
        return value

    def find(self, css: str) -> WebElement:
        """The one element."""
        return self.until(lambda: next(iter(self.driver.find_elements(By.CSS_SELECTOR, css)), None), css)

    def click(self, css: str) -> None:
        """Click on it."""
        self.find(css).click()

    def sees(self, css: str) -> bool:
        """Whether it is there and shown."""
        return any(one.is_displayed() for one in self.driver.find_elements(By.CSS_SELECTOR, css))

    def js(self, script: str, *arguments: Any) -> Any:
        """See Browser."""
        return self.browser.js(script, *arguments)

    def screen(self) -> str:
        """What stands in the terminal that is shown, line by line."""
        rows = self.js(
            "return [...document.querySelectorAll('.panel:not([hidden]) .xterm-rows > div')].map(one => one.textContent)"
        )
        return "\n".join(row.replace("\xa0", " ").rstrip() for row in rows).rstrip()

    def reads(self, pattern: str, seconds: float = 20.0) -> re.Match[str]:
        """Wait until it stands in the terminal."""
        return self.until(lambda: re.search(pattern, self.screen(), re.MULTILINE), pattern, seconds)

    def ready(self) -> None:
        """Wait for the prompt, and for the keyboard to be the terminal's."""
        self.reads(r"base\$")
        self.live()
        self.until(lambda: self.js("return document.activeElement.className.includes('xterm')"), "the keyboard")

    def live(self) -> None:
        """Wait until the terminal takes what is typed."""
        self.find(".panel:not([hidden]) .screen.live")

    def type(self, *keys: str) -> None:
        """Type where the keyboard is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def chord(self, *keys: str) -> None:
        """Press all but the last, then the last, and let go."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain.key_up(key)
        chain.perform()

    def run(self, command: str) -> None:
        """Type a command, and Enter."""
        self.type(command, Keys.ENTER)

    def alert(self, pattern: str, seconds: float = 20.0) -> None:
        """Wait until a line above the desk says so."""
        self.until(lambda: re.search(pattern, self.find("#alerts").text), pattern, seconds)

    def network(self, there: bool) -> None:
        """Whether the browser gets a new connection."""
        self.browser.cdp("Network.enable")
        self.browser.cdp(
            "Network.emulateNetworkConditions",
            offline=not there,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def complaints(self) -> list[str]:
        """What the browser holds against the page, but for connections that a test cut."""
        return [one for one in self.browser.said() if "WebSocket connection" not in one]
