// Can the box serve the load, and what is left over if it cannot? As advisor/economics/capacity.py;
// null where a rate of the box is not known.

/** Month 0's hours of prefill and of decode. */
function phaseHours(usage, box) {
  const uncached = inputFactor(box.dialogue) * (1 - box.cached_input_share);
  const work = [
    [usage.input_tokens_per_month * uncached, box.prefill_tok_per_s],
    [usage.output_tokens_per_month * outputFactor(box.dialogue), box.decode_tok_per_s],
  ];
  if (work.some(([tokens, rate]) => tokens > 0 && rate === null)) return null;
  return work.map(([tokens, rate]) => (rate ? tokens / rate : 0) / SECONDS_PER_HOUR);
}

/** Hours that the box works in one month, not cut at its powered hours. */
function busyHours(usage, box, month = 0) {
  const hours = phaseHours(usage, box);
  return hours && sum(hours) * growth(usage, month);
}

/** Busy hours over powered hours of one month; above 1 the box cannot serve the load. */
function utilization(plan, month = 0) {
  const hours = busyHours(plan.usage, plan.box, month);
  return hours === null ? null : hours / plan.box.powered_hours_per_month;
}

/** The part of a month's load that the box cannot serve: `1 - 1/u` above 1, 0 if unknown. */
function overflowShare(plan, month = 0) {
  const load = utilization(plan, month);
  return load !== null && load > 1 ? 1 - 1 / load : 0;
}

function capacity(plan) {
  const load = utilization(plan);
  if (load === null) {
    return { utilization: null, fits: null, overflow_share: null, first_month_over: null };
  }
  const over = (month) => load * growth(plan.usage, month) > 1;
  return {
    utilization: load,
    fits: load <= 1,
    overflow_share: overflowShare(plan),
    first_month_over: months(plan.horizon.months).find(over) ?? null,
  };
}
