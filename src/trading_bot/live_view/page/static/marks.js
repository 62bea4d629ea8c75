// What is drawn by hand over and under the lines: hatching, thresholds, alerts, exits, paid and stop.

import { colour } from "./theme.js";

let hatch = null;

/** Return the pattern of what was not seen. */
function hatching(ctx) {
  const stroke = colour("hatch");
  if (hatch?.stroke === stroke) return hatch.pattern;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  brush.strokeStyle = stroke;
  brush.lineWidth = 1.5;
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
  hatch = { stroke, pattern: ctx.createPattern(tile, "repeat") };
  return hatch.pattern;
}

/** Draw within the plotting area alone. */
export function inside(chart, draw) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox);
  ctx.restore();
}

/** Hatch the spans in which nothing was seen. */
export function drawBlind(chart, spans) {
  inside(chart, (ctx, box) => {
    ctx.fillStyle = hatching(ctx);
    for (const [from, to] of spans) {
      const left = chart.valToPos(from, "x", true);
      ctx.fillRect(left, box.top, Math.max(chart.valToPos(to, "x", true) - left, 2), box.height);
    }
  });
}

/** Draw a dashed level with its words; out of sight it is said at the edge. */
export function drawLevel(chart, value, words, name, { edge = false } = {}) {
  if (value == null || !Number.isFinite(value)) return;
  inside(chart, (ctx, box) => {
    const { min, max } = chart.scales.y;
    const ratio = devicePixelRatio;
    const seen = value >= min && value <= max;
    if (!seen && !edge) return;
    const y = seen
      ? chart.valToPos(value, "y", true)
      : value > max
        ? box.top
        : box.top + box.height;
    ctx.strokeStyle = ctx.fillStyle = colour(name);
    ctx.lineWidth = ratio;
    if (seen) {
      ctx.setLineDash([5 * ratio, 4 * ratio]);
      line(ctx, box.left, y, box.left + box.width, y);
    }
    const arrow = seen ? "" : value > max ? " ↑" : " ↓";
    const below = y - box.top < 14 * ratio;
    const [shift, baseline] = below ? [3, "top"] : [-3, "bottom"];
    label(ctx, words + arrow, box.left + 4 * ratio, y + shift * ratio, baseline);
  });
}

function label(ctx, text, x, y, baseline, align = "left") {
  const ratio = devicePixelRatio;
  ctx.font = `${11 * ratio}px ${colour("font")}`;
  ctx.textBaseline = baseline;
  ctx.textAlign = align;
  ctx.lineWidth = 3 * ratio;
  ctx.setLineDash([]);
  ctx.lineJoin = "round";
  ctx.strokeStyle = colour("panel");
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function line(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

/** Draw an upright line where an exit was recommended. */
export function drawExits(chart, exits, named) {
  inside(chart, (ctx, box) => {
    const ratio = devicePixelRatio;
    for (const exit of exits) {
      const x = chart.valToPos(exit.at / 1000, "x", true);
      if (x < box.left || x > box.left + box.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour("exit");
      ctx.lineWidth = 1.5 * ratio;
      ctx.setLineDash([]);
      line(ctx, x, box.top, x, box.top + box.height);
      if (!named) continue;
      const right = x > box.left + box.width - 40 * ratio;
      label(
        ctx,
        "⏏ exit",
        x + (right ? -4 : 4) * ratio,
        box.top + 3 * ratio,
        "top",
        right ? "right" : "left",
      );
    }
  });
}

/** Draw the sign of each alert at its price; ringed where it led to the exit that was asked for. */
export function drawAlerts(chart, alerts, history, ringed) {
  inside(chart, (ctx) => {
    for (const alert of alerts) {
      const second = alert.at / 1000;
      const price = alert.line.price_level ?? history.priceAt(second);
      if (price == null) continue;
      const x = chart.valToPos(second, "x", true);
      const y = chart.valToPos(Number(price), "y", true);
      drawSign(ctx, alert.sign, x, y);
      if (ringed.has(alert.id)) drawRing(ctx, x, y);
    }
  });
}

function drawRing(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 11 * devicePixelRatio, 0, 7);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = colour("focus");
  ctx.stroke();
}

function drawSign(ctx, sign, x, y) {
  const size = 5 * devicePixelRatio;
  ctx.beginPath();
  if (sign === "several") {
    ctx.moveTo(x, y - size * 1.2);
    ctx.lineTo(x + size * 1.2, y + size);
    ctx.lineTo(x - size * 1.2, y + size);
    ctx.closePath();
  } else if (sign === "burst") {
    ctx.rect(x - size, y - size, size * 2, size * 2);
  } else {
    ctx.arc(x, y, size, 0, 7);
  }
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([]);
  ctx.strokeStyle = colour(sign === "hollow" ? "hollow" : "panel");
  ctx.fillStyle = colour(sign === "hollow" ? "panel" : sign);
  ctx.stroke();
  ctx.fill();
}

/** Draw the walls that stand from when they were first seen. */
export function drawWalls(chart, walls) {
  inside(chart, (ctx, box) => {
    for (const wall of walls) {
      const y = chart.valToPos(Number(wall.price), "y", true);
      const x = Math.max(chart.valToPos(wall.since_ms / 1000, "x", true), box.left);
      ctx.strokeStyle = colour(wall.side === "bid" ? "bid" : "ask");
      ctx.lineWidth = 3 * devicePixelRatio;
      ctx.setLineDash([]);
      line(ctx, x, y, box.left + box.width, y);
    }
  });
}
