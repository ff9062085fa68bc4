// What do a box and a rented GPU cost in each future, in the parts that the controls move? As
// advisor/economics/simulation/box_part.py and rented_part.py. Every part is an array by future.

const OWN = "box.";

/** A box whose keys begin with `prefix`. */
function boxIn(start, prefix, box, reading, usages) {
  const { read } = reading;
  const plan = start.plan;
  const of = (key) => read(prefix + key, box[key]);
  const all = (make) => filled(usages.length, make);
  const phases = phasesIn(prefix, box, box, reading, usages);
  const hourly = read("maintenance.usd_per_hour", plan.maintenance.usd_per_hour);
  const spare = of("spare_parts_usd_per_year");
  const standing = read("tariff.usd_per_month", plan.standing_usd_per_month);
  const hoursToSetUp = start.futures.setup_hours[prefix] ?? 0;
  const besides = Math.max(0, box.setup_usd - hoursToSetUp * plan.maintenance.usd_per_hour);
  const setUp = read(`${prefix}setup_usd`, besides);
  const setUpHours = read(`${prefix}setup_hours`, hoursToSetUp);
  const [price, hoursOn, decline] = [
    of("price_usd"),
    of("powered_hours_per_month"),
    of("resale_decline_per_year"),
  ];
  return {
    price: all(price),
    setUp: all((i) => setUp(i) + setUpHours(i) * hourly(i)),
    rest: all((i) => spare(i) / 12 + standing(i)),
    ...energyIn(prefix, box, reading, usages, phases),
    busyHours: phases && all((i) => phases[i][0] + phases[i][1]),
    hoursByShape: phases && hoursByShape(usages, phases),
    hoursOn: all(hoursOn),
    leftByMonth: leftByMonth(box, decline, usages.length, plan.horizon.months),
  };
}

/** What is left of the price, in `[future * horizon + month]`, after that month. */
function leftByMonth(box, decline, count, horizon) {
  if (box.resale_by_age.length > 0) {
    const byAge = months(horizon).map((month) => resaleUsd({ ...box, price_usd: 1 }, month + 1));
    return filled(count * horizon, (place) => byAge[place % horizon]);
  }
  return filled(count * horizon, (place) => {
    const left = Math.max(1 - decline(Math.floor(place / horizon)), 0);
    return left === 0 ? 0 : left ** (((place % horizon) + 1) / 12);
  });
}

/** Month 0's hours of prefill and of decode by future; null where a rate is needed and unknown. */
function phasesIn(prefix, box, rates, reading, usages, ratesPrefix = prefix) {
  const { read } = reading;
  const dialogue = dialogueIn(prefix, box.dialogue, reading);
  const cached = read(`${prefix}cached_input_share`, box.cached_input_share);
  const rateOf = (key) =>
    rates[key] === null && ratesPrefix !== prefix
      ? read(prefix + key, box[key])
      : read(ratesPrefix + key, rates[key]);
  const [prefill, decode] = [rateOf("prefill_tok_per_s"), rateOf("decode_tok_per_s")];
  const found = usages.map((usage, i) =>
    phaseHours(usage, {
      dialogue: dialogue(i),
      cached_input_share: cached(i),
      prefill_tok_per_s: prefill(i),
      decode_tok_per_s: decode(i),
    }),
  );
  return found.includes(null) ? null : found;
}

function hoursByShape(usages, phases) {
  const given = usages[0].shapes_given;
  const shapes = given.length > 0 ? given : [{ input_share: 1, output_share: 1 }];
  return shapes.map((shape) =>
    filled(
      phases.length,
      (i) => phases[i][0] * shape.input_share + phases[i][1] * shape.output_share,
    ),
  );
}

/** A bill, or kilowatt-hours of a month without work and of each busy hour. */
function energyIn(prefix, box, { read }, usages, phases) {
  const of = (key) => read(prefix + key, box[key]);
  const all = (make) => filled(usages.length, make);
  if (box.electricity_usd_per_month !== null) {
    return { bill: all(of("electricity_usd_per_month")), idleKwh: null, kwhPerBusyHour: null };
  }
  const [wall, cooling, hoursOn] = [
    of("wall_factor"),
    of("cooling_factor"),
    of("powered_hours_per_month"),
  ];
  const powers = ["active_power_w", "prefill_power_w", "decode_power_w"].map((key) => [
    key,
    of(key),
  ]);
  const idle = of("idle_power_w");
  const kw = usages.map((_, i) => {
    const factor = (wall(i) * cooling(i)) / 1000;
    const drawn = Object.fromEntries(powers.map(([key, power]) => [key, power(i)]));
    const active = activePowerW(drawn, phases && phases[i]) * factor;
    const known = idle(i) !== null && phases !== null;
    return [known ? Math.min(idle(i) * factor, active) : active, active];
  });
  return {
    bill: null,
    idleKwh: all((i) => kw[i][0] * hoursOn(i)),
    kwhPerBusyHour: all((i) => kw[i][1] - kw[i][0]),
  };
}

/** What a kilowatt-hour costs without its carbon, over all hours and over the busy ones; its carbon;
 * and, where blocks price it, what the rest of the site draws. */
function tariffIn(start, reading, count) {
  const { read } = reading;
  const { usd_per_kwh: mean, busy_usd_per_kwh: busy, blocks } = start.plan;
  const off = start.futures.off_band ?? { usd_per_kwh: mean, hours_share: 1, work_share: 1 };
  const drawn = read("tariff.usd_per_kwh", off.usd_per_kwh);
  const { grid_g_per_kwh: grid } = start.futures.carbon;
  const carbon = carbonChange(start, reading, "carbon.grid_g_per_kwh", grid);
  const other = read("tariff.other_kwh_per_month", blocks?.other_kwh_per_month ?? 0);
  const all = (make) => filled(count, make);
  const change = (i) => drawn(i) - off.usd_per_kwh;
  return {
    mean: all((i) => mean + change(i) * off.hours_share),
    busy: all((i) => (busy ?? mean) + change(i) * off.work_share),
    carbon: all((i) => start.carbon_usd_per_kwh + carbon(i)),
    otherKwh: all(other),
  };
}

/** A rented GPU with the own box's rates where it has none, and the own box's tokens. */
function rentIn(start, rented, reading, usages) {
  const { read } = reading;
  const prefix = `rented.${rented.name}.`;
  const all = (make) => filled(usages.length, make);
  const phases = phasesIn(OWN, start.plan.box, rented, reading, usages, prefix);
  const kept = rented.hours_per_month ?? (rented.kind === "reserved" ? HOURS_PER_MONTH : null);
  const fixed = read(`${prefix}hours_per_month`, kept);
  const [usd, interrupted, used] = ["usd_per_hour", "interrupted_share", "max_utilization"].map(
    (key) => read(prefix + key, rented[key]),
  );
  return {
    usdPerHour: all(usd),
    hours: all((i) =>
      phases === null ? 0 : (sum(phases[i]) * (1 + interrupted(i))) / used(i),
    ),
    fixedHours: fixed(0) === null ? null : all(fixed),
  };
}
