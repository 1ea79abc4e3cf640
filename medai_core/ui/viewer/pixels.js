// Pixels: fetched once by the cookie's right, kept while there is room, reduced for drawing.

const CACHE_BYTES = 512 * 1024 * 1024;

const FETCH_SENTENCES = {
  401: "You are signed out, or the session is locked. Sign in again to see this image.",
  403: "This account may not see this image.",
  404: "This image is not in the store. It may have been moved; open the study again from the worklist.",
  0: "The server cannot be reached. Check the connection, then try again.",
};

class PixelError extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Number of bytes that one frame must have. */
function frameBytes(image) {
  return image.rows * image.columns * image.samples * (image.dtype === "uint8" ? 1 : 2);
}

/** The body of an answer, told by told(received, expected) as it arrives. */
async function readBody(answer, expected, told) {
  if (!answer.body) return new Uint8Array(await answer.arrayBuffer());
  const bytes = new Uint8Array(expected);
  const reader = answer.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length <= expected) bytes.set(value, received);
    received += value.length;
    told(received, expected);
  }
  if (received !== expected) {
    throw new PixelError(-1, `The image is damaged on its way: ${expected} bytes expected, ${received} received.`);
  }
  return bytes;
}

/** Fetch one frame. Raises PixelError with a sentence for a person. */
async function fetchFrame(image, frame, signal, told) {
  let answer;
  try {
    answer = await fetch(`${image.url}${frame}`, { credentials: "same-origin", cache: "no-store", signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new PixelError(0, FETCH_SENTENCES[0]);
  }
  if (!answer.ok) {
    const sentence = FETCH_SENTENCES[answer.status];
    throw new PixelError(
      answer.status, sentence || `The server could not give this image (answer ${answer.status}). Try again.`,
    );
  }
  let bytes;
  try {
    bytes = await readBody(answer, frameBytes(image), told);
  } catch (error) {
    if (error.name === "AbortError" || error instanceof PixelError) throw error;
    throw new PixelError(0, "The connection broke while the image was on its way. Try again.");
  }
  if (bytes.length !== frameBytes(image)) {
    throw new PixelError(-1, `The image is damaged: ${frameBytes(image)} bytes expected, ${bytes.length} received.`);
  }
  return bytes;
}

/** One frame's stored values as bit patterns, with its box-reduced copies. */
class Frame {
  constructor(image, bytes) {
    this.image = image;
    this.pixels = image.dtype === "uint8" ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    this.bytes = bytes.length;
    this.reduced = new Map();
    this.counts = null;
  }

  histogram() {
    this.counts ??= histogram(this.image, this.pixels);
    return this.counts;
  }

  /** Copy with k x k pixels averaged to one: {data, width, height}; k = 1 is the frame itself. */
  reducedBy(k) {
    if (k === 1) return { data: this.pixels, width: this.image.columns, height: this.image.rows };
    let copy = this.reduced.get(k);
    if (!copy) {
      copy = reducePixels(this.image, this.pixels, k);
      if (this.reduced.size > 3) this.reduced.clear();
      this.reduced.set(k, copy);
    }
    return copy;
  }
}

/** Mean of every k x k block of stored values (the last ones may be smaller), as bit patterns. */
function reducePixels(image, pixels, k) {
  const { rows, columns, samples } = image;
  const width = Math.ceil(columns / k);
  const height = Math.ceil(rows / k);
  const source = image.dtype === "int16" ? new Int16Array(pixels.buffer, pixels.byteOffset, pixels.length) : pixels;
  const data = new pixels.constructor(width * height * samples);
  const sums = new Float64Array(width * samples);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const last = Math.min((y + 1) * k, rows);
    for (let row = y * k; row < last; row++) addRow(sums, source, row * columns * samples, columns, samples, k);
    const tall = last - y * k;
    for (let x = 0; x < width; x++) {
      const count = tall * Math.min(k, columns - x * k);
      for (let s = 0; s < samples; s++) {
        data[(y * width + x) * samples + s] = Math.round(sums[x * samples + s] / count);
      }
    }
  }
  return { data, width, height };
}

function addRow(sums, source, start, columns, samples, k) {
  if (samples === 3) {
    for (let column = 0, at = start; column < columns; column++, at += 3) {
      const to = Math.floor(column / k) * 3;
      sums[to] += source[at];
      sums[to + 1] += source[at + 1];
      sums[to + 2] += source[at + 2];
    }
    return;
  }
  let at = start;
  for (let to = 0; to * k < columns; to++) {
    const stop = Math.min(start + (to + 1) * k, start + columns);
    let sum = 0;
    for (; at < stop; at++) sum += source[at];
    sums[to] += sum;
  }
}

/** Frames of all images of a viewer, the least recently used thrown out first. */
class FrameStore {
  constructor() {
    this.frames = new Map();
    this.waiting = new Map();
    this.bytes = 0;
  }

  key(image, frame) {
    return `${image.id}/${frame}`;
  }

  peek(image, frame) {
    const key = this.key(image, frame);
    const found = this.frames.get(key);
    if (found) {
      this.frames.delete(key);
      this.frames.set(key, found);
    }
    return found || null;
  }

  /** The frame, fetched at most once at a time. told(received, expected) reports progress. */
  load(image, frame, told = () => {}) {
    const key = this.key(image, frame);
    const held = this.peek(image, frame);
    if (held) return Promise.resolve(held);
    const under = this.waiting.get(key);
    if (under) {
      under.told.add(told);
      return under.promise;
    }
    const control = new AbortController();
    const listeners = new Set([told]);
    const promise = fetchFrame(image, frame, control.signal, (...args) => listeners.forEach((one) => one(...args)))
      .then((bytes) => this.keep(key, new Frame(image, bytes)))
      .finally(() => this.waiting.delete(key));
    this.waiting.set(key, { promise, control, told: listeners });
    return promise;
  }

  keep(key, frame) {
    this.frames.set(key, frame);
    this.bytes += frame.bytes;
    for (const [old, held] of this.frames) {
      if (this.bytes <= CACHE_BYTES || old === key) break;
      this.frames.delete(old);
      this.bytes -= held.bytes;
    }
    return frame;
  }

  /** Whether `more` bytes would still fit without throwing anything out. */
  hasRoom(more) {
    return this.bytes + more <= CACHE_BYTES;
  }

  /** Forget all pixels and stop all fetches. */
  clear() {
    for (const { control } of this.waiting.values()) control.abort();
    this.waiting.clear();
    this.frames.clear();
    this.bytes = 0;
  }
}
