// Where image points lie on the screen, what letters stand at its edges, how long a line is.
// Image coordinates: x along a row, y down a column; pixel (row r, column c) covers [c, c+1) x [r, r+1).
// Orientation m = [a, b, c, d]: screen x = a x + b y, screen y = c x + d y; entries are -1, 0 or 1.

const UPRIGHT = [1, 0, 0, 1];
const QUARTER_RIGHT = [0, -1, 1, 0];
const QUARTER_LEFT = [0, 1, -1, 0];
const MIRROR = [-1, 0, 0, 1];

/** Orientation `after` on top of `before`. */
function combine(after, before) {
  const [a, b, c, d] = after;
  const [p, q, r, s] = before;
  return [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s].map((entry) => entry + 0);
}

/** True where the picture is a mirror image of what was stored. */
function isMirrored(m) {
  return m[0] * m[3] - m[1] * m[2] < 0;
}

/** Quarter turns to the right, 0..3, after any mirroring. */
function quarterTurns(m) {
  const turned = isMirrored(m) ? combine(m, MIRROR) : m;
  return [UPRIGHT, QUARTER_RIGHT, [-1, 0, 0, -1], QUARTER_LEFT].findIndex((one) =>
    one.every((entry, i) => entry === turned[i]),
  );
}

function isOrientation(m) {
  if (!Array.isArray(m) || m.length !== 4) return false;
  return m.every((entry) => [-1, 0, 1].includes(entry)) && Math.abs(m[0] * m[3] - m[1] * m[2]) === 1;
}

/** Width and height of one pixel, the smaller 1: pixels need not be square (Pixel Spacing). */
function pixelShape(image) {
  const { row_mm: row, column_mm: column } = image.spacing || {};
  if (!(row > 0 && column > 0)) return [1, 1];
  const least = Math.min(row, column);
  return [column / least, row / least];
}

/** Scale at which the whole image just fits the area (device pixels). */
function fitScale(image, m, width, height) {
  const [ax, ay] = pixelShape(image);
  const across = Math.abs(m[0]) * image.columns * ax + Math.abs(m[1]) * image.rows * ay;
  const down = Math.abs(m[2]) * image.columns * ax + Math.abs(m[3]) * image.rows * ay;
  return Math.min(width / across, height / down);
}

/** Image -> screen as canvas transform {a, b, c, d, e, f}: X = a x + c y + e, Y = b x + d y + f. */
function placement(image, view, width, height) {
  const [ax, ay] = pixelShape(image);
  const scale = view.scale === null ? fitScale(image, view.m, width, height) : view.scale;
  const [m0, m1, m2, m3] = view.m;
  const [x, y] = view.center || [image.columns / 2, image.rows / 2];
  const a = scale * m0 * ax;
  const c = scale * m1 * ay;
  const b = scale * m2 * ax;
  const d = scale * m3 * ay;
  let e = width / 2 - a * x - c * y;
  let f = height / 2 - b * x - d * y;
  if (Number.isInteger(scale * ax) && Number.isInteger(scale * ay)) {
    e = Math.round(e);
    f = Math.round(f);
  }
  return { a, b, c, d, e, f, scale };
}

/** Image point -> screen point. */
function toScreen(place, x, y) {
  return [place.a * x + place.c * y + place.e, place.b * x + place.d * y + place.f];
}

/** Screen point -> image point. */
function toImage(place, x, y) {
  const determinant = place.a * place.d - place.b * place.c;
  const dx = x - place.e;
  const dy = y - place.f;
  return [(place.d * dx - place.c * dy) / determinant, (place.a * dy - place.b * dx) / determinant];
}

const OPPOSITE = { L: "R", R: "L", A: "P", P: "A", H: "F", F: "H" };

/** "LA" -> "RP"; letters that have no opposite here give an empty string. */
function oppositeDirection(letters) {
  const turned = [...letters].map((letter) => OPPOSITE[letter] || "");
  return turned.includes("") ? "" : turned.join("");
}

/**
 * Letters at the edges of the screen from Patient Orientation (C.7.6.1.1.1): its first value is where a row
 * runs to, its second where a column runs to. Absent or unknown: empty strings, never a guess.
 */
function edgeLetters(orientation, m) {
  const [along, down] = [orientation?.[0] || "", orientation?.[1] || ""];
  const towards = ([x, y]) => {
    const letters = x !== 0 ? along : down;
    return x + y > 0 ? letters : oppositeDirection(letters);
  };
  const right = [m[0], m[1]];
  const bottom = [m[2], m[3]];
  const back = (direction) => direction.map((entry) => -entry);
  return { right: towards(right), bottom: towards(bottom), left: towards(back(right)), top: towards(back(bottom)) };
}

/** What a length may be given in: {x, y, unit}, one pixel's size along a row and down a column. */
function lengthScale(image) {
  const spacing = image.spacing || {};
  const known = spacing.row_mm > 0 && spacing.column_mm > 0;
  if (known && spacing.kind === "calibrated") return { x: spacing.column_mm, y: spacing.row_mm, unit: "mm" };
  if (known && spacing.kind === "at detector") {
    return { x: spacing.column_mm, y: spacing.row_mm, unit: "mm at detector" };
  }
  return { x: 1, y: 1, unit: "px" };
}

/** Length between two image points in the unit of lengthScale. */
function lengthBetween(image, from, to) {
  const size = lengthScale(image);
  return Math.hypot((to[0] - from[0]) * size.x, (to[1] - from[1]) * size.y);
}

/** Angle at the second of three image points, degrees 0..180, in true proportions. */
function angleAt(image, points) {
  const [ax, ay] = pixelShape(image);
  const [one, corner, other] = points;
  const first = Math.atan2((one[1] - corner[1]) * ay, (one[0] - corner[0]) * ax);
  const second = Math.atan2((other[1] - corner[1]) * ay, (other[0] - corner[0]) * ax);
  const turn = Math.abs(((first - second) * 180) / Math.PI) % 360;
  return turn > 180 ? 360 - turn : turn;
}

/** Rectangle of two corners, ordered: [left, top, right, bottom]. */
function boxOf(points) {
  const [[x0, y0], [x1, y1]] = points;
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

/**
 * Mean, sample standard deviation (n - 1), least, greatest and count of the modality values of the pixels
 * whose centre lies in a rectangle or ellipse; padding left out. Colour: luma (BT.601).
 */
function regionStatistics(image, pixels, modality, shape, points) {
  const [left, top, right, bottom] = boxOf(points);
  const [cx, cy, rx, ry] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  const inside = (x, y) => shape !== "ellipse" || ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
  const value = valueReader(image, pixels, modality);
  let [n, mean, squares, least, most] = [0, 0, 0, Infinity, -Infinity];
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row < image.rows && row + 0.5 <= bottom; row++) {
    for (let column = Math.max(0, Math.ceil(left - 0.5)); column < image.columns && column + 0.5 <= right; column++) {
      if (!inside(column + 0.5, row + 0.5)) continue;
      const here = value(row, column);
      if (here === null) continue;
      n += 1;
      const away = here - mean;
      mean += away / n;
      squares += away * (here - mean);
      least = Math.min(least, here);
      most = Math.max(most, here);
    }
  }
  return { n, mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null, min: least, max: most };
}

/** (row, column) -> modality value, luma for colour, null for padding. */
function valueReader(image, pixels, modality) {
  if (image.samples === 3) {
    return (row, column) => {
      const at = (row * image.columns + column) * 3;
      return 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    };
  }
  return (row, column) => {
    const pattern = pixels[row * image.columns + column];
    return isPadding(image, storedValue(image, pattern)) ? null : modality[pattern];
  };
}

/** A number for the eye: three to five figures, a true minus sign, never an exponent in the usual ranges. */
function figure(value, digits = null) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const places = digits ?? (size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
  const text = value.toFixed(places);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** A mean or deviation: one more figure than the values have. */
function statistic(value) {
  const size = Math.abs(value ?? 0);
  return figure(value, size >= 100 || size === 0 ? 1 : size >= 1 ? 2 : 4);
}

/** The words of a measurement: a list of lines. pixels may be null while they are on their way. */
function measureLines(image, measure, pixels, modality) {
  const thin = "\u2009";
  if (measure.type === "length") {
    return [`${figure(lengthBetween(image, ...measure.points), 1)}${thin}${lengthScale(image).unit}`];
  }
  if (measure.type === "angle") return [`${figure(angleAt(image, measure.points), 1)}°`];
  if (!pixels) return [];
  const found = regionStatistics(image, pixels, modality, measure.type, measure.points);
  if (!found.n) return ["no pixel inside"];
  const unit = image.samples === 3 ? `${thin}luma` : unitOf(image) && `${thin}${unitOf(image)}`;
  return [
    `mean ${statistic(found.mean)}${unit}  SD ${statistic(found.sd)}`,
    `min ${figure(found.min)}  max ${figure(found.max)}  n ${found.n}`,
    areaLine(image, measure),
  ];
}

/** Area of a region: mm² where calibrated, "mm² at detector", else square pixels. */
function areaLine(image, measure) {
  const [left, top, right, bottom] = boxOf(measure.points);
  const size = lengthScale(image);
  const box = (right - left) * size.x * (bottom - top) * size.y;
  const area = measure.type === "ellipse" ? (box * Math.PI) / 4 : box;
  return `area ${figure(area, 0)}\u2009${size.unit.replace(/^(mm|px)/, "$1²")}`;
}
