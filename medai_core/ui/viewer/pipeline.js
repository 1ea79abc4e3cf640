// Grey-scale pipeline: stored value -> grey on the screen, in the order of DICOM PS3.3:
// modality LUT or rescale (C.11.1), VOI LUT or window (C.11.2), MONOCHROME1 inversion last (C.7.6.3.1.2).
// Pure arithmetic; images are the descriptors that Python sends.

const TOP_GREY = 255;

/** How many different stored bit patterns an image can hold. */
function patternCount(image) {
  return image.dtype === "uint8" ? 256 : 65536;
}

/** Stored value of a bit pattern (two's complement where the image is signed). */
function storedValue(image, pattern) {
  return image.dtype === "int16" && pattern > 32767 ? pattern - 65536 : pattern;
}

/** Pixel Padding Value and its range (C.7.5.1.1.2): no measured value stands there. */
function isPadding(image, stored) {
  return Boolean(image.padding) && stored >= image.padding[0] && stored <= image.padding[1];
}

/** Modality value of one stored value: the modality LUT where there is one, else slope and intercept. */
function modalityValue(image, stored) {
  const table = image.modality_lut;
  if (!table) return stored * image.slope + image.intercept;
  const place = Math.min(Math.max(stored - table.first, 0), table.values.length - 1);
  return table.values[place];
}

/** Modality values of all bit patterns, Float64Array. */
function modalityTable(image) {
  const values = new Float64Array(patternCount(image));
  for (let pattern = 0; pattern < values.length; pattern++) {
    values[pattern] = modalityValue(image, storedValue(image, pattern));
  }
  return values;
}

/** One value through a window, 0..1. LINEAR C.11.2.1.2.1, LINEAR_EXACT C.11.2.1.3.2, SIGMOID C.11.2.1.3.1. */
function windowed(value, window) {
  const { center, width } = window;
  if (window.function === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (window.function === "LINEAR_EXACT") {
    return Math.min(Math.max((value - center) / width + 0.5, 0), 1);
  }
  const half = (width - 1) / 2;
  if (value <= center - 0.5 - half) return 0;
  if (value > center - 0.5 + half) return 1;
  return (value - (center - 0.5)) / (width - 1) + 0.5;
}

/** One value through a VOI LUT, 0..1 (C.11.2.1.1): values outside the table take its ends. */
function lookedUp(value, table) {
  const place = Math.min(Math.max(Math.round(value) - table.first, 0), table.values.length - 1);
  return table.values[place] / (2 ** table.bits - 1);
}

/**
 * Grey 0..255 of every bit pattern.
 * voi: {center, width, function} or {lut: index}; invert: the reader's own inversion, after all others.
 */
function displayTable(image, modality, voi, invert) {
  const grey = new Uint8Array(modality.length);
  const flip = image.inverted !== invert;
  const lut = voi.lut === undefined ? null : image.voi_luts[voi.lut];
  for (let pattern = 0; pattern < grey.length; pattern++) {
    const bright = lut ? lookedUp(modality[pattern], lut) : windowed(modality[pattern], voi);
    grey[pattern] = Math.floor((flip ? 1 - bright : bright) * TOP_GREY + 0.5);
  }
  return grey;
}

/** The same table as opaque RGBA words, as canvas memory wants them (little-endian). */
function wordTable(grey) {
  const words = new Uint32Array(grey.length);
  for (let i = 0; i < grey.length; i++) words[i] = (0xff000000 | (grey[i] * 0x010101)) >>> 0;
  return words;
}

const COLOUR_WINDOW = { center: 127.5, width: 255, function: "LINEAR_EXACT" };

/** What the first view shows: the file's own window, else its VOI LUT, else the span of its values. */
function firstVoi(image) {
  if (image.samples === 3) return COLOUR_WINDOW;
  if (!image.windows.length && image.voi_luts.length) return { lut: 0 };
  return image.default_window;
}

/** A VOI LUT in words of a window: what it spans. The start of a drag that leaves the table. */
function spanOfLut(table) {
  const last = table.first + table.values.length - 1;
  return spanWindow(table.first, last);
}

/** The LINEAR_EXACT window from low (black) to high (white). */
function spanWindow(low, high) {
  const width = high > low ? high - low : 1;
  return { center: low + width / 2, width, function: "LINEAR_EXACT" };
}

/** Where a window's fields and drags start from, also while a VOI LUT shows. */
function asWindow(image, voi) {
  return voi.lut === undefined ? voi : spanOfLut(image.voi_luts[voi.lut]);
}

/** Counts of every bit pattern in a frame. */
function histogram(image, pixels) {
  const counts = new Uint32Array(patternCount(image));
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]]++;
  return counts;
}

/** Modality values below which the given shares (0..1) of the pixels lie; padding left out. */
function percentiles(image, modality, counts, shares) {
  const seen = [];
  let total = 0;
  for (let pattern = 0; pattern < counts.length; pattern++) {
    if (!counts[pattern] || isPadding(image, storedValue(image, pattern))) continue;
    seen.push([modality[pattern], counts[pattern]]);
    total += counts[pattern];
  }
  if (!seen.length) return shares.map(() => 0);
  seen.sort((one, other) => one[0] - other[0]);
  return shares.map((share) => {
    let left = share * (total - 1);
    for (const [value, count] of seen) {
      if (left < count) return value;
      left -= count;
    }
    return seen[seen.length - 1][0];
  });
}

const HOUNSFIELD_PRESETS = [
  ["Soft tissue", 40, 400],
  ["Lung", -600, 1500],
  ["Bone", 500, 2000],
  ["Brain", 40, 80],
];

/**
 * What the preset menu and the keys 1-9 offer: [{name, voi}], the first view first.
 * counts (a histogram) may be null while the pixels are on their way; the percentiles then are absent.
 */
function presetsOf(image, modality, counts) {
  if (image.samples === 3) return [{ name: "As stored", voi: COLOUR_WINDOW }];
  const list = [];
  image.windows.forEach((window, i) => {
    list.push({ name: window.explanation || `File window ${i + 1}`, voi: window });
  });
  image.voi_luts.forEach((table, i) => {
    list.push({ name: table.explanation || `File table ${i + 1}`, voi: { lut: i } });
  });
  if (!list.length) list.push({ name: "First view", voi: image.default_window });
  if (image.modality === "CT") {
    for (const [name, center, width] of HOUNSFIELD_PRESETS) {
      list.push({ name, voi: { center, width, function: "LINEAR" } });
    }
  }
  if (!counts) return list;
  const [low, p02, p10, p50, p98, p998, high] = percentiles(
    image, modality, counts, [0, 0.02, 0.1, 0.5, 0.98, 0.998, 1],
  );
  list.push({ name: "Full range", voi: spanWindow(low, high) });
  list.push({ name: "Soft (2 to 98 of 100)", voi: spanWindow(p02, p98) });
  list.push({ name: "High contrast (10 to 98 of 100)", voi: spanWindow(p10, p98) });
  const dense = image.inverted ? spanWindow(low, p50) : spanWindow(p50, p998);
  list.push({ name: "Bone (the dense half)", voi: dense });
  return list;
}

/** Unit of the modality values, where it is known. */
function unitOf(image) {
  if (image.unit) return image.unit;
  return image.modality === "CT" && image.samples === 1 ? "HU" : "";
}
