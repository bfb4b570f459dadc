"use strict";
// Moves and zooms the picture, finds nodes by name, and shows the card and the neighbourhood of the chosen one.
const picture = document.getElementById("picture");
const scene = document.getElementById("scene");
const cards = document.getElementById("cards");
const nodes = new Map([...scene.querySelectorAll("[role=button]")].map((node) => [node.id, node]));
const about = new Map([...cards.querySelectorAll(".card")].map((card) => [card.dataset.about, card]));
const search = document.getElementById("search");
const [field, count] = [search.querySelector("input"), search.querySelector("output")];
document.documentElement.classList.add("js");

// --- place and zoom: a point p of the picture is drawn at p * zoom + (x, y) ---
let [x, y, zoom] = [0, 0, 1];
let untouched = true; // until the reader moves the picture, it is fitted to the window

function draw() {
  scene.setAttribute("transform", `translate(${x} ${y}) scale(${zoom})`);
}

function zoomAt(factor, centreX, centreY) {
  const next = Math.min(8, Math.max(0.02, zoom * factor));
  x = centreX - ((centreX - x) * next) / zoom;
  y = centreY - ((centreY - y) * next) / zoom;
  zoom = next;
  untouched = false;
  draw();
}

function moveBy(right, down) {
  x += right;
  y += down;
  untouched = false;
  draw();
}

function zoomBy(factor) {
  zoomAt(factor, picture.clientWidth / 2, picture.clientHeight / 2);
}

function fit() {
  const [width, height] = [Number(picture.dataset.width), Number(picture.dataset.height)];
  zoom = Math.min(picture.clientWidth / width, picture.clientHeight / height, 1.4);
  x = (picture.clientWidth - width * zoom) / 2;
  y = (picture.clientHeight - height * zoom) / 2;
  untouched = true;
  draw();
}

function reveal(node) {
  const [box, frame] = [node.getBoundingClientRect(), picture.getBoundingClientRect()];
  if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) {
    const [middleX, middleY] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    moveBy(frame.left + frame.width / 2 - middleX, frame.top + frame.height / 2 - middleY);
  }
}

// --- the chosen node: its card names its neighbours ---
function choose(id) {
  scene.querySelectorAll(".near, .picked").forEach((part) => part.classList.remove("near", "picked"));
  about.forEach((card, node) => card.classList.toggle("shown", node === id));
  scene.classList.toggle("dimmed", id !== null);
  cards.classList.toggle("chosen", id !== null);
  if (id === null) return;
  const near = new Set([id, ...[...about.get(id).querySelectorAll("[data-node]")].map((item) => item.dataset.node)]);
  for (const part of [...near]) {
    (nodes.get(part)?.dataset.ends ?? "").split(" ").filter(Boolean).forEach((end) => near.add(end));
  }
  near.forEach((part) => nodes.get(part)?.classList.add("near"));
  for (const line of scene.querySelectorAll(".line")) {
    line.classList.toggle("near", line.dataset.ends.split(" ").every((end) => near.has(end)));
  }
  nodes.get(id).classList.add("picked");
  reveal(nodes.get(id));
  cards.scrollTop = 0;
}

cards.addEventListener("click", (event) => {
  const link = event.target.closest("[data-node]");
  if (!link) return;
  choose(link.dataset.node);
  nodes.get(link.dataset.node).focus({ preventScroll: true });
});

// --- mouse and touch: one pointer moves, two zoom, a press that does not move chooses ---
const pointers = new Map();
let travelled = 0;

picture.addEventListener("pointerdown", (event) => {
  if (pointers.size === 0) travelled = 0;
  pointers.set(event.pointerId, event);
});

picture.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  travelled += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
  pointers.set(event.pointerId, event);
  if (travelled < 5) return;
  picture.setPointerCapture(event.pointerId);
  picture.classList.add("moving");
  if (other) {
    const apart = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY);
    const frame = picture.getBoundingClientRect();
    const [middleX, middleY] = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
    if (apart(before) > 0) zoomAt(apart(event) / apart(before), middleX - frame.left, middleY - frame.top);
  }
  const share = other ? 2 : 1; // with two pointers, each moves the picture half as far
  moveBy((event.clientX - before.clientX) / share, (event.clientY - before.clientY) / share);
});

for (const end of ["pointerup", "pointercancel"]) {
  picture.addEventListener(end, (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) picture.classList.remove("moving");
  });
}

picture.addEventListener("click", (event) => {
  if (travelled >= 5) return;
  choose(event.target.closest("[role=button]")?.id ?? null);
});

picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = picture.getBoundingClientRect();
  const pixels = event.deltaY * (event.deltaMode === 1 ? 30 : 1);
  zoomAt(Math.exp(-pixels / 500), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });

// --- keyboard ---
const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

picture.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const node = event.target.closest("[role=button]");
  if (event.key in step) moveBy(...step[event.key]);
  else if (event.key === "+" || event.key === "=") zoomBy(1.25);
  else if (event.key === "-") zoomBy(0.8);
  else if (event.key === "0") fit();
  else if ((event.key === "Enter" || event.key === " ") && node) choose(node.id);
  else return;
  event.preventDefault();
});

picture.addEventListener("focusin", (event) => {
  if (event.target.matches("[role=button]:focus-visible")) reveal(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") choose(null);
  if (event.key === "/" && event.target !== field) {
    field.focus();
    event.preventDefault();
  }
});

// --- search: marks all that match, Enter goes from one to the next ---
let found = [];
let next = 0;

field.addEventListener("input", () => {
  const wanted = field.value.trim().toLowerCase();
  found = [];
  next = 0;
  for (const [id, node] of nodes) {
    const title = about.get(id).querySelector("h2").textContent.toLowerCase();
    const matches = wanted !== "" && title.includes(wanted) && !node.matches(".arrow");
    node.classList.toggle("match", matches);
    if (matches) found.push(id);
  }
  count.textContent = wanted === "" ? "" : `${found.length} found`;
});

search.addEventListener("submit", (event) => {
  event.preventDefault();
  if (found.length === 0) return;
  choose(found[next % found.length]);
  next += 1;
});

// --- buttons ---
const commands = {
  in: () => zoomBy(1.25),
  out: () => zoomBy(0.8),
  fit,
  theme: () => {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.style.colorScheme = (root.style.colorScheme || system) === "dark" ? "light" : "dark";
  },
};

document.querySelector(".tools").addEventListener("click", (event) => {
  commands[event.target.closest("button")?.dataset.do]?.();
});

addEventListener("resize", () => untouched && fit());
fit();
