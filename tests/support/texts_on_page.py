"""What a reader of a page can see of its texts: nothing is cut, nothing stands on another."""

from __future__ import annotations

from typing import Final

from support.browser import Browser

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


def cut_texts(page: Browser) -> list[str]:
    """Name each text that is not wholly in view sideways, or that its own box cuts off.

    A box that has to be scrolled sideways counts; what is there for a screen reader alone does not.
    """
    found: list[str] = page.ask(_TEXTS + _CUT)
    return found


def overlapping_texts(page: Browser) -> list[str]:
    """Name each pair of texts that stand on each other."""
    found: list[str] = page.ask(_TEXTS + _OVERLAPS)
    return found
