// What of the futures stays the same whatever the controls say? Drawn once, as
// advisor/economics/simulation/components.py.

function drawnFutures(start) {
  const { count } = start.futures;
  const reading = reader(start.futures);
  const usageOf = usageIn(start, reading);
  const usages = months(count).map(usageOf);
  const time = timeIn(start, reading, count);
  const bills = start.futures.apis.map((api) =>
    billsByMonth(billsIn(start, api, reading, usages), time),
  );
  const baseline = start.futures.apis.findIndex(
    ({ name }) => name === start.apis[start.baseline].name,
  );
  const known = start.candidates.filter(({ box }) => box !== null);
  const upkeep = (key) => {
    const of = reading.read(`maintenance.${key}`, start.plan.maintenance[key]);
    return Float64Array.from(usages, (_, i) => of(i));
  };
  return {
    time,
    baseline,
    bills: bills[baseline],
    totals: bills.map((each) => totalsOf(each, time)),
    boxes: [
      boxIn(start, OWN, start.plan.box, reading, usages),
      ...known.map(({ name, box }) => boxIn(start, `candidate.${name}.`, box, reading, usages)),
    ],
    rented: start.futures.rented.map((name) =>
      rentIn(start, start.rented.find((each) => each.name === name), reading, usages),
    ),
    tariff: tariffIn(start, reading, count),
    upkeepHours: upkeep("hours_per_month"),
    upkeepUsdPerHour: upkeep("usd_per_hour"),
    served: servedOf(start.futures, reading),
  };
}

/** How use grows, what a dollar of a month later is worth and what a year leaves of a price. */
function timeIn(start, { read }, count) {
  const { horizon, usage } = start.plan;
  const [rate, decline, growing] = [
    read("horizon.discount_rate_per_year", horizon.discount_rate_per_year),
    read("horizon.api_decline_per_year", horizon.api_decline_per_year),
    read("usage.growth_per_month", usage.growth_per_month),
  ];
  const all = (make) => Float64Array.from({ length: count }, (_, i) => make(i));
  const left = all((i) => Math.max(1 - decline(i), 0));
  const { months: length } = horizon;
  return {
    count,
    horizon: length,
    growth: all((i) => 1 + growing(i)),
    discount: all((i) => (1 + rate(i)) ** (-1 / 12)),
    left,
    leftByMonth: Float64Array.from(
      { length: count * length },
      (_, place) => left[Math.floor(place / length)] ** ((place % length) / 12),
    ),
  };
}

/** An API's bills of the whole horizon in today's money: of its prices, and of the carbon in them. */
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
