"""A real browser for tests: Debian's chromium through selenium; what a page may not do in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

AXE_VARIABLE: Final = "TRADING_BOT_AXE"
"""Names the file `axe.min.js` of npm's axe-core."""
SCRIPT_SECONDS: Final = 60.0
"""A script that takes so long is taken for broken; axe-core needs some seconds for long pages."""
_QUIET: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
_OWN: Final = ("data:", "chrome:", "chrome-extension:", "about:")
"""Addresses that the browser answers by itself."""
_TEXTS: Final = """
const clips = e => getComputedStyle(e).overflowX !== "visible" || e instanceof SVGSVGElement;
const isUnseen = e => {  // there for a screen reader alone
  for (; e && e !== document.documentElement; e = e.parentElement) {
    const box = e.getBoundingClientRect();
    if (clips(e) && (box.width <= 1 || box.height <= 1)) return true;
  }
  return false;
};
function* texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), own = walker.currentNode.parentElement;
    if (!text || own.closest("script, style, title, desc")) continue;
    if (!own.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (isUnseen(own)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const at of range.getClientRects())
      if (at.width >= 1 && at.height >= 1) yield [at, own, text.slice(0, 40)];
  }
}
"""
_CUT: Final = """
const found = new Set();
const wide = document.documentElement.clientWidth;
const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") +
  (typeof e.className === "string" && e.className ? "." + e.className.trim().split(/\\s+/)[0] : "");
if (document.documentElement.scrollWidth > wide)
  found.add("the page is " + document.documentElement.scrollWidth + " pixels wide");
for (const [at, own, text] of texts()) {
  let cut = at.left < -1 || at.right > wide + 1 ? "the window" : "";
  for (let e = own; e && e !== document.documentElement; e = e.parentElement) {
    const box = e.getBoundingClientRect();
    const svg = e instanceof SVGSVGElement;
    if (clips(e) && (at.left < box.left - 1 || at.right > box.right + 1)) cut = name(e);
    if ((svg || /hidden|clip/.test(getComputedStyle(e).overflowY)) &&
        (at.top < box.top - 2 || at.bottom > box.bottom + 2)) cut = name(e);
  }
  if (cut) found.add(`"${text}" of ${name(own)} is cut by ${cut}`);
}
return [...found];
"""
_OVERLAPS: Final = """
const boxes = [...texts()].sort((a, b) => a[0].top - b[0].top);
const found = [];
boxes.forEach(([one, own, text], place) => {
  for (let n = place + 1; n < boxes.length && boxes[n][0].top < one.bottom - 3; n++) {
    const [other, its, words] = boxes[n];
    if (its !== own && other.left < one.right - 2 && one.left < other.right - 2)
      found.push(`"${text}" and "${words}"`);
  }
});
return found;
"""
_AXE: Final = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  found => done(found.violations.map(v => `${v.id}: ${v.help}; ` +
    v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.any.map(a => a.message)).join("; "))),
  error => done(["axe failed: " + error]));
"""


def browser_missing() -> str | None:
    """Say why no browser can be opened; None where one can."""
    if find_spec("selenium") is None:
        return "selenium is not installed"
    for name in ("chromium", "chromedriver"):
        if shutil.which(name) is None:
            return f"{name} is not installed (Debian: apt-get install chromium chromium-driver)"
    return None


def axe_file() -> Path | None:
    """Return npm's `axe.min.js`: by the environment, or where npm keeps packages."""
    named = os.environ.get(AXE_VARIABLE)
    if named:
        return Path(named)
    npm = shutil.which("npm")
    for place in ([], ["--global"]) if npm else ():
        command = [str(npm), "root", *place]
        folder = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        found = Path(folder.stdout.strip(), "axe-core", "axe.min.js")
        if found.is_file():
            return found
    return None


def axe_missing() -> str | None:
    """Say why accessibility cannot be looked at; None where it can."""
    found = axe_file()
    if found is not None and found.is_file():
        return None
    return f"axe-core is not here: `npm install axe-core`, or name axe.min.js by {AXE_VARIABLE}"


@contextmanager
def open_browser(width: int, height: int) -> Iterator[Chrome]:
    """Open chromium with a new, empty profile and a window of this size inside its frame."""
    from selenium.webdriver import Chrome, ChromeOptions  # noqa: PLC0415
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for each in (*_QUIET, f"--user-data-dir={profile}"):
            options.add_argument(each)
        driver = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
        try:
            driver.set_script_timeout(SCRIPT_SECONDS)
            resize(driver, width, height)
            yield driver
        finally:
            driver.quit()


def resize(driver: Chrome, width: int, height: int) -> None:
    """Give the page so many pixels; a window cannot be made as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def prefer(driver: Chrome, **features: str) -> None:
    """State what its user prefers: `prefer(driver, prefers_color_scheme="dark")`, or media."""
    wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})


def cut_texts(driver: Chrome) -> list[str]:
    """Name each text that is not wholly in view sideways, or that its own box cuts off.

    A box that has to be scrolled sideways counts; what is there for a screen reader alone does not.
    """
    found: list[str] = driver.execute_script(_TEXTS + _CUT)
    return found


def overlapping_texts(driver: Chrome) -> list[str]:
    """Name each pair of texts that stand on each other."""
    found: list[str] = driver.execute_script(_TEXTS + _OVERLAPS)
    return found


def axe_violations(driver: Chrome) -> list[str]:
    """Return what axe-core finds against the page as it stands, one line each."""
    path = axe_file()
    assert path is not None
    if not driver.execute_script("return !!window.axe"):
        driver.execute_script(path.read_text(encoding="utf-8"))
    found: list[str] = driver.execute_async_script(_AXE)
    return found


def console_errors(driver: Chrome) -> list[str]:
    """Return warnings and errors of the console since the last look."""
    lines: list[dict[str, Any]] = driver.get_log("browser")  # type: ignore[no-untyped-call]
    return [each["message"] for each in lines if each["level"] in ("WARNING", "SEVERE")]


def requests(driver: Chrome) -> list[str]:
    """Return the addresses that were asked since the last look, in order, the page's own too."""
    lines: list[dict[str, Any]] = driver.get_log("performance")  # type: ignore[no-untyped-call]
    said = [json.loads(each["message"])["message"] for each in lines]
    sent = [each["params"] for each in said if each["method"] == "Network.requestWillBeSent"]
    return [url for each in sent if not (url := each["request"]["url"]).startswith(_OWN)]
