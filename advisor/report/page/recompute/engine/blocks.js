// What does a kilowatt-hour cost where its price rises with what a month has drawn already? As
// advisor/economics/blocks.py.

/** What `kwh` more than the rest of the site cost in a month, in USD. */
function blocksUsd(blocks, kwh) {
  const start = blocks.other_kwh_per_month;
  const end = start + kwh;
  const bounds = [0, ...blocks.limits_kwh, Infinity];
  return sum(
    blocks.usd_per_kwh.map((price, index) => {
      const inside = Math.min(end, bounds[index + 1]) - Math.max(start, bounds[index]);
      return price * Math.max(0, inside);
    }),
  );
}

/** The box's own kilowatt-hours at which the next block begins. */
const kinksKwh = (blocks) =>
  blocks.limits_kwh.map((limit) => limit - blocks.other_kwh_per_month).filter((kwh) => kwh > 0);
