// What would another box cost for the same work? As advisor/advice/candidate_part.py. A box whose
// electricity is not known has null for `box`.

function withCandidate(start, plan, price, candidate, ownUsd) {
  if (candidate.box === null) return { name: candidate.name, decision: null };
  const there = { ...plan, box: candidate.box };
  const bought = start.facts.guessed.filter((key) => key !== "box.price_usd");
  const facts = { ...start.facts, guessed: bought };
  const { utilization: load, fits, overflow_share: over } = capacity(there);
  const wholeUsd = withOverflowUsd(there, price);
  return {
    name: candidate.name,
    capital_usd: capitalUsd(there.box),
    local_usd_per_month: localMonthUsd(there),
    local_usd_12_months: capitalAndRunningUsd(there, 12),
    usd_12_months_with_overflow: wholeUsd,
    less_than_box_usd_12_months: ownUsd - wholeUsd,
    break_even_months_simple: paidInMonths(there, price),
    break_even_months_full: firstLocal(crossings(cumulative(there, price).balance_usd)),
    local_usd_per_mtok: localUsdPerMtok(there),
    utilization: load,
    fits,
    overflow_share: over,
    decision: decideAgainst({ ...start, facts }, there, price).decision,
  };
}
