// Drawing: stored values through the table to a scratch canvas, from there to the screen in one transform.

const DRAG_PIXELS = 1_400_000;
const HEAT_ALPHA = 0.45;

/** A canvas to draw into and throw away, with its words kept between frames. */
class Scratch {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: true });
    this.picture = null;
    this.words = null;
  }

  /** Words of a picture of exactly this size, ready to be filled. */
  sized(width, height) {
    if (!this.picture || this.picture.width !== width || this.picture.height !== height) {
      if (this.canvas.width < width) this.canvas.width = width;
      if (this.canvas.height < height) this.canvas.height = height;
      this.picture = this.context.createImageData(width, height);
      this.words = new Uint32Array(this.picture.data.buffer);
    }
    return this.words;
  }

  put() {
    this.context.putImageData(this.picture, 0, 0);
    return this.canvas;
  }
}

/** Part of the image that shows in a screen rectangle, as whole multiples of k: [x0, y0, x1, y1]. */
function visiblePart(image, place, rect, k) {
  const [left, top, right, bottom] = rect;
  const corners = [[left, top], [right, top], [left, bottom], [right, bottom]].map(([x, y]) => toImage(place, x, y));
  const xs = corners.map((corner) => corner[0]);
  const ys = corners.map((corner) => corner[1]);
  const low = (value) => Math.max(0, Math.floor((value - 2) / k) * k);
  const high = (value, end) => Math.min(end, Math.ceil((value + 2) / k) * k);
  return [low(Math.min(...xs)), low(Math.min(...ys)), high(Math.max(...xs), image.columns), high(Math.max(...ys), image.rows)];
}

/** How many image pixels go into one screen pixel, whole, at least 1. */
function minification(place) {
  const across = Math.hypot(place.a, place.b);
  const down = Math.hypot(place.c, place.d);
  return Math.max(1, Math.floor(1 / Math.max(across, down) + 1e-6));
}

/**
 * Paint the image into `context` where `place` puts it.
 * look: {grey, words} of the present window. quick: at screen resolution from an averaged copy, for drags;
 * else every stored value goes through the table and k x k results are averaged.
 */
function paintImage(context, scratch, frame, look, place, rect, quick) {
  const image = frame.image;
  let k = minification(place);
  let part = visiblePart(image, place, rect, k);
  const area = () => (part[2] - part[0]) * (part[3] - part[1]);
  if (part[2] <= part[0] || part[3] <= part[1]) return;
  while (quick && area() / (k * k) > DRAG_PIXELS) {
    k += 1;
    part = visiblePart(image, place, rect, k);
  }
  const [x0, y0, x1, y1] = part;
  const width = Math.ceil((x1 - x0) / k);
  const height = Math.ceil((y1 - y0) / k);
  const words = scratch.sized(width, height);
  const fill = image.samples === 3 ? fillColour : quick || k === 1 ? fillQuick : fillAveraged;
  fill(words, frame, look, k, part, width, height);
  const source = scratch.put();
  context.save();
  context.setTransform(place.a, place.b, place.c, place.d, place.e, place.f);
  context.imageSmoothingEnabled = !(k === 1 && [place.a, place.b, place.c, place.d].every((n) => Math.abs(n) === 1 || n === 0));
  context.imageSmoothingQuality = quick ? "low" : "high";
  context.drawImage(source, 0, 0, (x1 - x0) / k, (y1 - y0) / k, x0, y0, x1 - x0, y1 - y0);
  context.restore();
}

function fillQuick(words, frame, look, k, part, width, height) {
  const copy = frame.reducedBy(k);
  const { data } = copy;
  const table = look.words;
  const [left, top] = [part[0] / k, part[1] / k];
  let to = 0;
  for (let y = 0; y < height; y++) {
    let at = (top + y) * copy.width + left;
    for (const stop = to + width; to < stop; to++) words[to] = table[data[at++]];
  }
}

function fillAveraged(words, frame, look, k, part, width, height) {
  const { pixels, image } = frame;
  const { grey } = look;
  const [x0, y0, x1, y1] = part;
  const sums = new Uint32Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const first = y0 + y * k;
    const last = Math.min(first + k, y1);
    for (let row = first; row < last; row++) {
      let at = row * image.columns + x0;
      const end = row * image.columns + x1;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (const stop = Math.min(at + k, end); at < stop; at++) sum += grey[pixels[at]];
        sums[x] += sum;
      }
    }
    const tall = last - first;
    for (let x = 0; x < width; x++) {
      const value = Math.round(sums[x] / (tall * Math.min(k, x1 - x0 - x * k)));
      words[y * width + x] = (0xff000000 | (value * 0x010101)) >>> 0;
    }
  }
}

function fillColour(words, frame, look, k, part, width, height) {
  const copy = frame.reducedBy(k);
  const { data } = copy;
  const { grey } = look;
  const [left, top] = [part[0] / k, part[1] / k];
  for (let y = 0; y < height; y++) {
    let at = ((top + y) * copy.width + left) * 3;
    for (let to = y * width, stop = to + width; to < stop; to++, at += 3) {
      words[to] = (0xff000000 | (grey[data[at + 2]] << 16) | (grey[data[at + 1]] << 8) | grey[data[at]]) >>> 0;
    }
  }
}

/** Cividis, eleven even steps (Nunez 2018, as in matplotlib): lightness rises with the value in every eye. */
const CIVIDIS = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [125, 124, 120],
  [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56],
];

/** Colour of a value 0..1, [r, g, b]. */
function rampColour(value) {
  const at = Math.min(Math.max(value, 0), 1) * (CIVIDIS.length - 1);
  const low = Math.min(Math.floor(at), CIVIDIS.length - 2);
  return CIVIDIS[low].map((from, i) => Math.round(from + (CIVIDIS[low + 1][i] - from) * (at - low)));
}

/** Bilinear value of a map at (x, y) in its own cells; the borders continue their cell. */
function bilinear(map, x, y) {
  const across = Math.min(Math.max(x - 0.5, 0), map.columns - 1);
  const down = Math.min(Math.max(y - 0.5, 0), map.rows - 1);
  const [left, top] = [Math.floor(across), Math.floor(down)];
  const [right, bottom] = [Math.min(left + 1, map.columns - 1), Math.min(top + 1, map.rows - 1)];
  const at = (row, column) => map.values[row * map.columns + column];
  const upper = at(top, left) + (at(top, right) - at(top, left)) * (across - left);
  const lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * (across - left);
  return upper + (lower - upper) * (down - top);
}

/** A heat map as Python sends it ({rows, columns, values: base64 of bytes 0..255}) with values 0..1. */
function decodeHeatMap(sent) {
  const text = atob(sent.values);
  const values = new Float32Array(text.length);
  for (let i = 0; i < text.length; i++) values[i] = text.charCodeAt(i) / 255;
  return { ...sent, values };
}

const HEAT_FULL_FROM = 0.5;

/** A canvas with the ramp's colours; weak values fade out, the slider scales all of it down. */
function heatCanvas(map) {
  const grow = Math.max(1, Math.ceil(256 / Math.max(map.rows, map.columns)));
  const canvas = document.createElement("canvas");
  canvas.width = map.columns * grow;
  canvas.height = map.rows * grow;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let y = 0, at = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++, at += 4) {
      const value = bilinear(map, (x + 0.5) / grow, (y + 0.5) / grow);
      const [red, green, blue] = rampColour(value);
      picture.data[at] = red;
      picture.data[at + 1] = green;
      picture.data[at + 2] = blue;
      picture.data[at + 3] = Math.round(255 * Math.min(Math.max(value, 0) / HEAT_FULL_FROM, 1));
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** Lay the heat map over the whole image, under the same transform. opacity 0..HEAT_ALPHA. */
function paintHeat(context, canvas, image, place, opacity) {
  context.save();
  context.setTransform(place.a, place.b, place.c, place.d, place.e, place.f);
  context.globalAlpha = Math.min(Math.max(opacity, 0), HEAT_ALPHA);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, image.columns, image.rows);
  context.restore();
}
