"""How long an update takes from the live file into the page, in a real browser.

    python benchmarks/page_browser.py [--updates 400] [--symbols 20]

A guard writes four beats a second; a `MutationObserver` of the page notes when each beat's number
reaches the document. Both read the same machine's clock.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.browser import Browser, a_browser
from support.page_bench import BEAT_SECONDS, PageProcess, ShownGuard

NS_PER_MS = 1e6
_OBSERVE = """
globalThis.seen = {};
new MutationObserver(() => {
  const {n} = document.documentElement.dataset;
  globalThis.first ??= performance.now();
  seen[n] ??= performance.timeOrigin + performance.now();
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-n"]});
"""


def delays_ms(browser: Browser, guard: ShownGuard, updates: int) -> list[float]:
    """Write beats, and return how long each took."""
    written: dict[str, float] = {}
    pause = threading.Event()
    for _ in range(updates):
        # As a guard does: the stamp is taken before the line is written.
        beat = guard.beat(12)
        written[str(beat.number)] = beat.written_ns / NS_PER_MS
        pause.wait(BEAT_SECONDS)
    last = list(written)[-1]
    browser.until(lambda: last in browser.ask("return globalThis.seen"))
    seen: dict[str, float] = browser.ask("return globalThis.seen")
    return [seen[number] - at for number, at in written.items() if number in seen]


def main() -> None:
    """Measure, and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--updates", type=int, default=400)
    asked.add_argument("--symbols", type=int, default=20)
    options = asked.parse_args()
    with TemporaryDirectory() as folder, a_browser() as browser:
        guard = ShownGuard(Path(folder), symbols=options.symbols)
        guard.begin(minutes=30)
        server = PageProcess(guard)
        server.start()
        try:
            browser.size(1600, 900)
            observe = {"source": _OBSERVE}
            browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", observe)
            browser.open(server.address)
            browser.until(lambda: browser.ask("return document.documentElement.dataset.n"))
            first = browser.ask("return globalThis.first")
            found = delays_ms(browser, guard, options.updates)
            heap = browser.ask("return performance.memory.usedJSHeapSize") / 1e6
        finally:
            server.kill()
    cuts = quantiles(found, n=100)
    print(
        f"{len(found)} of {options.updates} updates of {options.symbols} symbols, ten levels each"
    )
    print(f"file to document, ms: p50 {cuts[49]:.0f}  p95 {cuts[94]:.0f}  worst {max(found):.0f}")
    print(f"from opening the address to the first data: {first:.0f} ms")
    print(f"memory of the page's script: {heap:.1f} MB")


if __name__ == "__main__":
    main()
