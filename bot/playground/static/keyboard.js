/** Inline keyboards: a pressed button waits until the bot answers its callback query. */

import { press, RequestError } from "./api.js";
import { h, icon } from "./dom.js";
import { toast, showAlert } from "./notices.js";

/** @import {Store} from "./store.js" */
/** @import {Answer, Button, Entry} from "./types.js" */

// Telegram's apps, too, stop waiting after a while.
const LONGEST_WAIT = 30_000;

export class Presses {
  /** @type {Map<string, {userId: number, timer: number}>} By chat, message and data. */
  #waiting = new Map();

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.addEventListener("answer", (event) => this.#answered(/** @type {CustomEvent<Answer>} */ (event).detail));
  }

  /** @param {Entry} entry @param {HTMLElement} container */
  render(entry, container) {
    const focused = container.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
    const rows = entry.message.reply_markup?.inline_keyboard ?? [];
    container.replaceChildren(...rows.map((row) => h("div", { class: "keyboard-row" }, ...row.map((button) => this.#button(entry, button)))));
    container.hidden = rows.length === 0;
    if (focused) [...container.querySelectorAll("button")].find((button) => keyOf(button) === focused)?.focus({ preventScroll: true });
  }

  /** Let no button wait any longer, for instance after the connection was lost. */
  forgetAll() {
    for (const key of [...this.#waiting.keys()]) this.#settle(key);
  }

  /** @param {Entry} entry @param {Button} button */
  #button(entry, button) {
    if (button.url) {
      return h("a", { class: "key", dataset: { ...(button.style && { style: button.style }) }, href: button.url, target: "_blank", rel: "noopener noreferrer" }, h("span", { dir: "auto" }, button.text), icon("out"));
    }
    if (button.copy_text) return this.#copier(button.copy_text.text, button.text);
    const data = button.callback_data;
    const key = `${entry.message.chat.id}:${entry.message.message_id}:${data}`;
    const element = h("button", { type: "button", class: "key", dataset: { key, ...(button.style && { style: button.style }) }, disabled: data === undefined }, h("span", { dir: "auto" }, button.text));
    element.addEventListener("click", () => void this.#press(entry, key, data ?? ""));
    mark(element, this.#waiting.has(key));
    return element;
  }

  /** @param {string} text @param {string} label */
  #copier(text, label) {
    const element = h("button", { type: "button", class: "key" }, h("span", {}, label));
    element.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text).then(() => toast("Copied."), () => toast(text));
    });
    return element;
  }

  /** @param {Entry} entry @param {string} key @param {string} data */
  async #press(entry, key, data) {
    if (this.#waiting.has(key)) return;
    const { userId } = this.store;
    this.#waiting.set(key, { userId, timer: setTimeout(() => this.#settle(key), LONGEST_WAIT) });
    this.#show(key, true);
    try {
      await press({ chat_id: entry.message.chat.id, user_id: userId, message_id: entry.message.message_id, data });
    } catch (error) {
      this.#settle(key);
      if (error instanceof RequestError) toast(error.message, "error");
      else throw error;
    }
  }

  /** @param {Answer} answer */
  #answered(answer) {
    const start = `${answer.chat_id}:${answer.message_id}:`;
    for (const [key, { userId }] of [...this.#waiting]) {
      if (key.startsWith(start) && userId === answer.user_id) this.#settle(key);
    }
    if (answer.user_id !== this.store.userId || !answer.text) return;
    if (answer.show_alert) showAlert(this.store.bot.name, answer.text);
    else toast(answer.text);
  }

  /** @param {string} key */
  #settle(key) {
    clearTimeout(this.#waiting.get(key)?.timer);
    this.#waiting.delete(key);
    this.#show(key, false);
  }

  /** @param {string} key @param {boolean} waiting */
  #show(key, waiting) {
    for (const element of document.querySelectorAll("button.key")) if (keyOf(element) === key) mark(element, waiting);
  }
}

/** @param {Element | null} element */
const keyOf = (element) => (element instanceof HTMLElement ? element.dataset.key : undefined);

/** @param {Element} element @param {boolean} waiting */
function mark(element, waiting) {
  element.classList.toggle("waiting", waiting);
  if (waiting) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}
