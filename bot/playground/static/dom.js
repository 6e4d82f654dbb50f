/** Helpers that build the page. They insert text as text, never as HTML. */

/**
 * Create an element with properties and children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties] `class`, `dataset`, `on…` handlers, DOM properties; else attributes.
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && !name.startsWith("aria-")) Reflect.set(element, name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {string} name A symbol of icons.svg. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** @param {SVGElement | null} svg @param {string} name */
export function setIcon(svg, name) {
  svg?.querySelector("use")?.setAttribute("href", `/static/icons.svg#${name}`);
}

/**
 * Find an element of index.html by its id.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return /** @type {T} */ (element);
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** @param {number} seconds Since the epoch. */
export const timeOf = (seconds) => TIME.format(seconds * 1000);
/** @param {number} seconds Since the epoch. */
export const momentOf = (seconds) => FULL.format(seconds * 1000);

/** @param {number} seconds Since the epoch. */
export function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return date.toDateString() === new Date().toDateString() ? "Today" : DAY.format(date);
}

/** @param {number | null | undefined} bytes */
export function sizeOf(bytes) {
  if (bytes === undefined || bytes === null) return "";
  if (bytes < 1000) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1024;
  while (value >= 1000 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[0]}`;
}

const HUES = ["#c2503a", "#2f7d5b", "#7a55b8", "#a55c14", "#1f7f93", "#a83f77", "#3f62c4"];

/** The colour of a person, which depends on the id only. @param {number} id */
export const hueOf = (id) => HUES[(Math.abs(id) * 3) % HUES.length];

/**
 * Fill an avatar with the mark of the bot, the mark of a group, or the initial of a person.
 *
 * @param {HTMLElement} element
 * @param {{id: number, name: string, bot?: boolean}} whose Groups have negative ids, as in Telegram.
 */
export function showAvatar(element, { id, name, bot }) {
  const letter = id < 0 ? icon("people") : name.slice(0, 1).toUpperCase();
  element.replaceChildren(bot ? icon("mark") : letter);
  element.classList.toggle("bot", Boolean(bot));
  element.setAttribute("aria-hidden", "true");
  if (bot) element.style.removeProperty("background");
  else element.style.background = hueOf(id);
}

export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
