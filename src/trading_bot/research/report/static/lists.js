"use strict";
// Tables that are sorted by their heads, by pointer or keyboard; of long ones the first rows show.
(() => {
  const AT_FIRST = 50;
  const compared = new Intl.Collator("en", {numeric: true}).compare;

  const valueOf = (row, place, isNumber) => {
    const cell = row.cells[place];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return isNumber ? parseFloat(text.replace(/,/g, "")) : text;
  };

  for (const table of document.querySelectorAll("table[data-list]")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const tools = table.parentElement.querySelector(".tools");
    const said = tools.querySelector("[role=status]");
    let all = body.rows.length <= AT_FIRST;
    let order = "";

    const show = rows => {
      rows.forEach((row, place) => { row.hidden = !all && place >= AT_FIRST; });
      const shown = all ? rows.length : AT_FIRST;
      said.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown` + order;
    };

    const sort = place => {
      const head = heads[place];
      const isNumber = "number" in head.dataset;
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(each => each.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const sign = up ? 1 : -1;
      const keyed = [...body.rows].map(row => [valueOf(row, place, isNumber), row]);
      // What is not known stands last, whichever way.
      keyed.sort(isNumber
        ? ([a], [b]) => Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : sign * (a - b)
        : ([a], [b]) => sign * compared(a, b));
      const rows = keyed.map(([, row]) => row);
      body.replaceChildren(...rows);
      order = `, sorted by ${head.textContent.trim()}, ${up ? "lowest" : "highest"} first`;
      show(rows);
    };

    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(place));
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
    });
    if (!all) {
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `Show all ${body.rows.length.toLocaleString("en")}`;
      more.addEventListener("click", () => {
        all = true;
        more.remove();
        show([...body.rows]);
      });
      tools.append(more);
    }
    show([...body.rows]);
  }
})();
