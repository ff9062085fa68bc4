// What does each API ask in each future, by the month, before a control is moved? As
// advisor/economics/simulation/api_part.py and by_month.py. The carbon in a price stands apart: it
// does not move with the prices.

/** A future's usage of month 0. */
function usageIn(start, { has, read }) {
  const { usage } = start.plan;
  const of = (key) => read(`usage.${key}`, usage[key]);
  const [cached, written] = [of("cached_input_share"), of("cache_write_share")];
  const shared = has("usage.cached_input_share") || has("usage.cache_write_share");
  const [tokensIn, tokensOut] = [of("input_tokens_per_month"), of("output_tokens_per_month")];
  const [batch, stated] = [of("batch_share"), of("requests_per_month")];
  const mean = has("usage.requests_per_month") ? null : start.futures.request_tokens;
  return (i) => ({
    ...usage,
    input_tokens_per_month: tokensIn(i),
    output_tokens_per_month: tokensOut(i),
    cached_input_share: cached(i),
    cache_write_share: shared ? Math.min(written(i), 1 - cached(i)) : written(i),
    batch_share: batch(i),
    requests_per_month:
      mean === null ? stated(i) : requestsOf(mean, tokensIn(i), tokensOut(i)),
  });
}

function requestsOf([meanIn, meanOut], tokensIn, tokensOut) {
  const byInput = meanIn > 0 ? tokensIn / meanIn : 0;
  return byInput > 0 || meanOut <= 0 ? byInput : tokensOut / meanOut;
}

/** How one model counts the usage's tokens in a future. */
function dialogueIn(prefix, dialogue, { read }) {
  const keys = Object.keys(dialogue).map((key) => [key, read(prefix + key, dialogue[key])]);
  return (i) => Object.fromEntries(keys.map(([key, of]) => [key, of(i)]));
}

/** Month 0's bills of one API: for each price in force within the horizon, by the shape of the
 * requests, an amount for each future; and those of the carbon in it, the same at every price. */
function billsIn(start, api, reading, usages) {
  const { price, carbon_usd_per_mtok: told } = start.apis.find(({ name }) => name === api.name);
  const prefix = `api.${api.name}.`;
  const horizon = start.plan.horizon.months;
  const dialogue = dialogueIn(prefix, price.dialogue, reading);
  const moved = api.uncertain
    .filter(({ field }) => reading.has(prefix + field))
    .map(({ field, median, follows }) => ({
      drawn: reading.read(prefix + field),
      median,
      stages: stagesOf(follows, horizon),
    }));
  const toldKey = `carbon.told.${api.name}.g_co2e_per_mtok`;
  const carbon = carbonChange(start, reading, toldKey, api.g_co2e_per_mtok);
  const shapes = shapesOf(usages[0]).length;
  const made = () => Array.from({ length: shapes }, () => new Float64Array(usages.length));
  const stages = stagesOf(price, horizon).map(([from, now]) => ({ from, now, usd: made() }));
  const carbonUsd = made();
  for (const [i, usage] of usages.entries()) {
    const counted = dialogue(i);
    const bill = (prices) => byShape(usage, { ...prices, dialogue: counted });
    for (const [number, { now, usd }] of stages.entries()) {
      bill(now).forEach((amount, shape) => {
        usd[shape][i] = amount;
      });
      for (const { drawn, median, stages: follows } of moved) {
        const change = drawn(i) - median;
        bill(follows[number][1]).forEach((amount, shape) => {
          usd[shape][i] += change * amount;
        });
      }
    }
    const usdPerMtok = told + carbon(i);
    if (usdPerMtok !== 0) {
      bill(EACH_TOKEN).forEach((amount, shape) => {
        carbonUsd[shape][i] = usdPerMtok * amount;
      });
    }
  }
  return { stages, carbonUsd };
}

const EACH_TOKEN = {
  input_usd_per_mtok: 1,
  output_usd_per_mtok: 1,
  cached_input_usd_per_mtok: 1,
  cache_write_usd_per_mtok: null,
  usd_per_request: 0,
  tiers: [],
  batch: null,
  windows: [],
  changes: [],
};

const byShape = (usage, price) => {
  const ways = variants(usage, price);
  return shapesOf(usage).map((shape) =>
    ways.reduce(
      (total, [share, rates]) => total + partUsd(usage, price.dialogue, shape, share, rates),
      0,
    ),
  );
};

/** How much more the carbon of a unit costs than at the medians, in USD. */
function carbonChange(start, { read }, key, grams) {
  const { usd_per_tonne: tonne } = start.futures.carbon;
  const [drawn, usd] = [read(key, grams), read("carbon.usd_per_tonne", tonne)];
  return (i) => (drawn(i) * usd(i) - grams * tonne) / G_PER_TONNE;
}

const G_PER_TONNE = 1e6;

/** The prices in force within the horizon, each with the month from which it holds. */
function stagesOf(price, horizon) {
  const found = new Map();
  for (const month of months(price.changes.length > 0 ? horizon : 1)) {
    for (const [, from, now] of inForce(price, month)) found.set(from, now);
  }
  return [...found].sort(([one], [other]) => one - other);
}

/** By the shape of the requests, what month 0's volume costs in each month of each future, in
 * `[future * horizon + month]`: `price` and `carbon`. */
function billsByMonth({ stages, carbonUsd }, time) {
  const { count, horizon, left, leftByMonth } = time;
  return carbonUsd.map((carbonOf, shape) => {
    const price = new Float64Array(count * horizon);
    const carbon = new Float64Array(count * horizon);
    for (const [number, { from, usd }] of stages.entries()) {
      const until = stages[number + 1]?.from ?? Infinity;
      for (let month = Math.max(0, Math.floor(from)); month < Math.min(horizon, until); month += 1) {
        const share = Math.min(until, month + 1) - Math.max(from, month);
        const years = Math.max(0, month - from) / 12;
        for (let i = 0; i < count; i += 1) {
          const fallen = from === 0 ? leftByMonth[i * horizon + month] : left[i] ** years;
          const weight = share * fallen;
          price[i * horizon + month] += usd[shape][i] * weight;
          carbon[i * horizon + month] += carbonOf[i] * weight;
        }
      }
    }
    return { price, carbon };
  });
}
