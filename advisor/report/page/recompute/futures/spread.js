// How sure is the answer over all futures, and what does being wrong cost? As
// advisor/economics/simulation/spread.py and advisor/economics/regret.py.

const TIE = 1e-9;
const TENTHS = [0.1, 0.5, 0.9];
const SOON_MONTHS = 12;

/** `followed` are the costs of each future (`follow`). */
function spreadOf(start, drawn, followed) {
  const { costs, paidMonths } = followed;
  const chances = cheapestShares(costs);
  const regret = regretsOf(costs);
  const saving = costs[drawn.baseline].map((usd, i) => usd - costs[drawn.totals.length][i]);
  return {
    actions: start.futures.actions.map((action, row) => ({
      action,
      usd: quantiles(costs[row].slice(), TENTHS),
      mean_usd: mean(costs[row]),
      cheapest_probability: chances[row],
      ...regret[row],
    })),
    saving_usd: quantiles(saving.slice(), TENTHS),
    local_saves_probability: shareOf(saving, (usd) => usd > 0),
    break_even_months: quantiles(paidMonths.slice(), TENTHS),
    never_probability: shareOf(paidMonths, (month) => month === Infinity),
    within_12_months_probability: shareOf(paidMonths, (month) => month <= SOON_MONTHS),
  };
}

/** P10 and P90 of both sides' cost so far, from the purchase to `lastMonth`. */
function bandOf({ capitals, localSoFar, apiSoFar }, { count, horizon }, lastMonth) {
  const ends = [0.1, 0.9];
  const nothing = [0, 0];
  const column = new Float64Array(count);
  const at = (side, month) => {
    for (let i = 0; i < count; i += 1) column[i] = side[i * horizon + month];
    return quantiles(column, ends);
  };
  const shown = months(lastMonth);
  return {
    local_usd: [quantiles(capitals.slice(), ends), ...shown.map((month) => at(localSoFar, month))],
    api_usd: [nothing, ...shown.map((month) => at(apiSoFar, month))],
  };
}

/** How often each choice is the cheapest; those that differ by rounding alone share the future. */
function cheapestShares(costs) {
  const count = costs[0].length;
  const shares = costs.map(() => 0);
  for (let i = 0; i < count; i += 1) {
    let [least, largest, ties] = [Infinity, 0, 0];
    for (const row of costs) {
      least = Math.min(least, row[i]);
      largest = Math.max(largest, Math.abs(row[i]));
    }
    const limit = least + TIE * largest;
    for (const row of costs) if (row[i] <= limit) ties += 1;
    for (let row = 0; row < costs.length; row += 1) {
      if (costs[row][i] <= limit) shares[row] += 1 / ties;
    }
  }
  return shares.map((each) => each / count);
}

/** What each choice costs above the best one of each future. */
function regretsOf(costs) {
  const best = filled(costs[0].length, (i) => {
    let least = Infinity;
    for (const row of costs) least = Math.min(least, row[i]);
    return least;
  });
  return costs.map((row) => {
    const regret = filled(row.length, (i) => row[i] - best[i]);
    return {
      expected_regret_usd: mean(regret),
      worst_regret_usd: regret.reduce((worst, usd) => Math.max(worst, usd), 0),
      p95_regret_usd: quantiles(regret, [0.95 - TIE])[0],
    };
  });
}

const mean = (values) => sum(values) / values.length;

const shareOf = (values, is) => values.reduce((total, each) => total + is(each), 0) / values.length;

/** The smallest values that at least these rising shares do not exceed; reorders `values`. */
function quantiles(values, shares) {
  let from = 0;
  return shares.map((share) => {
    const place = Math.max(0, Math.ceil(share * values.length) - 1);
    select(values, place, from);
    from = place;
    return values[place];
  });
}

/** Brings into `place` the value that a sorted array would have there, given that all before `from`
 * are no greater than the rest (Hoare's FIND). */
function select(values, place, from) {
  let [low, high] = [from, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i += 1;
      while (values[j] > pivot) j -= 1;
      if (i <= j) {
        const moved = values[i];
        values[i] = values[j];
        values[j] = moved;
        i += 1;
        j -= 1;
      }
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
}
