// What does the box cost to run in a month: electricity and upkeep? As
// advisor/economics/local_cost.py, for a box whose electricity is known.

/** A month's electricity: a fixed part, and so much for each busy hour. */
function electricity(plan) {
  const box = plan.box;
  const hoursOn = box.powered_hours_per_month;
  if (box.electricity_usd_per_month !== null) {
    return { given_usd: box.electricity_usd_per_month, idle_kwh: 0, kwh_per_busy_hour: 0 };
  }
  const phases = phaseHours(plan.usage, box);
  const kwPerW = (box.wall_factor * box.cooling_factor) / 1000;
  const activeKw = activePowerW(box, phases) * kwPerW;
  if (box.idle_power_w === null || phases === null) {
    return { given_usd: null, idle_kwh: activeKw * hoursOn, kwh_per_busy_hour: 0 };
  }
  const idleKw = box.idle_power_w * kwPerW;
  return { given_usd: null, idle_kwh: idleKw * hoursOn, kwh_per_busy_hour: activeKw - idleKw };
}

function activePowerW(box, phases) {
  const prefillW = box.prefill_power_w ?? box.active_power_w;
  const decodeW = box.decode_power_w ?? box.active_power_w;
  if (prefillW === decodeW || phases === null || sum(phases) === 0) {
    return Math.max(prefillW, decodeW);
  }
  return (prefillW * phases[0] + decodeW * phases[1]) / sum(phases);
}

/** One month's bill with the standing charge; hours beyond the powered ones are not run. */
function electricityUsd(plan, model, hoursBusy) {
  const standing = plan.standing_usd_per_month;
  if (model.given_usd !== null) return standing + model.given_usd;
  const run = Math.min(hoursBusy ?? 0, plan.box.powered_hours_per_month);
  const addedKwh = model.kwh_per_busy_hour * run;
  if (plan.blocks !== null) return standing + blocksUsd(plan.blocks, model.idle_kwh + addedKwh);
  const busyPrice = plan.busy_usd_per_kwh ?? plan.usd_per_kwh;
  return standing + model.idle_kwh * plan.usd_per_kwh + addedKwh * busyPrice;
}

/** The busy hours at which a month's bill stops being a straight line, rising. */
function kinksHours(plan, model) {
  if (plan.blocks === null || model.kwh_per_busy_hour <= 0) return [];
  return kinksKwh(plan.blocks)
    .map((kwh) => (kwh - model.idle_kwh) / model.kwh_per_busy_hour)
    .filter((hours) => hours > 0);
}

const maintenanceUsd = (plan) =>
  plan.maintenance.hours_per_month * plan.maintenance.usd_per_hour;

/** The running cost of one month, with energy capped at the powered hours. */
function localMonthUsd(plan, month = 0) {
  const hours = busyHours(plan.usage, plan.box, month);
  const parts = plan.box.spare_parts_usd_per_year / 12;
  return electricityUsd(plan, electricity(plan), hours) + maintenanceUsd(plan) + parts;
}

const capitalUsd = (box) => box.price_usd + box.setup_usd;

/** What the box still sells for after `month` months; nothing in month 0. */
function resaleUsd(box, month) {
  if (month <= 0) return 0;
  if (box.resale_by_age.length > 0) {
    return box.price_usd * shareAt(month, [[0, 1], ...box.resale_by_age]);
  }
  return box.price_usd * (1 - box.resale_decline_per_year) ** (month / 12);
}

function shareAt(month, points) {
  for (let index = 1; index < points.length; index += 1) {
    const [before, shareBefore] = points[index - 1];
    const [after, shareAfter] = points[index];
    if (before <= month && month <= after) {
      return shareBefore + ((month - before) / (after - before)) * (shareAfter - shareBefore);
    }
  }
  return points.at(-1)[1];
}

/** Price, set-up and running cost of the first `count` months: undiscounted, no resale. */
const capitalAndRunningUsd = (plan, count) =>
  months(count).reduce((total, month) => total + localMonthUsd(plan, month), capitalUsd(plan.box));

/** Everything the box costs over the horizon per million tokens that it serves, undiscounted. */
function localUsdPerMtok(plan) {
  const count = plan.horizon.months;
  const served = sum(
    months(count).map(
      (month) =>
        tokensPerMonth(plan.usage) * growth(plan.usage, month) * (1 - overflowShare(plan, month)),
    ),
  );
  const cost = capitalAndRunningUsd(plan, count) - resaleUsd(plan.box, count);
  return (cost / served) * TOKENS_PER_MTOK;
}
