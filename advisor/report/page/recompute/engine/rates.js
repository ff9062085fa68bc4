// Which unit prices hold, for which length and in which month? As advisor/economics/rates.py and
// ApiPrice of advisor/economics/inputs.py.

function forLength(rates, inputTokens) {
  if (inputTokens === null) return rates;
  const found = rates.tiers.findLast((tier) => inputTokens > tier.above_input_tokens);
  if (found === undefined) return rates;
  const write = found.cache_write_usd_per_mtok ?? rates.cache_write_usd_per_mtok;
  return { ...found, cache_write_usd_per_mtok: write, usd_per_request: rates.usd_per_request };
}

/** The prices of one month: the share of the month, the month since which each holds. */
function inForce(price, month) {
  if (price.changes.length === 0) return [[1, 0, price]];
  const starts = [0, ...price.changes.map((each) => Math.max(0, each.from_month)), Infinity];
  const prices = [price, ...price.changes.map((each) => each.price)];
  return prices
    .map((now, index) => {
      const from = Math.max(starts[index], month);
      return [Math.min(starts[index + 1], month + 1) - from, starts[index], now];
    })
    .filter(([share]) => share > 0);
}

/** Every price, the later ones too, times `factor`, and each of a token with so much on top. */
function priceAt(price, factor, raisedUsdPerMtok) {
  const ofToken = (usd) => (usd === null ? null : usd * factor + raisedUsdPerMtok);
  const tokenPrices = (rates) => ({
    input_usd_per_mtok: ofToken(rates.input_usd_per_mtok),
    output_usd_per_mtok: ofToken(rates.output_usd_per_mtok),
    cached_input_usd_per_mtok: ofToken(rates.cached_input_usd_per_mtok),
    cache_write_usd_per_mtok: ofToken(rates.cache_write_usd_per_mtok),
  });
  const changed = (rates) => ({
    ...rates,
    ...tokenPrices(rates),
    usd_per_request: rates.usd_per_request * factor,
    tiers: rates.tiers.map((tier) => ({ ...tier, ...tokenPrices(tier) })),
  });
  return {
    ...changed(price),
    batch: price.batch && changed(price.batch),
    windows: price.windows.map((each) => ({ ...each, rates: changed(each.rates) })),
    changes: price.changes.map((each) => ({
      ...each,
      price: priceAt(each.price, factor, raisedUsdPerMtok),
    })),
  };
}
