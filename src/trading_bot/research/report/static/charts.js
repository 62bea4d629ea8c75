"use strict";
// Draws the figures in the colours of screen or paper; one button chooses the day of both pictures.
(() => {
  const said = JSON.parse(document.getElementById("figures").textContent);
  const settings = {displayModeBar: false, responsive: true};
  const PAPER_WIDTH = 680;
  let day = 0;
  let onPaper = false;

  const coloured = figure => {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    return JSON.parse(JSON.stringify(figure).replace(
      /"\$([a-z]+)(?:\/([0-9a-f]{2}))?"/g, (_, name, clear) => `"${colour(name)}${clear ?? ""}"`));
  };

  const draw = (place, figure, words) => {
    const box = document.getElementById(place);
    if (!box || !figure) return;
    const {data, layout} = coloured(figure);
    if (onPaper) layout.width = PAPER_WIDTH;
    box.setAttribute("aria-label", words);
    Plotly.react(box, data, layout, settings);
  };

  const legend = figure => {
    const place = document.querySelector(".legend");
    const style = getComputedStyle(document.documentElement);
    place.replaceChildren(...figure.data.flatMap((trace, number) => {
      if (!trace.meta) return [];
      const button = document.createElement("button");
      const glyph = document.createElement("span");
      glyph.textContent = `${trace.meta.glyph} `;
      glyph.style.color = style.getPropertyValue(trace.meta.colour.replace("$", "--"));
      glyph.setAttribute("aria-hidden", "true");
      button.type = "button";
      button.append(glyph, trace.name);
      button.setAttribute("aria-pressed", String(trace.visible !== false));
      button.addEventListener("click", () => {
        trace.visible = trace.visible === false;
        button.setAttribute("aria-pressed", String(trace.visible));
        Plotly.restyle("day", {visible: trace.visible}, [number]);
      });
      return [button];
    }));
  };

  const drawAll = () => {
    const {name, price, price_words, position, position_words} = said.days[day];
    document.getElementById("position").hidden = !position;
    draw("position", position, position_words);
    draw("day", price, price_words);
    legend(price);
    draw("effects", said.effects, said.effects_words);
    for (const button of document.querySelectorAll(".days button"))
      button.setAttribute("aria-pressed", String(button.textContent === name));
  };

  for (const nav of document.querySelectorAll(".days")) {
    if (said.days.length < 2) continue;
    nav.append(...said.days.map(({name}, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => { day = number; drawAll(); });
      return button;
    }));
  }
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", drawAll);
  const print = paper => {
    onPaper = paper;
    document.documentElement.toggleAttribute("data-paper", paper);
    drawAll();
  };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  drawAll();
})();
