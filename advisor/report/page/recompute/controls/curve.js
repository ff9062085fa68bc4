// How are both costs so far drawn, with the month at which they meet and the band of the futures?

const LEAST_MONTHS = 24;
const FRAME = { left: 124, right: 624, top: 48, bottom: 240 };

/** `bandTo(month)` are P10 and P90 of both sides until that month, where there are futures. */
function drawCurve(svg, curve, found, write, bandTo) {
  const last = monthsShown(curve.local_usd.length - 1, found);
  const local = curve.local_usd.slice(0, last + 1);
  const api = curve.api_usd.slice(0, last + 1);
  const band = bandTo && bandTo(last);
  const all = [...local, ...api, ...(band ? [...band.local_usd, ...band.api_usd].flat() : [])];
  const marks = ticks(Math.min(0, ...all), Math.max(...all));
  const x = (month) => FRAME.left + (month / last) * (FRAME.right - FRAME.left);
  const [low, high] = [marks[0], marks.at(-1)];
  const y = (usd) => FRAME.bottom - ((usd - low) / (high - low)) * (FRAME.bottom - FRAME.top);
  const shapes = [
    ...marks.flatMap((usd) => [
      line("what-if-grid", FRAME.left, y(usd), FRAME.right, y(usd)),
      text("what-if-tick", FRAME.left - 8, y(usd) + 4, "end", write.roundMoney(usd)),
    ]),
    ...monthMarks(last).map((month) =>
      text("what-if-tick", x(month), FRAME.bottom + 20, "middle", write.number(month)),
    ),
    text("what-if-tick", FRAME.right, FRAME.bottom + 38, "end", write.months_from_now),
    ...(band
      ? [
          area("what-if-api-band", band.api_usd, x, y),
          area("what-if-local-band", band.local_usd, x, y),
        ]
      : []),
    path("what-if-api", api, x, y),
    path("what-if-local", local, x, y),
    ...legend(write, band),
  ];
  const meets = firstLocal(found);
  if (meets !== null && meets <= last) {
    const right = meets > last / 2;
    shapes.push(
      line("what-if-meets", x(meets), FRAME.top, x(meets), FRAME.bottom),
      text(
        "what-if-strong",
        x(meets) + (right ? -6 : 6),
        FRAME.top - 8,
        right ? "end" : "start",
        write.pays_at(meets),
      ),
    );
  }
  svg.replaceChildren(...shapes);
  svg.setAttribute("aria-label", write.curve(last, local.at(-1), api.at(-1), band));
}

/** As many months as show every crossing well. */
function monthsShown(horizon, found) {
  if (found.length === 0) return horizon;
  const latest = Math.max(...found.map((each) => each.month));
  return Math.min(horizon, Math.max(LEAST_MONTHS, 12 * Math.ceil((2 * latest) / 12)));
}

const monthMarks = (last) => {
  const step = Math.max(1, Math.ceil(last / 6));
  return months(Math.floor(last / step) + 1).map((index) => index * step);
};

/** Round values from at or below `least` to at or above `most`. */
function ticks(least, most) {
  const rough = (most - least || 1) / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * decade).find((each) => each >= rough);
  const first = Math.floor(least / step);
  const count = Math.max(1, Math.ceil(most / step) - first);
  return months(count + 1).map((index) => (first + index) * step);
}

function legend(write, band) {
  const bands = ["what-if-local-band", "what-if-api-band"].map((name, place) =>
    shape("rect", name, { x: FRAME.left + 300 + 14 * place, y: 6, width: 12, height: 12 }),
  );
  return [
    ...(band ? [...bands, text("what-if-tick", FRAME.left + 334, 16, "start", write.band)] : []),
    line("what-if-local", FRAME.left, 12, FRAME.left + 24, 12),
    text("what-if-tick", FRAME.left + 30, 16, "start", write.box),
    line("what-if-api", FRAME.left + 150, 12, FRAME.left + 174, 12),
    text("what-if-tick", FRAME.left + 180, 16, "start", write.api),
  ];
}

function shape(tag, name, attributes, content = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  made.setAttribute("class", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = content;
  return made;
}

const line = (name, x1, y1, x2, y2) => shape("line", name, { x1, y1, x2, y2 });

const text = (name, x, y, anchor, content) =>
  shape("text", name, { x, y, "text-anchor": anchor }, content);

const path = (name, values, x, y) =>
  shape("polyline", name, {
    points: values.map((usd, month) => `${x(month).toFixed(1)},${y(usd).toFixed(1)}`).join(" "),
  });

const area = (name, band, x, y) => {
  const corner = (usd, month) => `${x(month).toFixed(1)},${y(usd).toFixed(1)}`;
  const upper = band.map(([, high], month) => corner(high, month));
  const lower = band.map(([low], month) => corner(low, month)).reverse();
  return shape("polygon", name, { points: [...upper, ...lower].join(" ") });
};
