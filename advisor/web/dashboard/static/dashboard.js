"use strict";
// Everything works without this file, but for live progress.

// The other language shows the same page with the same question.
for (const link of document.querySelectorAll("a[data-lang]")) {
  const here = new URL(location.href);
  here.searchParams.set("lang", link.dataset.lang);
  link.href = here.pathname + here.search;
}

// A measurement that goes on: each event is the document of /api/v1/measurement.
const live = document.getElementById("live");
if (live) {
  const part = (name) => live.querySelector(`[data-${name}]`);
  const words = JSON.parse(part("phase").dataset.words);
  const shown = (value, digits = 3) =>
    value === null || value === undefined ? "–" : Number(value.toPrecision(digits)).toString();

  const line = (values) => {
    const high = Math.max(...values), low = Math.min(0, ...values);
    return values
      .map((value, index) => {
        const x = 4 + (232 * index) / Math.max(1, values.length - 1);
        return `${x.toFixed(1)},${(4 + (40 * (high - value)) / (high - low || 1)).toFixed(1)}`;
      })
      .join(" ");
  };

  const show = (told) => {
    const look = told.look || {};
    const phase = told.state === "stopping" ? words.stopping : words[look.phase] || told.now;
    if (phase && part("phase").textContent !== phase) part("phase").textContent = phase;
    part("stage").textContent = look.stage ? `${look.stage}/${look.stages} ${look.load || ""}` : told.now;
    part("rate").textContent = shown(look.output_tok_per_s);
    part("ttft").textContent = shown(look.ttft_ms);
    part("power").textContent = shown(look.power_w);
    part("requests").textContent = look.requests || 0;
    part("errors").textContent = look.errors || 0;
    part("left").textContent = look.remaining_s ? Math.max(1, Math.round(look.remaining_s)) : "–";
    if (look.elapsed_s) part("progress").value = look.elapsed_s / (look.elapsed_s + (look.remaining_s || 0));
    if (told.rates.length > 1) part("line").setAttribute("points", line(told.rates));
    part("said").replaceChildren(
      ...told.said.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
  };

  const events = new EventSource(live.dataset.events);
  events.onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (told.state === "running" || told.state === "stopping") {
      show(told);
      return;
    }
    events.close();
    location.assign(told.run && told.state === "done" ? `/runs/${encodeURIComponent(told.run)}` : "/measure");
  };
}
