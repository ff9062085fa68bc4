// Which values do the uncertain inputs take in future number i? The very ones that the report drew:
// as advisor/economics/simulation/sampling.py, whose streams are PCG64 (XSL-RR 128/64).

const PCG_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const BITS_64 = (1n << 64n) - 1n;
const BITS_128 = (1n << 128n) - 1n;

/** A number for each future. */
function filled(count, make) {
  const made = new Float64Array(count);
  for (let i = 0; i < count; i += 1) made[i] = make(i);
  return made;
}

/** The first `count` numbers from 0 to 1 of the stream that begins here. */
function uniforms({ state, increment }, count) {
  const step = BigInt(`0x${increment}`);
  let now = BigInt(`0x${state}`);
  return filled(count, () => {
    now = (now * PCG_MULTIPLIER + step) & BITS_128;
    const folded = (now >> 64n) ^ (now & BITS_64);
    const turn = now >> 122n;
    const turned = ((folded >> turn) | (folded << (64n - turn))) & BITS_64;
    return Number(turned >> 11n) * 2 ** -53;
  });
}

/** By key, a value for each future. */
function drawValues({ draws, count, joined, mixing, tail }) {
  const shares = Object.fromEntries(draws.map((each) => [each.key, uniforms(each, count)]));
  const scores = joined.map((key) => shares[key].map(normalQuantile));
  joined.forEach((key, row) => {
    shares[key] = shares[key].map((_, i) => {
      let mixed = scores[0][i] * mixing[row][0];
      for (let column = 1; column <= row; column += 1) {
        mixed += scores[column][i] * mixing[row][column];
      }
      return normalProbability(mixed, tail);
    });
  });
  return Object.fromEntries(draws.map((each) => [each.key, shares[each.key].map(quantileOf(each))]));
}

/** Reads a key: its value in each future where it is uncertain (or follows a key that is), else the
 * one that stands in all. */
function reader(futures) {
  const values = drawValues(futures);
  const found = (key) => values[key] ?? values[futures.follows[key]];
  const has = (key) => found(key) !== undefined;
  const read = (key, otherwise) => {
    const drawn = found(key);
    return drawn === undefined ? () => otherwise : (i) => drawn[i];
  };
  return { has, read };
}
