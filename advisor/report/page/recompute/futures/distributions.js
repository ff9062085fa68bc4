// Which value of an uncertain number has a given share of all below it? As
// advisor/economics/simulation/distributions.py, and normal.py for the normal distribution.

const Z90 = 1.2815515655446004;
const LARGEST_X = 26;
const CENTER = [
  [
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.3871328727963666080,
  ],
  [
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
    4.2313330701600911252e1, 1,
  ],
];
const TAIL = [
  [
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550,
    4.63033784615654529590, 1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940,
    2.05319162663775882187, 1,
  ],
];
const FAR_TAIL = [
  [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580,
    5.46378491116411436990, 6.65790464350110377720,
  ],
  [
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1,
  ],
];

const polynomial = (coefficients, r) => coefficients.reduce((value, each) => value * r + each);
const ratioOf = ([above, below], r) => polynomial(above, r) / polynomial(below, r);

/** The z of a probability (Wichura's AS241). */
function normalQuantile(probability) {
  const p = Math.min(Math.max(probability, 5e-324), 1 - 2 ** -53);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratioOf(CENTER, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(p < 0.5 ? p : 1 - p));
  const size = r <= 5 ? ratioOf(TAIL, r - 1.6) : ratioOf(FAR_TAIL, r - 5);
  return p < 0.5 ? -size : size;
}

/** The probability of a value below z; `tail` are the coefficients of `erfc(x) exp(x^2)`. */
function normalProbability(z, tail) {
  const x = Math.min(Math.abs(z) / Math.SQRT2, LARGEST_X);
  const least = 2 / (2 + LARGEST_X);
  const place = (2 * (2 / (2 + x)) - 1 - least) / (1 - least);
  let [here, before] = [0, 0];
  for (let term = tail.length - 1; term > 0; term -= 1) {
    [here, before] = [2 * place * here - before + tail[term], here];
  }
  const below = 0.5 * Math.exp(-x * x) * (place * here - before + tail[0]);
  return z < 0 ? below : 1 - below;
}

/** Turns shares into values of this distribution. */
function quantileOf({ kind, parameters, ends }) {
  const { least = -Infinity, most = Infinity } = parameters;
  const within = (value) => Math.min(Math.max(value, least), most);
  if (kind === "uniform") {
    const { low, high } = parameters;
    return (share) => low + share * (high - low);
  }
  if (kind === "triangular") return triangular(parameters);
  if (kind === "quantiles") {
    const { p10, p50, p90 } = parameters;
    return (share) => {
      const z = normalQuantile(share) / Z90;
      return within(p50 + z * (z < 0 ? p50 - p10 : p90 - p50));
    };
  }
  if (kind === "lognormal") {
    const spread = Math.log(parameters.factor);
    return (share) => within(parameters.median * Math.exp((normalQuantile(share) / Z90) * spread));
  }
  const { mean, sd } = parameters;
  if (sd === 0) return () => mean;
  const [below, above] = ends;
  return (share) => within(mean + sd * normalQuantile(below + share * (above - below)));
}

function triangular({ low, mode, high }) {
  const width = high - low;
  if (width === 0) return () => low;
  return (share) =>
    share * width <= mode - low
      ? low + Math.sqrt(share * width * (mode - low))
      : high - Math.sqrt((1 - share) * width * (high - mode));
}
