// What the actions do: those that need a stack, and those that need its pixels on the screen.

const REPEATING = new Set(["zoomIn", "zoomOut", "next", "previous", "panLeft", "panRight", "panUp", "panDown"]);
const PAN_CSS_PIXELS = 40;

function pan(dx, dy) {
  return (viewer, active) => {
    active.panBy(dx * PAN_CSS_PIXELS * active.ratio, dy * PAN_CSS_PIXELS * active.ratio);
    viewer.moved(active, false);
  };
}

function turned(orientation) {
  return (viewer, active) => {
    active.turn(orientation);
    viewer.moved(active, false);
  };
}

function zoomed(factor) {
  return (viewer, active) => {
    active.zoomBy(factor);
    viewer.moved(active, false);
  };
}

const STACK_RUNS = {
  next: (_, active) => active.show(active.state.position + 1),
  previous: (_, active) => active.show(active.state.position - 1),
  first: (_, active) => active.show(0),
  last: (_, active) => active.show(active.stack.slices.length - 1),
  cine: (viewer) => (viewer.playing ? viewer.stop() : viewer.play()),
  compare: (viewer) => viewer.setPaired(!viewer.paired),
  otherSide: (viewer) => viewer.paired && viewer.activate(viewer.viewports[1 - viewer.active.index]),
  link: (viewer) => {
    viewer.linked = !viewer.linked;
    viewer.states.set("linked", viewer.linked);
    viewer.refresh();
  },
  reset: (viewer) => viewer.reset(),
};

const FRAME_RUNS = {
  deleteMeasure: (viewer, active) => {
    deleteMeasure(active);
    viewer.changed(active);
  },
  invert: (viewer, active) => {
    active.view.invert = !active.view.invert;
    active.redraw();
    viewer.changed(active);
  },
  flip: turned(MIRROR),
  rotateRight: turned(QUARTER_RIGHT),
  rotateLeft: turned(QUARTER_LEFT),
  zoomIn: zoomed(1.25),
  zoomOut: zoomed(0.8),
  fit: (viewer, active) => {
    active.view.scale = null;
    active.view.center = null;
    viewer.moved(active, false);
  },
  oneToOne: (viewer, active) => {
    active.setScale(1);
    viewer.moved(active, false);
  },
  panLeft: pan(-1, 0),
  panRight: pan(1, 0),
  panUp: pan(0, -1),
  panDown: pan(0, 1),
  keyImage: (viewer) => viewer.keyImage(),
  heatMap: (viewer) => viewer.askHeat(),
};
