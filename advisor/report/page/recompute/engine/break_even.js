// When has the box paid for itself, and at what volume? As advisor/economics/break_even.py. Null is
// never.

const FAR_TOKENS = 1e18;
const ROUNDING = 1e-12;

/** `capital/(A - L)`, fractional and not cut at any horizon; never if A <= L. */
function simpleBreakEvenMonths(capital, apiUsdPerMonth, localUsdPerMonth) {
  const saving = apiUsdPerMonth - localUsdPerMonth;
  return saving > 0 ? capital / saving : null;
}

/** What an API charges for the part of one month's load that the box cannot serve. */
function overflowUsd(plan, price, month) {
  const share = overflowShare(plan, month);
  return share ? share * apiUsd(plan.usage, price, plan.horizon, month) : 0;
}

/** Both costs so far, of the box and of the API. */
function cumulative(plan, price) {
  const bill = (month) => apiUsd(plan.usage, price, plan.horizon, month);
  return cumulativeAgainst(plan, months(plan.horizon.months).map(bill), price);
}

/** Discounted cost so far of the box (less its resale; what it cannot serve is bought at `price`)
 * and of `bills`, for t = 0 to the horizon; and the first less the second, 0 where they differ by
 * rounding alone. */
function cumulativeAgainst(plan, bills, price) {
  const rate = discountRatePerMonth(plan.horizon);
  const capital = capitalUsd(plan.box);
  const local = [capital];
  const api = [0];
  const balance = [capital];
  let [paidLocal, paidApi, flows, moved] = [capital, 0, 0, capital];
  for (const [month, bill] of bills.entries()) {
    const running = localMonthUsd(plan, month) + overflowUsd(plan, price, month);
    const discount = (1 + rate) ** (month + 1);
    const resale = resaleUsd(plan.box, month + 1) / discount;
    paidLocal += running / discount;
    paidApi += bill / discount;
    flows += (running - bill) / discount;
    moved += (running + bill) / discount;
    const difference = capital - resale + flows;
    local.push(paidLocal - resale);
    api.push(paidApi);
    balance.push(Math.abs(difference) <= ROUNDING * moved ? 0 : difference);
  }
  return { local_usd: local, api_usd: api, balance_usd: balance };
}

/** Every time the balance passes zero, linear inside a month, and who costs less from then on. */
function crossings(balance) {
  const found = [];
  let localAhead = false;
  for (let month = 0; month + 1 < balance.length; month += 1) {
    const [before, after] = [balance[month], balance[month + 1]];
    if (localAhead === after <= 0) continue;
    localAhead = !localAhead;
    const passes = before === after ? month : month + before / (before - after);
    found.push({ month: passes, ahead: localAhead ? "local" : "api" });
  }
  return found;
}

/** The month from which the box has cost less in all. */
const firstLocal = (found) => found.find((each) => each.ahead === "local")?.month ?? null;

/** Tokens a month, at this split and without growth, at which 12 months cost the same. */
function breakEvenTokensPerMonth(plan, price) {
  const tokens = tokensPerMonth(plan.usage);
  const model = electricity(plan);
  const still = { ...plan.usage, growth_per_month: 0 };
  const hoursPerToken = (busyHours(still, plan.box) ?? 0) / tokens;
  const bills = months(12).map((month) => apiUsd(still, price, plan.horizon, month));
  const apiUsdPerToken = sum(bills) / tokens;
  const upkeep = maintenanceUsd(plan) + plan.box.spare_parts_usd_per_year / 12;
  const fixed = capitalUsd(plan.box) + 12 * upkeep;
  const localAheadBy = (volume) =>
    volume * apiUsdPerToken - (fixed + 12 * electricityUsd(plan, model, volume * hoursPerToken));
  const most = hoursPerToken ? plan.box.powered_hours_per_month / hoursPerToken : Infinity;
  const kinks = hoursPerToken ? kinksHours(plan, model).map((each) => each / hoursPerToken) : [];
  return firstZero(localAheadBy, kinks.filter((each) => each < most), most);
}

/** The first point from 0 to `most` at which `balance`, straight between kinks, reaches 0. */
function firstZero(balance, kinks, most) {
  let here = 0;
  for (const there of [...kinks, most]) {
    const inside = there < Infinity ? there : here + FAR_TOKENS;
    const start = balance(here);
    const slope = (balance(inside) - start) / (inside - here);
    if (start >= 0 && slope >= 0 && here > 0) return here;
    if ((start < 0 && slope > 0) || (start === 0 && slope > 0)) {
      const found = here - start / slope;
      if (found <= there) return found;
    }
    here = there;
  }
  return null;
}
