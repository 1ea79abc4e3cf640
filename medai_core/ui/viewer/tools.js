// Pointer and wheel on a picture area. Left: the chosen tool; middle: pan; right: zoom; double click: fit.
// Everything a drag does can be done without one: fields, buttons, keys, or two single clicks for a measurement.

const CLICK_SLACK = 4;
const GRAB_CSS_PIXELS = 9;
const MEASURES = { toolLength: "length", toolAngle: "angle", toolRectangle: "rectangle", toolEllipse: "ellipse" };

function attachTools(viewport) {
  const { element } = viewport;
  let drag = null;
  element.onpointerdown = (event) => {
    viewport.viewer.activate(viewport);
    if (event.composedPath()[0] === viewport.retry) return;
    event.preventDefault();
    viewport.viewer.focus();
    if (drag || !viewport.frame) return;
    element.setPointerCapture(event.pointerId);
    drag = startDrag(viewport, event);
  };
  element.onpointermove = (event) => {
    viewport.cursor = viewport.pointOf(event);
    if (drag) moveDrag(viewport, drag, event);
    else hover(viewport);
    viewport.viewer.pointed(viewport);
  };
  const stop = (event) => {
    if (!drag) return;
    const ended = drag;
    drag = null;
    endDrag(viewport, ended, event);
  };
  element.onpointerup = stop;
  element.onpointercancel = stop;
  element.onlostpointercapture = stop;
  element.onpointerleave = () => {
    viewport.cursor = null;
    viewport.viewer.pointed(viewport);
  };
  element.oncontextmenu = (event) => event.preventDefault();
  element.ondblclick = () => {
    if (!viewport.frame || MEASURES[viewport.viewer.tool]) return;
    viewport.viewer.activate(viewport);
    viewport.viewer.run("fit");
  };
  element.addEventListener("wheel", (event) => wheel(viewport, event), { passive: false });
}

function startDrag(viewport, event) {
  const at = viewport.pointOf(event);
  const tool = event.button === 1 ? "toolPan" : event.button === 2 ? "toolZoom" : viewport.viewer.tool;
  const drag = { tool, start: at, last: at, moved: false, window: viewport.window, place: viewport.place };
  drag.held = toImage(drag.place, ...at);
  drag.middle = event.button === 1 || event.button === 2;
  if (MEASURES[tool]) startMeasure(viewport, drag);
  return drag;
}

function moveDrag(viewport, drag, event) {
  const at = viewport.pointOf(event);
  const slack = CLICK_SLACK * viewport.ratio;
  if (!drag.moved && Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) < slack) return;
  drag.moved = true;
  if (drag.tool === "toolWindow") dragWindow(viewport, drag, at);
  else if (drag.tool === "toolPan") {
    viewport.panBy(at[0] - drag.last[0], at[1] - drag.last[1]);
    viewport.viewer.moved(viewport, true);
  } else if (drag.tool === "toolZoom") {
    viewport.zoomBy(Math.exp((drag.last[1] - at[1]) / (200 * viewport.ratio)), drag.start);
    viewport.viewer.moved(viewport, true);
  } else if (MEASURES[drag.tool]) dragMeasure(viewport, drag, at);
  drag.last = at;
}

/** Sideways the width, up and down the centre; 400 CSS pixels are the whole first window. */
function dragWindow(viewport, drag, at) {
  const first = asWindow(viewport.image, firstVoi(viewport.image));
  const step = Math.max(first.width, drag.window.width) / (400 * viewport.ratio);
  const width = drag.window.width + (at[0] - drag.start[0]) * step;
  const center = drag.window.center + (at[1] - drag.start[1]) * step;
  viewport.setWindow(center, width);
  viewport.viewer.windowed(viewport, true);
}

function endDrag(viewport, drag, event) {
  if (MEASURES[drag.tool]) endMeasure(viewport, drag);
  else if (!drag.moved && !drag.middle && event.type === "pointerup") click(viewport, drag, event);
  viewport.redraw();
  viewport.viewer.changed(viewport);
}

/** A click in place of a drag: pan centres the point, zoom steps in (Shift: out). */
function click(viewport, drag, event) {
  if (drag.tool === "toolPan") {
    viewport.view.scale = drag.place.scale;
    viewport.view.center = drag.held;
  } else if (drag.tool === "toolZoom") viewport.zoomBy(event.shiftKey ? 0.8 : 1.25, drag.start);
  else return;
  viewport.viewer.moved(viewport, false);
}

function wheel(viewport, event) {
  event.preventDefault();
  const { viewer } = viewport;
  viewer.activate(viewport);
  if (!viewport.stack) return;
  const many = viewport.stack.slices.length > 1;
  if (many && !event.ctrlKey && viewer.tool !== "toolZoom") {
    viewport.wheelSum = (viewport.wheelSum || 0) + (event.deltaMode === 0 ? event.deltaY / 60 : event.deltaY);
    const steps = Math.trunc(viewport.wheelSum);
    viewport.wheelSum -= steps;
    if (steps) viewport.show(viewport.state.position + Math.sign(steps) * Math.min(Math.abs(steps), 3));
    return;
  }
  if (!viewport.frame) return;
  const amount = event.deltaMode === 0 ? event.deltaY : event.deltaY * 33;
  viewport.zoomBy(Math.exp(-Math.max(-120, Math.min(120, amount)) / 600), viewport.pointOf(event));
  viewer.moved(viewport, true);
  viewer.settleSoon(viewport);
}

// Measurements: by one drag, or by single clicks

function newMeasure(viewport, type, points) {
  const { image, frame } = viewport.slice;
  return { type, image: image.id, frame, points };
}

function startMeasure(viewport, drag) {
  const type = MEASURES[drag.tool];
  if (viewport.pending && viewport.pending.type === type) {
    drag.placing = viewport.pending;
    drag.placing.points[drag.placing.points.length - 1] = drag.held;
    return;
  }
  viewport.pending = null;
  const grip = gripAt(viewport, drag.start);
  viewport.chosen = grip ? grip.measure : null;
  if (grip) drag.grip = grip;
  else {
    drag.placing = newMeasure(viewport, type, [drag.held, [...drag.held]]);
    drag.fresh = true;
    viewport.pending = drag.placing;
  }
  viewport.redrawMarks();
}

function dragMeasure(viewport, drag, at) {
  const point = toImage(viewport.place, ...at);
  if (drag.grip) drag.grip.measure.points[drag.grip.index] = point;
  else if (drag.placing) drag.placing.points[drag.placing.points.length - 1] = point;
  viewport.redrawMarks();
}

function endMeasure(viewport, drag) {
  const { placing } = drag;
  if (!placing) return;
  if (drag.fresh && !drag.moved) return;
  if (placing.points.length < POINTS_OF[placing.type]) {
    placing.points.push([...placing.points[placing.points.length - 1]]);
    return;
  }
  viewport.pending = null;
  viewport.state.measures.push(placing);
  viewport.chosen = placing;
}

/** The open measurement's last point follows the pointer between two clicks. */
function hover(viewport) {
  if (!viewport.pending || !viewport.frame) return;
  const { points } = viewport.pending;
  points[points.length - 1] = toImage(viewport.place, ...viewport.cursor);
  viewport.redrawMarks();
}

/** The end point of a measurement under the pointer: {measure, index} or null. */
function gripAt(viewport, at) {
  const place = viewport.place;
  const reach = GRAB_CSS_PIXELS * viewport.ratio;
  for (const measure of [...viewport.measuresHere()].reverse()) {
    const index = measure.points.findIndex((point) => {
      const [x, y] = toScreen(place, ...point);
      return Math.hypot(x - at[0], y - at[1]) <= reach;
    });
    if (index >= 0) return { measure, index };
  }
  return null;
}

/** Delete the chosen measurement, else the last one on this image. */
function deleteMeasure(viewport) {
  if (viewport.pending) {
    viewport.pending = null;
  } else {
    const here = viewport.measuresHere();
    const gone = here.includes(viewport.chosen) ? viewport.chosen : here[here.length - 1];
    viewport.state.measures = viewport.state.measures.filter((one) => one !== gone);
    viewport.chosen = null;
  }
  viewport.redrawMarks();
}
