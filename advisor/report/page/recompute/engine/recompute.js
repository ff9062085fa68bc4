// What is the whole answer at other values of the controls? As advisor/advice/comparison.py and
// advisor/advice/advise.py. `start` is what the report was made of, `values` are the controls'.

function recompute(start, values) {
  const plan = planAt(start, values);
  const prices = start.apis.map((api, index) => priceOf(start, values, api, index));
  const comparisons = start.apis.map((api, index) =>
    comparison(start, plan, api, prices[index]),
  );
  const price = prices[start.baseline];
  const outcome = decideAgainst(start, plan, price);
  const wholeUsd = withOverflowUsd(plan, price);
  const waitUntil = waitUntilMonth(plan, price, start.policy, outcome);
  return {
    ...outcome,
    verdict: waitUntil === null ? outcome.verdict : "wait_until",
    wait_until_month: waitUntil,
    reversed_by: comparisons
      .filter(({ decision }) => ![null, "measure", outcome.decision].includes(decision))
      .map((each) => each.name),
    capacity: capacity(plan),
    local_electricity_usd_per_month: electricityUsd(
      plan,
      electricity(plan),
      busyHours(plan.usage, plan.box),
    ),
    local_usd_12_months_with_overflow: wholeUsd,
    comparisons,
    rented: start.rented.map((each) => againstRent(start, plan, price, each)),
    candidates: start.candidates.map((each) => withCandidate(start, plan, price, each, wholeUsd)),
    curve: cumulative(plan, price),
  };
}

/** The numbers of the team, the box and the tariff with the controls' values in place. */
function planAt(start, values) {
  const { usage, box } = start.plan;
  const volume = values.tokens_per_month / tokensPerMonth(usage);
  const requests = usage.requests_per_month;
  return {
    ...start.plan,
    ...tariffAt(start, values),
    usage: {
      ...usage,
      input_tokens_per_month: usage.input_tokens_per_month * volume,
      output_tokens_per_month: usage.output_tokens_per_month * volume,
      requests_per_month: requests === null ? null : requests * volume,
    },
    box: {
      ...box,
      price_usd: values.box_price_usd,
      electricity_usd_per_month: values.electricity_usd_per_month ?? box.electricity_usd_per_month,
    },
    maintenance: {
      ...start.plan.maintenance,
      hours_per_month: values.maintenance_hours_per_month,
    },
  };
}

/** The control's price of a kilowatt-hour, or every price times its factor where there are several;
 * with the carbon that weighs. */
function tariffAt(start, values) {
  const carbon = start.carbon_usd_per_kwh;
  const changed = (usd) => usd * values.tariff_factor + carbon;
  const { usd_per_kwh: mean, busy_usd_per_kwh: busy, blocks } = start.plan;
  return {
    usd_per_kwh: values.usd_per_kwh === null ? changed(mean) : values.usd_per_kwh + carbon,
    busy_usd_per_kwh: busy === null ? null : changed(busy),
    blocks: blocks && { ...blocks, usd_per_kwh: blocks.usd_per_kwh.map(changed) },
  };
}

function priceOf(start, values, api, index) {
  const factor = index === start.baseline ? values.api_price_factor : 1;
  return api.price && priceAt(api.price, factor, api.carbon_usd_per_mtok);
}

function comparison(start, plan, api, price) {
  if (price === null) return { name: api.name, decision: null };
  const { usage, horizon } = plan;
  const bill = (count) => sum(months(count).map((month) => apiUsd(usage, price, horizon, month)));
  const { balance_usd: balance } = cumulative(plan, price);
  const found = crossings(balance);
  return {
    name: api.name,
    api_usd_per_month: bill(1),
    local_usd_per_month: localMonthUsd(plan),
    api_usd_12_months: bill(12),
    local_usd_12_months: capitalAndRunningUsd(plan, 12),
    break_even_months_simple: paidInMonths(plan, price),
    break_even_months_full: firstLocal(found),
    crossings: found,
    net_present_value_usd: -balance.at(-1),
    local_usd_per_mtok: localUsdPerMtok(plan),
    break_even_tokens_per_month: breakEvenTokensPerMonth(plan, price),
    decision: decideAgainst(start, plan, price).decision,
  };
}

/** 12 months of a box, with what the API charges for the work that it cannot serve. */
const withOverflowUsd = (plan, price) =>
  months(12).reduce(
    (total, month) => total + overflowUsd(plan, price, month),
    capitalAndRunningUsd(plan, 12),
  );

/** The simple break-even against one API. */
const paidInMonths = (plan, price) =>
  simpleBreakEvenMonths(
    capitalUsd(plan.box),
    apiUsd(plan.usage, price, plan.horizon),
    localMonthUsd(plan),
  );

/** The flow's outcome against one API. */
const decideAgainst = (start, plan, price) => decideOn(start, plan, paidInMonths(plan, price));

/** The flow's outcome for a box that has paid for itself after so many months. */
function decideOn(start, plan, breakEvenMonths) {
  const facts = {
    ...start.facts,
    tokens_per_month: tokensPerMonth(plan.usage),
    break_even_months: breakEvenMonths,
    fits: capacity(plan).fits,
  };
  return decide(facts, start.policy);
}
