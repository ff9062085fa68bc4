// Which share of a load does a box serve whose hours are not enough for the busiest ones? As
// advisor/economics/simulation/served.py and the week of advisor/economics/queueing/profile.py.

const HOURS_PER_DAY = 24;
const HOURS_PER_WEEK = 168;
const NOON = 12.5;
const PEAKS = 129;
const STEPS_OF_PEAK = 512;

/** `(future, room) => share served`, room being hours available over hours needed; null where work
 * comes evenly. */
function servedOf({ served }, { read }) {
  if (served === null) return null;
  if (served.curve !== null) {
    const [rooms, shares] = served.curve;
    return (_, room) => between(room, rooms, shares);
  }
  const weeks = months(PEAKS).map((number) =>
    sharpened(served.shares, (1 + Math.cos((Math.PI * number) / (PEAKS - 1))) / 2),
  );
  const peaks = weeks.map((week) => Math.max(...week) * HOURS_PER_WEEK);
  const rows = weeks.map((week, row) => servedAt(week, peaks[row]));
  const peakOf = read("arrivals.peak_to_mean");
  return (i, room) => {
    const peak = Math.min(Math.max(peakOf(i), peaks[0]), peaks.at(-1));
    const row = between(peak, peaks, rowNumbers);
    const column = Math.min(Math.max(room / peak, 0), 1) * STEPS_OF_PEAK;
    const low = Math.floor(Math.min(row, PEAKS - 2));
    const left = Math.floor(Math.min(column, STEPS_OF_PEAK - 1));
    const [down, over] = [row - low, column - left];
    const along = (values) => values[left] * (1 - over) + values[left + 1] * over;
    return along(rows[low]) * (1 - down) + along(rows[low + 1]) * down;
  };
}

const rowNumbers = months(PEAKS);

/** The share served of this week at each part of its peak. */
function servedAt(week, peak) {
  const loads = week.map((share) => share * HOURS_PER_WEEK);
  const rooms = [...new Set([0, ...loads])].sort((one, other) => one - other);
  const shares = rooms.map(
    (room) => sum(loads.map((load) => Math.min(load, room))) / HOURS_PER_WEEK,
  );
  return months(STEPS_OF_PEAK + 1).map((step) =>
    between((step / STEPS_OF_PEAK) * peak, rooms, shares),
  );
}

/** A straight line between the points of rising `places`; flat beyond them. */
function between(place, places, values) {
  const last = places.length - 1;
  if (place <= places[0]) return values[0];
  if (place >= places[last]) return values[last];
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= place) low = middle;
    else high = middle;
  }
  const part = (place - places[low]) / (places[high] - places[low]);
  return values[low] + part * (values[high] - values[low]);
}

/** Each day's hours times `ratio` to the power of their distance from its middle, in hours. */
function sharpened(shares, ratio) {
  return months(HOURS_PER_WEEK / HOURS_PER_DAY).flatMap((number) => {
    const day = shares.slice(number * HOURS_PER_DAY, (number + 1) * HOURS_PER_DAY);
    const middle = middleOf(day);
    const far = day.map((_, hour) => {
      const straight = Math.abs(hour + 0.5 - middle);
      return Math.min(straight, HOURS_PER_DAY - straight);
    });
    const busy = far.filter((_, hour) => day[hour] > 0);
    const nearest = busy.length > 0 ? Math.min(...busy) : 0;
    const weights = day.map((share, hour) => share * ratio ** Math.max(0, far[hour] - nearest));
    const total = sum(weights);
    return weights.map((weight) => (total > 0 ? (weight * sum(day)) / total : 0));
  });
}

function middleOf(day) {
  const most = Math.max(...day);
  const turns = day.flatMap((share, hour) =>
    share >= most * (1 - 1e-9) ? [(2 * Math.PI * (hour + 0.5)) / HOURS_PER_DAY] : [],
  );
  const [east, north] = [sum(turns.map(Math.cos)), sum(turns.map(Math.sin))];
  if (Math.hypot(east, north) < 1e-6) return NOON;
  const hour = (Math.atan2(north, east) / (2 * Math.PI)) * HOURS_PER_DAY;
  return ((hour % HOURS_PER_DAY) + HOURS_PER_DAY) % HOURS_PER_DAY;
}
