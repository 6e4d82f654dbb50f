/** Rebuilds the server's HTML of a message node by node, with allowed tags only. */

import { h, icon } from "./dom.js";

const TAGS = new Set(["b", "strong", "i", "em", "u", "ins", "s", "del", "code", "pre", "blockquote", "br", "span", "a"]);
const CLASSES = new Set(["bot_command", "mention", "hashtag", "cashtag", "expandable", "email", "phone_number"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * @param {string} html The server's HTML; tags that are not allowed become plain text.
 * @returns {DocumentFragment}
 */
export function richText(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  fragment.append(...copies(parsed.body));
  return fragment;
}

/** @param {string} html @returns {string} The text without the tags. */
export function plainText(html) {
  return richText(html).textContent?.replace(/\s+/g, " ").trim() ?? "";
}

/** @param {Node} parent @returns {Node[]} */
function copies(parent) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.nodeValue ?? "")];
    if (!(node instanceof HTMLElement)) return [];
    return [allowed(node)];
  });
}

/** @param {HTMLElement} node */
function allowed(node) {
  const tag = node.tagName.toLowerCase();
  const children = copies(node);
  if (tag === "script" || tag === "style") return document.createTextNode("");
  if (!TAGS.has(tag)) return h("span", {}, ...children);
  if (tag === "a") return link(node.getAttribute("href") ?? "", children);
  const kept = [...node.classList].filter((name) => CLASSES.has(name));
  const copy = h(/** @type {"span"} */ (tag), { class: kept.join(" ") || undefined }, ...children);
  if (kept.includes("bot_command")) offer(copy);
  if (kept.includes("expandable")) fold(copy);
  return copy;
}

/** @param {string} address @param {Node[]} children */
function link(address, children) {
  const safe = URL.canParse(address) && SCHEMES.has(new URL(address).protocol);
  if (!safe) return h("span", {}, ...children);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Unfold a quote at a click, and fold it again. @param {HTMLElement} quote */
function fold(quote) {
  const button = h("button", { type: "button", class: "fold", "aria-label": "The whole quote", "aria-expanded": "false" }, icon("down"));
  quote.addEventListener("click", () => {
    if (!String(getSelection())) button.ariaExpanded = String(button.ariaExpanded !== "true");
  });
  quote.append(button);
}

/** Send a command when it is pressed in a text; the log listens for `command`. @param {HTMLElement} element */
function offer(element) {
  Object.assign(element, { tabIndex: 0, role: "button" });
  const detail = element.textContent ?? "";
  const run = () => element.dispatchEvent(new CustomEvent("command", { detail, bubbles: true }));
  element.addEventListener("click", run);
  element.addEventListener("keydown", (event) => event.key === "Enter" && run());
}
