// What is written and drawn over the image: measurements, orientation letters, the marks that must be seen.

const INK = "#E6EAF0";
const MEASURE_INK = "#E4D6C8";
const CHOSEN_INK = "#FFD60A";

/** Text on any grey: a dark rim under a light letter. */
function writeText(context, text, x, y, { ink = INK, align = "left", base = "alphabetic" } = {}) {
  context.textAlign = align;
  context.textBaseline = base;
  context.lineJoin = "round";
  context.lineWidth = Math.max(3, context.rim || 3);
  context.strokeStyle = "rgba(0, 0, 0, 0.8)";
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

/** Text that fits a width, with an ellipsis where it does not. */
function shortened(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length && context.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

/** A line on any grey. */
function inkPath(context, path, ink, ratio) {
  context.strokeStyle = "rgba(0, 0, 0, 0.7)";
  context.lineWidth = 3.5 * ratio;
  context.stroke(path);
  context.strokeStyle = ink;
  context.lineWidth = 1.5 * ratio;
  context.stroke(path);
}

/** The outline of a measurement in screen points. */
function measurePath(measure, place) {
  const path = new Path2D();
  const points = measure.points.map(([x, y]) => toScreen(place, x, y));
  if (measure.type === "rectangle" || measure.type === "ellipse") {
    const [left, top, right, bottom] = boxOf(measure.points);
    const shape = new Path2D();
    if (measure.type === "rectangle") shape.rect(left, top, right - left, bottom - top);
    else shape.ellipse((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0, 0, 2 * Math.PI);
    path.addPath(shape, new DOMMatrix([place.a, place.b, place.c, place.d, place.e, place.f]));
    return path;
  }
  points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}

/** Draw one measurement with its words; ratio = device pixels a CSS pixel. */
function drawMeasure(context, measure, lines, place, chosen, ratio) {
  const ink = chosen ? CHOSEN_INK : MEASURE_INK;
  inkPath(context, measurePath(measure, place), ink, ratio);
  const points = measure.points.map(([x, y]) => toScreen(place, x, y));
  const region = measure.type === "rectangle" || measure.type === "ellipse";
  for (const [x, y] of region && !chosen ? [] : points) {
    const knob = new Path2D();
    knob.arc(x, y, (chosen ? 4 : 2.5) * ratio, 0, 2 * Math.PI);
    inkPath(context, knob, ink, ratio);
  }
  context.font = `${12.5 * ratio}px ${context.family}`;
  context.rim = 3 * ratio;
  const wide = Math.max(0, ...lines.map((line) => context.measureText(line).width));
  const [x, y] = labelPoint(measure, points);
  const left = Math.min(x + 8 * ratio, context.canvas.width - wide - 8 * ratio);
  const top = y + (left < x ? 20 : 4) * ratio;
  lines.forEach((line, i) => writeText(context, line, left, top + i * 16 * ratio, { ink }));
}

/** Where the words stand: right of the rightmost point, at the corner of an angle, at the foot of a region. */
function labelPoint(measure, points) {
  if (measure.type === "angle" && points.length > 1) return points[1];
  const right = points.reduce((best, point) => (point[0] > best[0] ? point : best));
  return measure.type === "length" ? right : [right[0], Math.max(...points.map((point) => point[1]))];
}

/** Orientation letters at the four edges. */
function drawLetters(context, letters, width, height, ratio) {
  context.font = `600 ${15 * ratio}px ${context.family}`;
  context.rim = 3 * ratio;
  const gap = 10 * ratio;
  writeText(context, letters.left, gap, height / 2, { base: "middle" });
  writeText(context, letters.right, width - gap, height / 2, { align: "right", base: "middle" });
  writeText(context, letters.top, width / 2, gap, { align: "center", base: "top" });
  writeText(context, letters.bottom, width / 2, height - gap, { align: "center", base: "bottom" });
}

/** Marks a reader must not miss, in the order they are written. */
function warningMarks(image, view) {
  const marks = [];
  if (image.virtual) marks.push("VIRTUAL, not a patient");
  if (isMirrored(view.m)) marks.push("FLIPPED");
  if (view.invert) marks.push("INVERTED");
  if (image.lossy) marks.push(image.lossy_ratio ? `LOSSY ${figure(image.lossy_ratio, Number.isInteger(image.lossy_ratio) ? 0 : 1)}:1` : "LOSSY");
  const turns = quarterTurns(view.m);
  if (turns) marks.push(`turned ${turns * 90}°`);
  return marks;
}

/** What the image says of itself, top left; `named` false leaves out what could name a person. */
function captionLines(image, named) {
  const sides = { L: "Laterality: left", R: "Laterality: right", B: "Laterality: both", U: "Laterality: unpaired" };
  return [
    named ? image.study_label : "",
    named ? image.label : "",
    [image.view && `View ${image.view}`, sides[image.laterality] || ""].filter(Boolean).join(" · "),
  ].filter(Boolean);
}

/** A ruler, only where a millimetre is known. */
function drawRuler(context, image, place, width, height, ratio) {
  const size = lengthScale(image);
  if (size.unit === "px") return;
  const along = place.a !== 0 ? Math.abs(place.a) / size.x : Math.abs(place.c) / size.y;
  const length = [200, 100, 50, 20, 10, 5, 2, 1].find((mm) => mm * along <= 0.3 * width);
  if (!length) return;
  const [right, bottom] = [width - 12 * ratio, height - 14 * ratio];
  const left = right - length * along;
  const path = new Path2D();
  path.moveTo(left, bottom - 5 * ratio);
  path.lineTo(left, bottom);
  path.lineTo(right, bottom);
  path.lineTo(right, bottom - 5 * ratio);
  inkPath(context, path, INK, ratio);
  context.font = `${12 * ratio}px ${context.family}`;
  writeText(context, `${length}\u2009${size.unit}`, right, bottom - 9 * ratio, { align: "right" });
}

/** The scale of the heat map: its ramp, its label, what it is not. */
function drawHeatLegend(context, label, opacity, height, ratio) {
  const [left, top, wide, tall] = [12 * ratio, height - 46 * ratio, 170 * ratio, 8 * ratio];
  const ramp = context.createLinearGradient(left, 0, left + wide, 0);
  CIVIDIS.forEach((colour, i) => ramp.addColorStop(i / (CIVIDIS.length - 1), `rgb(${colour.join(",")})`));
  context.fillStyle = ramp;
  context.fillRect(left, top, wide, tall);
  context.font = `${12 * ratio}px ${context.family}`;
  context.rim = 3 * ratio;
  writeText(context, `Heat map: ${label}, opacity ${Math.round(opacity * 100)}\u2009%`, left, top - 6 * ratio);
  writeText(context, "weak evidence", left, top + tall + 13 * ratio);
  writeText(context, "strong", left + wide, top + tall + 13 * ratio, { align: "right" });
}
