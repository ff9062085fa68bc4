// What of the futures stays the same whatever the controls say? Drawn once, as
// advisor/economics/simulation/components.py.

function drawnFutures(start) {
  const { count } = start.futures;
  const reading = reader(start.futures);
  const usageOf = usageIn(start, reading);
  const usages = months(count).map(usageOf);
  const time = timeIn(start, reading, count);
  const baseline = start.futures.apis.findIndex(
    ({ name }) => name === start.apis[start.baseline].name,
  );
  let bills = null;
  const totals = start.futures.apis.map((api, index) => {
    const found = billsByMonth(billsIn(start, api, reading, usages), time);
    if (index === baseline) bills = found;
    return totalsOf(found, time);
  });
  const known = start.candidates.filter(({ box }) => box !== null);
  const upkeep = (key) => {
    const of = reading.read(`maintenance.${key}`, start.plan.maintenance[key]);
    return filled(count, of);
  };
  return {
    time,
    baseline,
    bills,
    totals,
    boxes: [
      boxIn(start, OWN, start.plan.box, reading, usages),
      ...known.map(({ name, box }) => boxIn(start, `candidate.${name}.`, box, reading, usages)),
    ],
    rented: start.futures.rented.map((name) => {
      const rented = start.rented.find((each) => each.name === name);
      return rentIn(start, rented, reading, usages);
    }),
    tariff: tariffIn(start, reading, count),
    upkeepHours: upkeep("hours_per_month"),
    upkeepUsdPerHour: upkeep("usd_per_hour"),
    served: servedOf(start.futures, reading),
    room: roomFor(bills.length, time),
  };
}

/** Where each move of a control writes its months, so that none asks for memory of its own. */
function roomFor(shapes, { count, horizon }) {
  const made = () => new Float64Array(count * horizon);
  return {
    shapes: months(shapes).map(made),
    everything: made(),
    localSoFar: made(),
    apiSoFar: made(),
  };
}

/** How use grows, what a dollar of a month later is worth and what a year leaves of a price; the
 * sums of worth, of worth times use, and the most use of a month. */
function timeIn(start, { read }, count) {
  const { horizon, usage } = start.plan;
  const [rate, decline, growing] = [
    read("horizon.discount_rate_per_year", horizon.discount_rate_per_year),
    read("horizon.api_decline_per_year", horizon.api_decline_per_year),
    read("usage.growth_per_month", usage.growth_per_month),
  ];
  const all = (make) => filled(count, make);
  const left = all((i) => Math.max(1 - decline(i), 0));
  const { months: length } = horizon;
  const growth = all((i) => 1 + growing(i));
  const discount = all((i) => (1 + rate(i)) ** (-1 / 12));
  const summed = (factor) =>
    all((i) => {
      let [worth, total] = [discount[i], 0];
      for (let month = 0; month < length; month += 1) {
        total += worth;
        worth *= factor(i) * discount[i];
      }
      return total;
    });
  return {
    count,
    horizon: length,
    growth,
    discount,
    worths: summed(() => 1),
    works: summed((i) => growth[i]),
    mostUse: all((i) => Math.max(1, growth[i]) ** (length - 1)),
    left,
    leftByMonth: filled(count * length, (place) => {
      const fallen = left[Math.floor(place / length)];
      return fallen === 1 ? 1 : fallen ** ((place % length) / 12);
    }),
  };
}

/** An API's bills of the whole horizon in today's money: of its prices and of their carbon. */
function totalsOf(bills, { count, horizon, growth, discount }) {
  const [prices, carbons] = [new Float64Array(count), new Float64Array(count)];
  for (const { price, carbon } of bills) {
    for (let i = 0; i < count; i += 1) {
      let weight = discount[i];
      for (let place = i * horizon; place < (i + 1) * horizon; place += 1) {
        prices[i] += price[place] * weight;
        carbons[i] += carbon[place] * weight;
        weight *= growth[i] * discount[i];
      }
    }
  }
  return { prices, carbons };
}
