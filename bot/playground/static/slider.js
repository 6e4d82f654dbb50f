/** Shows the pictures before and after in one frame, with a line that can be moved. */

import { h, icon, prefersStillness } from "./dom.js";

/** @type {Record<string, (at: number) => number>} */
const KEYS = {
  ArrowLeft: (at) => at - 2,
  ArrowDown: (at) => at - 2,
  ArrowRight: (at) => at + 2,
  ArrowUp: (at) => at + 2,
  PageDown: (at) => at - 10,
  PageUp: (at) => at + 10,
  Home: () => 0,
  End: () => 100,
};

/**
 * @param {{before: string, after: string, width: number, height: number}} pictures The URLs of both pictures, and the size of the one after.
 * @returns {{element: HTMLElement, handle: HTMLElement, setAfter: (url: string) => void}}
 */
export function createSlider({ before, after, width, height }) {
  const afterImage = h("img", { class: "after", src: after, alt: "After: the painting", draggable: false });
  const beforeImage = h("img", { class: "before", src: before, alt: "Before: the photo", draggable: false });
  const handle = h("div", {
    class: "handle", tabIndex: 0, role: "slider", "aria-label": "Before and after", "aria-orientation": "horizontal",
    "aria-valuemin": 0, "aria-valuemax": 100,
  }, icon("compare"));
  const labels = [h("span", { class: "label left" }, "Before"), h("span", { class: "label right" }, "After")];
  const element = h("div", { class: "slider" }, afterImage, beforeImage, ...labels, handle);
  element.style.setProperty("--ratio", String(width / height));

  let at = 50;
  const move = (/** @type {number} */ to) => {
    at = Math.min(100, Math.max(0, to));
    element.style.setProperty("--at", `${at}%`);
    handle.setAttribute("aria-valuenow", String(Math.round(at)));
    handle.setAttribute("aria-valuetext", `${Math.round(at)} % photo, ${Math.round(100 - at)} % painting`);
    labels[0].classList.toggle("gone", at < 14);
    labels[1].classList.toggle("gone", at > 86);
  };
  move(50);
  followPointer(element, handle, move);
  handle.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    element.classList.remove("intro");
    move(step(at));
  });
  if (!prefersStillness()) element.classList.add("intro");
  return { element, handle, setAfter: (url) => void (afterImage.src = url) };
}

/** @param {HTMLElement} element @param {HTMLElement} handle @param {(to: number) => void} move */
function followPointer(element, handle, move) {
  const follow = (/** @type {PointerEvent} */ event) => {
    const { left, width } = element.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    element.classList.remove("intro");
    element.setPointerCapture(event.pointerId);
    handle.focus();
    follow(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) follow(event);
  });
}
