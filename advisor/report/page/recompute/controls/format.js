// How is a number written in the language of the page?

function formats(language, currency) {
  const plain = (options) => {
    const format = new Intl.NumberFormat(language, options);
    return (value) => format.format(value);
  };
  const style = { style: "currency", currency: currency.code };
  const whole = plain({ ...style, maximumFractionDigits: 0 });
  const cents = plain({ ...style, minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const small = plain({ ...style, maximumSignificantDigits: 2 });
  const compact = plain({ ...style, notation: "compact", maximumSignificantDigits: 3 });
  return {
    money(usd) {
      const amount = usd / currency.usd_per_unit;
      const magnitude = Math.abs(amount);
      if (magnitude >= 1000) return whole(amount);
      return magnitude >= 0.01 || magnitude === 0 ? cents(amount) : small(amount);
    },
    roundMoney: (usd) => compact(usd / currency.usd_per_unit),
    number: plain({ maximumSignificantDigits: 6 }),
    months: plain({ maximumFractionDigits: 2 }),
    millions: (tokens) => plain({ maximumSignificantDigits: 4 })(tokens / TOKENS_PER_MTOK),
    wholeShare: plain({ style: "percent", maximumFractionDigits: 0 }),
    share: plain({ style: "percent", maximumFractionDigits: 1 }),
  };
}

/** `{gaps}` of a sentence filled; what is put in is never read as a sentence itself. */
const fill = (sentence, gaps) =>
  sentence.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
