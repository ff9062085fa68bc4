// Which way does the guide's flow lead? As advisor/advice/flow.py, for a box whose electricity and
// an API whose price are known, and advisor/advice/checks.py for the month to wait until.

function decide(facts, policy) {
  const exit = earlyExit(facts, policy);
  const leaf = exit === null || facts.sensitive ? onDataAndMoney(facts, policy) : exit;
  const [decision, verdict] = answerAt(facts, policy, leaf);
  const missing = missingAt(facts, leaf);
  if (missing.length === 0) {
    return { decision, verdict, leaf, provisional: null, measure_first: missing };
  }
  return {
    decision: "measure",
    verdict: "measure_first",
    leaf,
    provisional: decision,
    measure_first: missing,
  };
}

function earlyExit(facts, policy) {
  if (facts.tokens_per_month < policy.free_tier_below_tokens_per_month) return "free_tier";
  return facts.stable && !facts.validating ? null : "unstable";
}

function onDataAndMoney(facts, policy) {
  if (facts.sensitive) return "sensitive";
  if (!facts.can_maintain) return "no_maintainer";
  const months = facts.break_even_months;
  const pays = months !== null && months < policy.break_even_below_months;
  return pays ? "pays_back" : "pays_back_late";
}

function answerAt(facts, policy, leaf) {
  if (leaf === "sensitive") {
    const small = facts.tokens_per_month < policy.free_tier_below_tokens_per_month;
    return facts.sensitive_share < 1 || small
      ? ["hybrid", "split_sensitive_local_rest_api"]
      : ["local", "local_for_privacy"];
  }
  if (leaf === "pays_back") {
    return facts.fits === false
      ? ["hybrid", "split_base_load_local_peaks_api"]
      : ["local", "local"];
  }
  return ["api", leaf === "free_tier" ? "api_free_tier" : "stay_with_api"];
}

/** What nobody told and this leaf rests on. */
function missingAt(facts, leaf) {
  const missing = facts.guessed.some((key) => key.startsWith("usage.")) ? ["usage"] : [];
  const onMoney = leaf === "pays_back" || leaf === "pays_back_late";
  return onMoney && facts.guessed.includes("box.price_usd") ? [...missing, "box_price"] : missing;
}

/** The first later month of the horizon whose costs would pay a box back in time, or null. */
function waitUntilMonth(plan, price, policy, outcome) {
  if (outcome.verdict !== "stay_with_api" || outcome.leaf !== "pays_back_late") return null;
  const inTime = (month) => {
    const bill = apiUsd(plan.usage, price, plan.horizon, month);
    const running = localMonthUsd(plan, month);
    const pays = simpleBreakEvenMonths(capitalUsd(plan.box), bill, running);
    return month > 0 && pays !== null && pays < policy.break_even_below_months;
  };
  return months(plan.horizon.months).find(inTime) ?? null;
}
