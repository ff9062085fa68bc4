// What has each choice cost in each future at the controls' values? As
// advisor/economics/simulation/by_month.py, one month after the other.

/** Costs by choice and future in today's money over the horizon, both sides' cost so far in
 * `[future * horizon + month]`, and the month in which the box has paid (Infinity: never). */
function follow(start, drawn, values) {
  const moved = movedBy(start, drawn, values);
  const { count, horizon } = drawn.time;
  const bills = billsAt(drawn, moved);
  const local = new Float64Array(count * horizon);
  const api = new Float64Array(count * horizon);
  const paidMonths = new Float64Array(count);
  const hybrid = start.futures.hybrid ? new Float64Array(count) : null;
  const record = { local, api, paidMonths, hybrid };
  const boxes = drawn.boxes.map((box, index) =>
    followBox(start, drawn, moved, bills, box, index === 0 ? record : null),
  );
  return {
    costs: [
      ...drawn.totals.map(({ prices, carbons }, index) => {
        const factor = index === drawn.baseline ? values.api_price_factor : 1;
        return prices.map((usd, i) => moved.volume * (usd * factor + carbons[i]));
      }),
      ...boxes,
      ...drawn.rented.map((each) => followRent(drawn.time, moved.volume, each)),
      ...(hybrid ? [hybrid] : []),
    ],
    capital: moved.own.price.map((usd, i) => usd + drawn.boxes[0].setUp[i]),
    local,
    api,
    paidMonths,
  };
}

/** What the controls change: each uncertain number keeps its spread as a share of its median. */
function movedBy(start, drawn, values) {
  const { plan } = start;
  const own = drawn.boxes[0];
  const scaled = (amounts, now, then) =>
    now === 0 ? amounts.map(() => then) : amounts.map((each) => each * (then / now));
  const { tariff } = drawn;
  const price = values.usd_per_kwh;
  const kwh = (amounts) =>
    price === null
      ? amounts.map((usd) => usd * values.tariff_factor)
      : scaled(amounts, plan.usd_per_kwh, price);
  const hours = scaled(
    drawn.upkeepHours,
    plan.maintenance.hours_per_month,
    values.maintenance_hours_per_month,
  );
  return {
    volume: values.tokens_per_month / tokensPerMonth(plan.usage),
    apiFactor: values.api_price_factor,
    tariffFactor: values.tariff_factor,
    own: {
      price: scaled(own.price, plan.box.price_usd, values.box_price_usd),
      bill: own.bill && scaled(own.bill, plan.box.electricity_usd_per_month, values.electricity_usd_per_month),
    },
    mean: kwh(tariff.mean).map((usd, i) => usd + tariff.carbon[i]),
    busy: kwh(tariff.busy).map((usd, i) => usd + tariff.carbon[i]),
    upkeep: hours.map((each, i) => each * drawn.upkeepUsdPerHour[i]),
  };
}

/** The baseline's bills by month at month 0's volume, by the shape of the requests. */
const billsAt = ({ bills }, { volume, apiFactor }) =>
  bills.map(({ price, carbon }) =>
    price.map((usd, place) => volume * (usd * apiFactor + carbon[place])),
  );

/** A box's costs by future, what it cannot serve bought from the baseline. `record` takes the months
 * of the own box, and what the cheapest split of each month comes to. */
function followBox(start, drawn, moved, bills, box, record) {
  const { count, horizon, growth, discount } = drawn.time;
  const price = record ? moved.own.price : box.price;
  const bill = record ? moved.own.bill : box.bill;
  const blocks = box.bill === null ? start.plan.blocks : null;
  const { served } = drawn;
  const age = resaleSteps(box, horizon);
  const totals = new Float64Array(count);
  const hours = new Float64Array(bills.length);
  const asked = new Float64Array(bills.length);
  for (let i = 0; i < count; i += 1) {
    const fixed = box.rest[i] + moved.upkeep[i] + (bill ? bill[i] : blocks ? 0 : box.idleKwh[i] * moved.mean[i]);
    const perHour = bill || blocks ? 0 : box.kwhPerBusyHour[i] * moved.busy[i];
    const capital = price[i] + box.setUp[i];
    const race = record && newRace(capital);
    const step = box.left[i] ** (1 / 12);
    let [volume, worth, running, billed, split, left] = [1, discount[i], 0, 0, 0, 1];
    let kept = capital;
    for (let month = 0; month < horizon; month += 1) {
      let everything = 0;
      for (let shape = 0; shape < bills.length; shape += 1) {
        asked[shape] = bills[shape][i * horizon + month] * volume;
        everything += asked[shape];
      }
      let [run, over] = [0, 0];
      if (box.busyHours !== null) {
        const needed = box.busyHours[i] * moved.volume * volume;
        const room = box.hoursOn[i] / Math.max(needed, 1e-300);
        const share = served === null ? Math.min(room, 1) : served(i, room);
        run = served === null ? Math.min(needed, box.hoursOn[i]) : needed * share;
        over = 1 - share;
      }
      const usd = fixed + (blocks ? energyUsd(drawn, moved, blocks, box, i, run) : perHour * run);
      const paid = usd + over * everything;
      running += paid * worth;
      left *= step;
      if (record) {
        billed += everything * worth;
        const resale = price[i] * (age ? age[month] : left);
        kept = capital - resale * worth;
        const place = i * horizon + month;
        record.local[place] = kept + running;
        record.api[place] = billed;
        passMonth(race, month, kept, paid, everything, worth);
        if (record.hybrid) {
          if (served === null) {
            for (let shape = 0; shape < hours.length; shape += 1) {
              hours[shape] = box.hoursByShape[shape][i] * moved.volume * volume;
            }
            split += splitUsd(hours, asked, fixed, perHour, box.hoursOn[i], everything) * worth;
          } else {
            const spared = Math.min(usd - fixed - (1 - over) * everything, 0);
            split += Math.min(fixed + everything + spared, everything) * worth;
          }
        }
      }
      volume *= growth[i];
      worth *= discount[i];
    }
    if (!record) kept = capital - price[i] * (age ? age[horizon - 1] : left) * (worth / discount[i]);
    totals[i] = kept + running;
    if (record) record.paidMonths[i] = race.paid;
    if (record?.hybrid) record.hybrid[i] = kept + split;
  }
  return totals;
}

/** What is left of the price after each month, where the box says so by age. */
const resaleSteps = (box, horizon) =>
  box.byAge && months(horizon).map((month) => resaleUsd(box.byAge, month + 1));

/** A month's kilowatt-hours by the blocks of the tariff. */
function energyUsd(drawn, moved, blocks, box, i, run) {
  const { otherKwh, carbon } = drawn.tariff;
  const kwh = box.idleKwh[i] + box.kwhPerBusyHour[i] * run;
  const [from, until] = [otherKwh[i], otherKwh[i] + kwh];
  let [lower, total] = [0, kwh * carbon[i]];
  for (let block = 0; block < blocks.usd_per_kwh.length; block += 1) {
    const upper = blocks.limits_kwh[block] ?? Infinity;
    const inside = Math.min(until, upper) - Math.max(from, lower);
    total += blocks.usd_per_kwh[block] * moved.tariffFactor * Math.max(inside, 0);
    lower = upper;
  }
  return total;
}

/** The cheapest split of one month between the box and the API: what saves most for its hours goes to
 * the box first. */
function splitUsd(hours, asked, fixed, perHour, hoursOn, everything) {
  let [cost, room] = [fixed + everything, hoursOn];
  for (const shape of byWorth(hours, asked)) {
    const [needed, bill] = [hours[shape], asked[shape]];
    const part = needed > room ? room / needed : 1;
    if (bill > perHour * needed) {
      cost -= (bill - perHour * needed) * part;
      room -= part * needed;
    }
  }
  return Math.min(cost, everything);
}

const ONLY = [0];

function byWorth(hours, asked) {
  if (hours.length === 1) return ONLY;
  const worth = Array.from(hours, (each, shape) => (each > 0 ? asked[shape] / each : Infinity));
  return months(hours.length).sort((one, other) => (worth[other] > worth[one] ? 1 : worth[other] < worth[one] ? -1 : one - other));
}

/** Rent by future. */
function followRent({ count, horizon, growth, discount }, factor, rented) {
  return Float64Array.from({ length: count }, (_, i) => {
    const fixed = rented.fixedHours?.[i] ?? null;
    let [volume, worth, total] = [factor, discount[i], 0];
    for (let month = 0; month < horizon; month += 1) {
      const needed = rented.hours[i] * volume;
      const paid = fixed === null ? needed : fixed * Math.max(1, Math.ceil(needed / fixed - 1e-9));
      total += rented.usdPerHour[i] * paid * worth;
      volume *= growth[i];
      worth *= discount[i];
    }
    return total;
  });
}

const newRace = (capital) => ({ flows: 0, moved: capital, balance: capital, ahead: false, paid: Infinity });

/** Adds a month to the race of the box with the API: as `cumulativeAgainst` and `crossings`. */
function passMonth(race, month, kept, running, bill, worth) {
  race.flows += (running - bill) * worth;
  race.moved += (running + bill) * worth;
  const before = race.balance;
  const after = kept + race.flows;
  race.balance = Math.abs(after) <= ROUNDING * race.moved ? 0 : after;
  const ahead = race.balance <= 0;
  if (ahead && !race.ahead && race.paid === Infinity) {
    const part = before === race.balance ? 0 : before / (before - race.balance);
    race.paid = month + Math.min(Math.max(part, 0), 1);
  }
  race.ahead = ahead;
}
