const said = document.getElementById("said");
const events = new EventSource("events");
for (const kind of ["state", "beat"]) {
  events.addEventListener(kind, (event) => {
    const found = JSON.parse(event.data);
    document.documentElement.dataset.t = found.now_ms;
    said.textContent = `${found.status}: ${found.order.join(", ")}`;
  });
}
