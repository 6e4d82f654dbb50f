/** Toasts, alerts, and the banner of a lost connection. */

import { byId, h } from "./dom.js";

const SHOWN_FOR = 4500;

/** @param {string} text @param {"info" | "error"} [kind] */
export function toast(text, kind = "info") {
  const note = h("div", { class: `toast ${kind}` }, text);
  const toasts = byId("toasts");
  // Show the popover again, to lift it above a dialog that was opened meanwhile.
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
  toasts.append(note);
  setTimeout(() => {
    note.classList.add("leaving");
    setTimeout(() => note.remove(), 250);
  }, SHOWN_FOR);
}

/** @param {string} title @param {string} text */
export function showAlert(title, text) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("alert"));
  byId("alert-title").textContent = title;
  byId("alert-text").textContent = text;
  if (!dialog.open) dialog.showModal();
}

/** @param {string | null} text null hides the banner. */
export function showBanner(text) {
  const banner = byId("banner");
  banner.hidden = text === null;
  banner.textContent = text;
}
