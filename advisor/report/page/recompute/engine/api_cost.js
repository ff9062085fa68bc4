// What does an API charge for a month's tokens, now and later? As advisor/economics/api_cost.py.

/** The API's bill of one month in USD, undiscounted. */
function apiUsd(usage, price, horizon, month = 0) {
  const bills = inForce(price, month).map(
    ([share, since, now]) =>
      share * billUsd(usage, now) * apiPriceFactor(horizon, Math.max(0, month - since)),
  );
  return growth(usage, month) * sum(bills);
}
