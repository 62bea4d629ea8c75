// Dark or light, and the colours of the style sheet for what is drawn by hand.

import { $ } from "./dom.js";

const KEY = "order-flow-theme";
let known = new Map();

/** Return a colour of the style sheet by its name there. */
export function colour(name) {
  if (!known.has(name)) {
    const style = getComputedStyle(document.documentElement);
    known.set(name, style.getPropertyValue(`--${name}`).trim());
  }
  return known.get(name);
}

/** Set the theme that was last chosen, and let the button turn it. */
export function startTheme(turned) {
  const button = $("theme");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-pressed", String(theme === "light"));
    known = new Map();
    turned();
  };
  button.addEventListener("click", () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, theme);
    set(theme);
  });
  set(localStorage.getItem(KEY) === "light" ? "light" : "dark");
}
