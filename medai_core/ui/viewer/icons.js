// Line icons on a grid of 24, drawn for this viewer; and small helpers to build the page without any markup.

const ICONS = {
  toolWindow: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v18M12 8h8M12 12h9M12 16h8",
  toolPan: "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
  toolZoom: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21M10.5 7.5v6M7.5 10.5h6",
  toolMagnifier: "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M16 16l5 5M8 11a3 3 0 0 1 3-3",
  toolLength: "M4 20L20 4M3 15l6 6M15 3l6 6M10 12l2 2M13 9l2 2",
  toolAngle: "M20 19H4L16 5M10.5 19a7 7 0 0 0-2.2-5",
  toolRectangle: "M4 6h16v12H4z",
  toolEllipse: "M12 6c5 0 9 2.7 9 6s-4 6-9 6-9-2.7-9-6 4-6 9-6z",
  deleteMeasure: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  invert: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v18M12 6a6 6 0 0 1 0 12M12 9a3 3 0 0 1 0 6",
  flip: "M12 3v18M9 7L3 17h6zM15 7l6 10h-6z",
  rotateRight: "M19 12a7 7 0 1 1-3-5.7M16.5 2.5v4h-4",
  rotateLeft: "M5 12a7 7 0 1 0 3-5.7M7.5 2.5v4h4",
  zoomIn: "M12 5v14M5 12h14",
  zoomOut: "M5 12h14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  oneToOne: "M5 8l2.5-2v12M16 8l2.5-2v12M12 10v.5M12 14.5v.5",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  first: "M18 5l-7 7 7 7M7 5v14",
  last: "M6 5l7 7-7 7M17 5v14",
  cine: "M7 4l12 8-12 8z",
  stop: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  compare: "M4 5h16v14H4zM12 5v14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  ai: "M4 19V5M4 19h16M8 15v-4M12 15V8M16 15v-2",
  heatMap: "M12 3c1 4 5 6 5 10.5a5 5 0 0 1-10 0C7 11 8.5 10 9 8c1.5 1 2 2 2 3.5 1.5-2 1.5-5 1-8.5z",
  keyImage: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7",
  reset: "M4 4v6h6M4.5 10a8 8 0 1 1-.5 4",
  help: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.700M12 16.5v.2",
  previousCase: "M19 6v12M15 7l-5 5 5 5M9 7l-5 5 5 5",
  nextCase: "M5 6v12M9 7l5 5-5 5M15 7l5 5-5 5",
};

const SVG = "http://www.w3.org/2000/svg";

function iconOf(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** An element with properties, attributes (by "aria-…", "data-…", "role") and children; text never as markup. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(aria-|data-|role$|for$)/.test(name)) element.setAttribute(name, String(value));
    else element[name] = value;
  }
  element.append(...children);
  return element;
}
