// Small hands for the document. Text goes in as text only, never as markup.

/** Return the element of an id. */
export const $ = (id) => document.getElementById(id);

/** Write text where it has changed. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Make an element with a class and what it holds: text or elements. */
export function make(name, style = "", ...held) {
  const element = document.createElement(name);
  if (style) element.className = style;
  element.append(...held.filter((each) => each != null));
  return element;
}

/** Make a button that does something. */
export function button(text, act) {
  const element = make("button", "", text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** Show or hide an element that speaks: its text first, so that it is read out. */
export function tell(element, text) {
  write(element, text ?? "");
  element.hidden = !text;
}

/** Make a sign that readers of the screen hear as words. */
export function sign(mark, style, words) {
  const element = make("span", `sign ${style}`, mark);
  element.setAttribute("aria-hidden", "true");
  return words ? [element, " ", make("span", "", words)] : [element];
}
