// What has each choice cost in each future at the controls' values? As
// advisor/economics/simulation/by_month.py, one month after the other.

/** Costs by choice and future in today's money over the horizon, both sides' cost so far in
 * `[future * horizon + month]`, and the month in which the box has paid (Infinity: never). */
function follow(start, drawn, values) {
  const moved = movedBy(start, drawn, values);
  const { volume, apiFactor } = moved;
  const bills = billsAt(drawn, moved);
  const own = followOwn(start, drawn, moved, bills);
  return {
    ...own,
    costs: [
      ...drawn.totals.map(({ prices, carbons }, index) => {
        const factor = index === drawn.baseline ? apiFactor : 1;
        return filled(prices.length, (i) => volume * (prices[i] * factor + carbons[i]));
      }),
      own.local,
      ...drawn.boxes.slice(1).map((box) => followBox(start, drawn, moved, bills, box)),
      ...drawn.rented.map((each) => followRent(drawn.time, volume, each)),
      ...(start.futures.hybrid ? [own.hybrid] : []),
    ],
  };
}

/** What the controls change: each uncertain number keeps its spread as a share of its median. */
function movedBy(start, drawn, values) {
  const { plan } = start;
  const { tariff, boxes: [own] } = drawn;
  const scaled = (amounts, now, then) => {
    const factor = then / now;
    return now === 0 ? amounts.map(() => then) : amounts.map((each) => each * factor);
  };
  const kwh = (amounts) =>
    values.usd_per_kwh === null
      ? amounts.map((usd) => usd * values.tariff_factor)
      : scaled(amounts, plan.usd_per_kwh, values.usd_per_kwh);
  const hours = scaled(
    drawn.upkeepHours,
    plan.maintenance.hours_per_month,
    values.maintenance_hours_per_month,
  );
  const bill = plan.box.electricity_usd_per_month;
  return {
    volume: values.tokens_per_month / tokensPerMonth(plan.usage),
    apiFactor: values.api_price_factor,
    tariffFactor: values.tariff_factor,
    own: {
      ...own,
      price: scaled(own.price, plan.box.price_usd, values.box_price_usd),
      bill: own.bill && scaled(own.bill, bill, values.electricity_usd_per_month),
    },
    mean: kwh(tariff.mean).map((usd, i) => usd + tariff.carbon[i]),
    busy: kwh(tariff.busy).map((usd, i) => usd + tariff.carbon[i]),
    upkeep: hours.map((each, i) => each * drawn.upkeepUsdPerHour[i]),
  };
}

/** The baseline's bills by month: of each shape of the requests, and of all. */
function billsAt({ bills, room }, { volume, apiFactor }) {
  const { shapes, everything } = room;
  everything.fill(0);
  for (const [shape, { price, carbon }] of bills.entries()) {
    const made = shapes[shape];
    for (let place = 0; place < made.length; place += 1) {
      made[place] = volume * (price[place] * apiFactor + carbon[place]);
      everything[place] += made[place];
    }
  }
  return { shapes, everything };
}

/** How a box runs: `at` says of a future, at so many times month 0's use, the share of the work that
 * the box cannot serve and the month's cost without that. */
function runner(start, drawn, moved, box) {
  const { served } = drawn;
  const blocks = box.bill === null ? start.plan.blocks : null;
  const fixed = filled(
    box.rest.length,
    (i) =>
      box.rest[i] +
      moved.upkeep[i] +
      (box.bill ? box.bill[i] : blocks ? 0 : box.idleKwh[i] * moved.mean[i]),
  );
  const perHour = blocks
    ? null
    : filled(fixed.length, (i) => (box.bill ? 0 : box.kwhPerBusyHour[i] * moved.busy[i]));
  const month = { run: 0, over: 0, usd: 0 };
  const at = (i, use) => {
    if (box.busyHours !== null) {
      const needed = box.busyHours[i] * moved.volume * use;
      const hoursOn = box.hoursOn[i];
      if (served !== null) {
        const share = served(i, hoursOn / Math.max(needed, 1e-300));
        month.run = needed * share;
        month.over = 1 - share;
      } else if (needed > hoursOn) {
        month.run = hoursOn;
        month.over = 1 - hoursOn / needed;
      } else {
        month.run = needed;
        month.over = 0;
      }
    }
    month.usd =
      fixed[i] +
      (blocks ? energyUsd(drawn, moved, blocks, box, i, month.run) : perHour[i] * month.run);
    return month;
  };
  return { fixed, perHour, at };
}

/** The team's own box: its costs, those of the cheapest split of each month, both sides' cost so far
 * and the month in which the box has paid; as `cumulativeAgainst` and `crossings`. */
function followOwn(start, drawn, moved, bills) {
  const { count, horizon, growth, discount } = drawn.time;
  const { localSoFar, apiSoFar } = drawn.room;
  const box = moved.own;
  const running = runner(start, drawn, moved, box);
  const splitOf = start.futures.hybrid ? splitter(drawn, moved, bills, running) : null;
  const [local, hybrid, capitals, paidMonths] = months(4).map(() => new Float64Array(count));
  for (let i = 0; i < count; i += 1) {
    const capital = box.price[i] + box.setUp[i];
    let [use, worth, spent, billed, split] = [1, discount[i], 0, 0, 0];
    let [kept, paid, before] = [capital, Infinity, capital];
    for (let month = 0; month < horizon; month += 1) {
      const place = i * horizon + month;
      const bill = bills.everything[place] * use;
      const { usd, over } = running.at(i, use);
      spent += (usd + over * bill) * worth;
      billed += bill * worth;
      kept = capital - box.price[i] * box.leftByMonth[place] * worth;
      localSoFar[place] = kept + spent;
      apiSoFar[place] = billed;
      if (paid === Infinity) {
        const after = kept + spent - billed;
        if (after <= ROUNDING * (capital + spent + billed)) {
          paid = month + (before > 0 ? before / (before - Math.min(after, 0)) : 0);
        }
        before = after;
      }
      if (splitOf !== null) split += splitOf(i, place, use, bill, usd, over) * worth;
      use *= growth[i];
      worth *= discount[i];
    }
    capitals[i] = capital;
    local[i] = kept + spent;
    hybrid[i] = kept + split;
    paidMonths[i] = paid;
  }
  return { local, hybrid, capitals, paidMonths, localSoFar, apiSoFar };
}

/** Another box's costs, what it cannot serve bought from the baseline. */
function followBox(start, drawn, moved, { everything }, box) {
  const { count, horizon, growth, discount, worths, works, mostUse } = drawn.time;
  const running = runner(start, drawn, moved, box);
  const straight = running.perHour !== null && drawn.served === null;
  return filled(count, (i) => {
    const hours = box.busyHours === null ? 0 : box.busyHours[i] * moved.volume;
    const resale = box.price[i] * box.leftByMonth[(i + 1) * horizon - 1] * discount[i] ** horizon;
    if (straight && hours * mostUse[i] <= box.hoursOn[i]) {
      const spent = running.fixed[i] * worths[i] + running.perHour[i] * hours * works[i];
      return box.price[i] + box.setUp[i] + spent - resale;
    }
    let [use, worth, total] = [1, discount[i], box.price[i] + box.setUp[i]];
    for (let month = 0; month < horizon; month += 1) {
      const { usd, over } = running.at(i, use);
      total += (over === 0 ? usd : usd + over * everything[i * horizon + month] * use) * worth;
      use *= growth[i];
      worth *= discount[i];
    }
    return total - resale;
  });
}

/** A month's kilowatt-hours by the blocks of the tariff. */
function energyUsd(drawn, moved, blocks, box, i, run) {
  const { otherKwh, carbon } = drawn.tariff;
  const kwh = box.idleKwh[i] + box.kwhPerBusyHour[i] * run;
  const from = otherKwh[i];
  const until = from + kwh;
  let [lower, total] = [0, kwh * carbon[i]];
  for (let block = 0; block < blocks.usd_per_kwh.length; block += 1) {
    const upper = blocks.limits_kwh[block] ?? Infinity;
    const inside = Math.min(until, upper) - Math.max(from, lower);
    total += blocks.usd_per_kwh[block] * moved.tariffFactor * Math.max(inside, 0);
    lower = upper;
  }
  return total;
}

/** What the cheapest split of one month between the box and the API costs: requests that save most
 * for their hours go to the box first, and the API has everything where idle power is dearer. */
function splitter({ served }, { own: box, volume }, { shapes }, { fixed, perHour }) {
  if (served !== null) {
    return (i, _place, _use, bill, usd, over) =>
      Math.min(fixed[i] + bill + Math.min(usd - fixed[i] - (1 - over) * bill, 0), bill);
  }
  if (shapes.length === 1) {
    return (i, _place, use, bill) => {
      const needed = box.busyHours[i] * volume * use;
      const part = needed > box.hoursOn[i] ? box.hoursOn[i] / needed : 1;
      return Math.min(fixed[i] + bill - Math.max(bill - perHour[i] * needed, 0) * part, bill);
    };
  }
  return (i, place, use, bill) => {
    const work = shapes.map((bills, shape) => ({
      needed: box.hoursByShape[shape][i] * volume * use,
      asked: bills[place] * use,
    }));
    let [cost, room] = [fixed[i] + bill, box.hoursOn[i]];
    for (const { needed, asked } of work.sort(byWorth)) {
      const part = needed > room ? room / needed : 1;
      if (asked > perHour[i] * needed) {
        cost -= (asked - perHour[i] * needed) * part;
        room -= part * needed;
      }
    }
    return Math.min(cost, bill);
  };
}

const byWorth = (one, other) => worthOf(other) - worthOf(one) || 0;
const worthOf = ({ needed, asked }) => (needed > 0 ? asked / needed : Infinity);

/** Rent by future. */
function followRent({ count, horizon, growth, discount, works }, volume, rented) {
  const { hours, usdPerHour, fixedHours } = rented;
  if (fixedHours === null) return filled(count, (i) => usdPerHour[i] * hours[i] * volume * works[i]);
  return filled(count, (i) => {
    let [use, worth, total] = [volume, discount[i], 0];
    for (let month = 0; month < horizon; month += 1) {
      const gpus = Math.max(1, Math.ceil((hours[i] * use) / fixedHours[i] - 1e-9));
      total += fixedHours[i] * gpus * worth;
      use *= growth[i];
      worth *= discount[i];
    }
    return total * usdPerHour[i];
  });
}
