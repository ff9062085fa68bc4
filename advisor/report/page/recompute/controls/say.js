// How are answers and values said, in the sentences that came with the page?

function sayer({ texts, language, currency, controls, values: reported, start }) {
  const write = formats(language, currency);
  const { words } = texts;
  const valueOf = (control, value) => `${write.number(value / control.per_unit)} ${control.unit}`;
  const decision = (name) => texts.decision[name];

  const without = {
    months: words.never,
    within: fill(words.not_within, { months: write.number(start.plan.horizon.months) }),
    tokens: words.at_no_volume,
    share: words.unknown,
  };

  function figure(form, value) {
    if (value === null) return without[form];
    if (form === "months" || form === "within") return fill(words.months, { months: write.months(value) });
    if (form === "tokens") return fill(words.tokens, { millions: write.millions(value) });
    return write[form](value);
  }

  function because(found) {
    const { break_even_months_simple: paid } = found.comparisons[start.baseline];
    const limit = figure("months", start.policy.break_even_below_months);
    const late = found.leaf === "pays_back_late" && paid === null;
    const sentence = texts.because[late ? "never" : found.leaf];
    return fill(sentence, { months: write.months(paid ?? 0), limit });
  }

  function verdict(found) {
    const { wait_until_month: month, provisional, capacity: load } = found;
    const reasons = [because(found)];
    if (month !== null) reasons.push(fill(texts.also.wait_until, { month: write.number(month) }));
    if (load.overflow_share) {
      reasons.push(fill(texts.also.overflow, { share: write.share(load.overflow_share) }));
    }
    if (provisional !== null) {
      reasons.push(fill(texts.also.provisional, { decision: decision(provisional) }));
    }
    return fill(words.sentence, {
      decision: decision(found.decision),
      reasons: reasons.join(words.separator),
    });
  }

  function changed(values) {
    const moved = controls.filter(({ key }) => values[key] !== reported[key]);
    if (moved.length === 0) return words.as_reported;
    const said = moved.map((each) => `${each.label} ${valueOf(each, values[each.key])}`);
    return fill(words.changed, { changed: said.join(words.separator) });
  }

  /** Never 0 % or 100 % where it is not quite that. */
  function chance(share) {
    if (share > 0 && share < 0.005) return `<${write.wholeShare(0.01)}`;
    return share > 0.995 && share < 1 ? `>${write.wholeShare(0.99)}` : write.wholeShare(share);
  }

  const month = (value) =>
    value === Infinity ? words.never : fill(words.months, { months: write.months(value) });

  const spread = ([low, middle, high], said) =>
    fill(words.spread, { middle: said(middle), low: said(low), high: said(high) });

  const sure = {
    pays: (found) => spread(found.break_even_months, month),
    soon: (found) => chance(found.within_12_months_probability),
    never: (found) => chance(found.never_probability),
    saves: (found) => spread(found.saving_usd, write.money),
  };

  return {
    figure,
    chance,
    sure,
    verdict,
    changed,
    decision,
    valueOf,
    unknown: words.unknown,
    range: (control) =>
      fill(control.above_zero ? words.refused_zero : words.refused, {
        least: write.number(0),
        most: write.number(control.bound / control.per_unit),
      }),
    onCurve: {
      roundMoney: write.roundMoney,
      number: write.number,
      box: words.box,
      api: words.api,
      months_from_now: words.months_from_now,
      pays_at: (month) => fill(words.pays_at, { month: write.months(month) }),
      band: words.band,
      curve: (count, local, api, band) => {
        const ends = (side, usd) =>
          band
            ? spread([band[side].at(-1)[0], usd, band[side].at(-1)[1]], write.money)
            : write.money(usd);
        return fill(words.curve, {
          months: write.number(count),
          local: ends("local_usd", local),
          api: ends("api_usd", api),
        });
      },
    },
  };
}
