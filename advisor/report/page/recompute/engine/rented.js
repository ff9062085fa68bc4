// What does a GPU rented by the hour cost for the same work, and when has the box paid against it? As
// advisor/economics/rented.py and advisor/advice/rented_part.py.

const HOURS_PER_MONTH = 730;

/** One month's rent; null where the hours follow from rates that nobody knows. */
function rentedMonth(plan, rented, month = 0) {
  const kept = rented.hours_per_month ?? (rented.kind === "reserved" ? HOURS_PER_MONTH : null);
  const busy = busyHours(plan.usage, asBox(plan.box, rented), month);
  const paid = (hours, gpus) => ({
    busy_hours: busy,
    hours,
    gpus,
    usd: rented.usd_per_hour * hours * gpus,
  });
  if (busy === null) return kept === null ? null : paid(kept, 1);
  const needed = (busy * (1 + rented.interrupted_share)) / rented.max_utilization;
  if (kept === null) return paid(needed, 1);
  return paid(kept, Math.max(1, Math.ceil(needed / kept - 1e-9)));
}

/** The box with the rented GPU's rates. */
const asBox = (box, rented) => ({
  ...box,
  prefill_tok_per_s: rented.prefill_tok_per_s ?? box.prefill_tok_per_s,
  decode_tok_per_s: rented.decode_tok_per_s ?? box.decode_tok_per_s,
});

function againstRent(start, plan, price, rented) {
  const first = rentedMonth(plan, rented);
  if (first === null) return { name: rented.name, decision: null };
  const rents = (count) => months(count).map((month) => rentedMonth(plan, rented, month).usd);
  const paid = simpleBreakEvenMonths(capitalUsd(plan.box), first.usd, localMonthUsd(plan));
  const full = () => cumulativeAgainst(plan, rents(plan.horizon.months), price).balance_usd;
  return {
    name: rented.name,
    usd_per_month: first.usd,
    usd_12_months: sum(rents(12)),
    busy_hours_per_month: first.busy_hours,
    hours_per_month: first.hours,
    gpus: first.gpus,
    break_even_months_simple: paid,
    break_even_months_full: first.busy_hours === null ? null : firstLocal(crossings(full())),
    decision: decideOn(start, plan, paid).decision,
  };
}
