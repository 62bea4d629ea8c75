// The three messages that must never be mistaken for one another, and the lesser ones below them.

import { $, tell } from "./dom.js";
import * as words from "./words.js";

/** Draw every banner; `trouble` is the server's silence, or null. */
export function drawBanners(store, trouble, frozen) {
  const silent = store.silent || store.status === "stopped";
  tell($("banner-server"), trouble && serverGone(trouble));
  // A server that is gone can say nothing of the bot.
  tell($("banner-bot"), !trouble && silent ? botSilent(store) : "");
  tell($("banner-blind"), blind(store));
  tell($("banner-trouble"), troubles(store));
  tell(
    $("banner-frozen"),
    frozen && `The picture is frozen at ${words.time(frozen)}. Space lets it go on.`,
  );
  document.documentElement.classList.toggle("stale", Boolean(trouble) || silent);
}

function serverGone({ forMs, refused }) {
  const since = new Date(Date.now() - forMs);
  const why = refused ?? "The bot may well go on. Start trading-bot page again.";
  return `The page's own server has not answered since ${words.time(since)} ET. ${why} Nothing below is current.`;
}

function botSilent(store) {
  if (store.heardAt == null) {
    return "No bot has been heard yet. Start trading-bot monitor, or look whether it uses the same --live-dir.";
  }
  if (store.status === "stopped") {
    return `The bot was stopped at ${words.time(store.heardAt)} ET. Nothing below is current.`;
  }
  return `No data from the bot since ${words.time(store.heardAt)} ET. Nothing below is current.`;
}

function blind(store) {
  const rows = store.blind();
  if (!rows.length) return "";
  const named = rows
    .slice(0, 3)
    .map((row) => (row.reason ? `${row.symbol} (${row.reason})` : row.symbol));
  const rest = rows.length > 3 ? `, and ${rows.length - 3} more` : "";
  const what = rows.length === 1 ? "symbol" : "symbols";
  return `Blind ${what}: ${named.join(", ")}${rest}. No alert does not mean calm there.`;
}

function troubles(store) {
  const told = [...store.troubles];
  if (store.sleepingUntil)
    told.push(
      `The market is closed; the watch begins again at ${words.time(store.sleepingUntil)} ET.`,
    );
  return told.join(" ");
}
