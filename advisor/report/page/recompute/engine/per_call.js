// What do a month's requests cost, each at the price of its length, its hour and its urgency? As
// advisor/economics/per_call.py.

/** Month 0's requests at `price` as it stands, without decline or later changes, in USD. */
function billUsd(usage, price) {
  return sum(
    variants(usage, price).flatMap(([share, rates]) =>
      shapesOf(usage).map((shape) => partUsd(usage, price.dialogue, shape, share, rates)),
    ),
  );
}

function partUsd(usage, dialogue, shape, share, allRates) {
  const length = shape.input_tokens;
  const rates = forLength(allRates, length === null ? null : length * dialogue.input_token_ratio);
  const input =
    usage.input_tokens_per_month * shape.input_share * share * inputFactor(dialogue);
  const cached = input * usage.cached_input_share;
  const written = input * usage.cache_write_share;
  const output =
    usage.output_tokens_per_month * shape.output_share * share * outputFactor(dialogue);
  const requests =
    (usage.requests_per_month ?? 0) * shape.request_share * share * (1 + dialogue.retry_share);
  const byToken =
    (input - cached - written) * rates.input_usd_per_mtok +
    cached * rates.cached_input_usd_per_mtok +
    written * (rates.cache_write_usd_per_mtok ?? rates.input_usd_per_mtok) +
    output * rates.output_usd_per_mtok;
  return byToken / TOKENS_PER_MTOK + requests * rates.usd_per_request;
}

/** The ways of being billed: the share of the work that each takes, and its rates. */
function variants(usage, price) {
  const found = [];
  const waits = price.batch === null ? 0 : usage.batch_share;
  if (waits > 0) found.push([waits, price.batch]);
  const now = 1 - waits;
  if (now === 0) return found;
  for (const window of price.windows) {
    if (window.work_share > 0) found.push([now * window.work_share, window.rates]);
  }
  const inWindows = sum(price.windows.map((window) => window.work_share));
  if (1 - inWindows > 1e-9) found.push([now * (1 - inWindows), price]);
  return found;
}
