"""A browser of this machine, without a screen, for tests of pages."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")
PATIENCE = 10.0
AXE = "AXE_CORE_FILE"
"""Names the file of axe-core, which is not kept here."""
FOREIGN = "elsewhere.test"
"""A name that leads to this machine, as one of an attacker may be made to."""
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1",
)
# What reaches beyond the window's edge, or holds more than it shows; the chart's own canvas apart.
_CUT = """
const found = [];
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) found.push(`page ${width}`);
for (const each of document.querySelectorAll("body *")) {
  if (each.closest("#charts, .unseen, svg") || !each.getClientRects().length) continue;
  const box = each.getBoundingClientRect();
  const style = getComputedStyle(each);
  if (style.clipPath !== "none") continue;
  const holds = each.scrollWidth > each.clientWidth + 1 && style.overflowX !== "visible";
  if (box.left < -1 || box.right > width + 1 || holds) {
    found.push(`${each.tagName}.${each.className}#${each.id} ${Math.round(box.right)}/${width}`);
  }
}
return found;
"""
_VIOLATIONS = """
const done = arguments[arguments.length - 1];
axe.run({resultTypes: ["violations"]}).then((result) => done(result.violations.map(
  (each) => `${each.id}: ${each.nodes.map((node) => node.target + " " + node.failureSummary)}`)));
"""


class Browser:
    """One window."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.get(address)

    def ask(self, script: str, *values: Any) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(script, *values)

    def text(self, selector: str) -> str:
        """Return what an element says; empty where it is hidden."""
        script = """const found = document.querySelector(arguments[0]);
            return found?.getClientRects().length ? found.innerText : ''"""
        return str(self.ask(script, selector))

    def texts(self, selector: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)"
        found: list[str] = self.ask(script, selector)
        return found

    def click(self, selector: str) -> None:
        self.ask("document.querySelector(arguments[0]).click()", selector)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def until(self, is_so: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Wait until something is so, and return it."""
        return WebDriverWait(self.driver, seconds, 0.02).until(lambda _: is_so())

    def size(self, width: int, height: int, *, scale: float = 1.0) -> None:
        """Give the window a size, in pixels of the page."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        # What follows a size is drawn with the next pictures.
        self.driver.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
        )

    def cut(self) -> list[str]:
        """Return what is cut off, or leads beyond the edge."""
        found: list[str] = self.ask(_CUT)
        return found

    def painted(self, selector: str) -> list[int]:
        """Return how many colours each canvas below an element has."""
        script = """return [...document.querySelectorAll(arguments[0] + " canvas")].map((each) => {
            const {width, height} = each;
            const drawn = each.getContext("2d").getImageData(0, 0, width, height).data;
            return new Set(new Uint32Array(drawn.buffer)).size;
        })"""
        found: list[int] = self.ask(script, selector)
        return found

    def picture(self, path: Path) -> None:
        """Keep what is shown as PNG."""
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(taken["data"]))

    def asked_for(self) -> list[str]:
        """Return the addresses that were asked for since the last look."""
        found = []
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def complaints(self) -> list[str]:
        """Return what stands in the console since the last look."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]

    def violations(self) -> list[str]:
        """Return what axe-core finds fault with; skip without it."""
        path = os.environ.get(AXE)
        if path is None:
            pytest.skip(f"axe-core is missing: {AXE} names its file, as .ci/run does")
        self.ask(Path(path).read_text(encoding="utf-8"))
        found: list[str] = self.driver.execute_async_script(_VIOLATIONS)
        return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start a browser with nothing of before; skip where there is none."""
    program, driver_program = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver_program is None:
        pytest.skip("chromium and chromedriver are missing: .ci/run installs them")
    # Its own folder goes only once all of its processes are gone.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = ChromeOptions()
        options.binary_location = program
        for option in (*_OPTIONS, f"--user-data-dir={folder}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = Chrome(options=options, service=Service(driver_program))
        try:
            yield Browser(driver)
        finally:
            driver.quit()
