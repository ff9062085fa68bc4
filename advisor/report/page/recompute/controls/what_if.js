// What happens in the page when a value is moved? The section is shown once it works.

const STEPS = 200;
const PAUSE_MS = 600;

function begin(section) {
  const data = JSON.parse(section.querySelector("#what-if-data").textContent);
  const say = sayer(data);
  const reported = recompute(data.start, data.values);
  const values = { ...data.values };
  const find = (kind, key) => section.querySelector(`[data-${kind}="${key}"]`);
  let aloud;
  let drawn = null;

  /** The futures once they are drawn: how sure it is, and the band of the curve. */
  function showFutures() {
    if (drawn === null) return undefined;
    const followed = follow(data.start, drawn, values);
    showSure(section, "after", spreadOf(data.start, drawn, followed), say);
    return (month) => bandOf(followed, drawn.time, month);
  }

  function show(speak) {
    const found = recompute(data.start, values);
    showFigures(section, "after", found, data.start.baseline, say);
    showOthers(section, found, say);
    const verdict = say.verdict(found);
    section.querySelector("[data-verdict]").textContent = verdict;
    section.querySelector("[data-verdict]").dataset.verdict = found.decision;
    section.querySelector("[data-changed]").textContent = say.changed(values);
    const { crossings: crossed } = found.comparisons[data.start.baseline];
    const svg = section.querySelector("[data-curve]");
    drawCurve(svg, found.curve, crossed, say.onCurve, showFutures());
    clearTimeout(aloud);
    if (speak) {
      aloud = setTimeout(() => {
        section.querySelector("[data-aloud]").textContent = verdict;
      }, PAUSE_MS);
    }
  }

  function put(control) {
    const slider = find("slider", control.key);
    slider.value = positionOf(control, values[control.key]);
    slider.setAttribute("aria-valuetext", say.valueOf(control, values[control.key]));
  }

  function refuse(control, reason) {
    const wrong = find("wrong", control.key);
    wrong.textContent = reason;
    wrong.hidden = reason === "";
    find("field", control.key).setAttribute("aria-invalid", String(reason !== ""));
  }

  function write(control) {
    find("field", control.key).value = fieldText(control, values[control.key]);
    refuse(control, "");
    put(control);
  }

  for (const control of data.controls) {
    find("slider", control.key).addEventListener("input", (event) => {
      values[control.key] = valueAt(control, Number(event.target.value));
      write(control);
      show(true);
    });
    find("field", control.key).addEventListener("input", (event) => {
      const value = valueIn(control, event.target);
      if (value === null) return refuse(control, say.range(control));
      refuse(control, "");
      values[control.key] = value;
      put(control);
      return show(true);
    });
  }
  section.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  section.querySelector("form").addEventListener("reset", (event) => {
    event.preventDefault();
    Object.assign(values, data.values);
    data.controls.forEach(write);
    show(true);
  });
  data.controls.forEach(write);
  showFigures(section, "before", reported, data.start.baseline, say);
  show(false);
  section.hidden = false;
  if (data.start.futures === null) return;
  setTimeout(() => {
    drawn = drawnFutures(data.start);
    const reportedFutures = follow(data.start, drawn, data.values);
    showSure(section, "before", spreadOf(data.start, drawn, reportedFutures), say);
    show(false);
    section.querySelector("[data-futures]").hidden = false;
  });
}

/** The value at a slider's position: today's in its own place, others with three digits. */
function valueAt(control, position) {
  if (position === positionOf(control, control.now)) return control.now;
  const part = position / STEPS;
  const value =
    control.scale === "decades"
      ? control.least * (control.most / control.least) ** part
      : control.least + (control.most - control.least) * part;
  return Number((value / control.per_unit).toPrecision(3)) * control.per_unit;
}

function positionOf(control, value) {
  const part =
    control.scale === "decades"
      ? Math.log(value / control.least) / Math.log(control.most / control.least)
      : (value - control.least) / (control.most - control.least);
  return Math.round(STEPS * Math.min(1, Math.max(0, part)));
}

/** What the field holds: all digits of the value, for it is read back. */
const fieldText = (control, value) => String(Number((value / control.per_unit).toPrecision(12)));

/** The value in a field, or null where a scenario could not hold it. */
function valueIn(control, field) {
  if (field.value.trim() === "") return null;
  if (Number(field.value) === Number(fieldText(control, control.now))) return control.now;
  const value = Number(field.value) * control.per_unit;
  const enough = control.above_zero ? value > 0 : value >= 0;
  return enough && value <= control.bound ? value : null;
}

function showFigures(section, side, found, baseline, say) {
  const numbers = { ...found, ...found.capacity, ...found.comparisons[baseline] };
  for (const cell of section.querySelectorAll(`[data-${side}]`)) {
    cell.textContent = say.figure(cell.dataset.form, numbers[cell.dataset[side]]);
  }
}

/** The chances and ranges over all futures, and each choice's costs and regrets. */
function showSure(section, side, found, say) {
  for (const cell of section.querySelectorAll(`[data-sure-${side}]`)) {
    cell.textContent = say.sure[cell.getAttribute(`data-sure-${side}`)](found);
  }
  for (const row of section.querySelectorAll("[data-choice]")) {
    const each = found.actions[Number(row.dataset.choice)];
    const [p10, p50, p90] = each.usd;
    const { expected_regret_usd: regret, p95_regret_usd: regret95 } = each;
    const amounts = { p10, p50, p90, regret, regret95 };
    for (const [cell, usd] of Object.entries(amounts)) {
      row.querySelector(`[data-cell="${cell}"]`).textContent = say.figure("money", usd);
    }
    row.querySelector('[data-cell="chance"]').textContent = say.chance(each.cheapest_probability);
  }
}

const OTHERS = {
  api: ["comparisons", { month: "api_usd_per_month" }],
  rented: ["rented", { month: "usd_per_month", year: "usd_12_months" }],
  candidate: [
    "candidates",
    { month: "local_usd_per_month", year: "usd_12_months_with_overflow" },
  ],
};

/** The tables of APIs, GPUs for rent and other boxes. */
function showOthers(section, found, say) {
  for (const [kind, [list, amounts]] of Object.entries(OTHERS)) {
    for (const row of section.querySelectorAll(`[data-${kind}]`)) {
      const each = found[list][Number(row.dataset[kind])];
      const put = (cell, content) => {
        row.querySelector(`[data-cell="${cell}"]`).textContent =
          each.decision === null ? say.unknown : content();
      };
      for (const [cell, key] of Object.entries(amounts)) {
        put(cell, () => say.figure("money", each[key]));
      }
      put("pays", () => say.figure("months", each.break_even_months_simple));
      put("decision", () => say.decision(each.decision));
    }
  }
}

const section = document.getElementById("what-if");
if (section?.querySelector("#what-if-data")) begin(section);
