/** The list of messages, by day. It shows the newest message unless somebody has scrolled up. */

import { Bubble, keyOf } from "./bubble.js";
import { byId, dayOf, h, prefersStillness } from "./dom.js";

/** @import {Presses} from "./keyboard.js" */
/** @import {Store} from "./store.js" */
/** @import {Entry} from "./types.js" */

const NEAR_PIXELS = 120;
const SAME_RUN_SECONDS = 300;

/** Events: `open` (detail: entry), `reply` (detail: entry). */
export class Log extends EventTarget {
  #element = byId("log");
  #toBottom = byId("to-bottom");
  /** @type {Map<string, Bubble>} */
  #bubbles = new Map();
  #below = 0;
  #following = true;
  #top = 0;

  /**
   * @param {Store} store
   * @param {Presses} presses
   * @param {HTMLElement} welcome Shown while the chat is empty.
   */
  constructor(store, presses, welcome) {
    super();
    this.store = store;
    this.presses = presses;
    this.welcome = welcome;
    store.addEventListener("selected", () => this.#redraw());
    store.addEventListener("message", (event) => this.#changed(/** @type {CustomEvent} */ (event).detail, true));
    store.addEventListener("edit", (event) => this.#changed(/** @type {CustomEvent} */ (event).detail, false));
    store.addEventListener("delete", (event) => this.#removed(/** @type {CustomEvent} */ (event).detail));
    this.#element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#element.addEventListener("click", (event) => this.#clicked(/** @type {HTMLElement} */ (event.target)));
    this.#element.addEventListener("dblclick", (event) => this.#doubleClicked(/** @type {HTMLElement} */ (event.target)));
    this.#toBottom.addEventListener("click", () => this.toBottom());
    // If a picture, a keyboard or the window changes its size, scroll to the newest message again.
    const observer = new ResizeObserver(() => this.#following && this.toBottom("instant"));
    observer.observe(this.#element);
    this.resized = observer;
  }

  /** @param {ScrollBehavior} [behavior] */
  toBottom(behavior = prefersStillness() ? "instant" : "smooth") {
    this.#following = true;
    this.#element.scrollTo({ top: this.#element.scrollHeight, behavior });
    this.#count(0);
  }

  /** Scroll to a message and highlight it. @param {number} messageId */
  jumpTo(messageId) {
    const bubble = [...this.#bubbles.values()].find(({ entries }) => entries.some(({ message }) => message.message_id === messageId));
    if (!bubble) return;
    this.#following = false;
    bubble.element.scrollIntoView({ block: "center", behavior: prefersStillness() ? "instant" : "smooth" });
    bubble.element.classList.remove("lit");
    requestAnimationFrame(() => bubble.element.classList.add("lit"));
  }

  #redraw() {
    this.#bubbles.clear();
    this.resized.disconnect();
    this.resized.observe(this.#element);
    this.#element.replaceChildren();
    this.#element.setAttribute("aria-live", "off");
    for (const entry of this.store.entries()) if (this.store.inView(entry)) this.#place(entry);
    this.#arrange();
    this.toBottom("instant");
    requestAnimationFrame(() => this.#element.setAttribute("aria-live", "polite"));
  }

  /** @param {{chatId: number, entry: Entry}} change @param {boolean} fresh */
  #changed({ chatId, entry }, fresh) {
    if (chatId !== this.store.chatId || !this.store.inView(entry)) return;
    const own = entry.message.from.id === this.store.userId;
    const bubble = this.#place(entry);
    // A screen reader reads each message once, and none of its edits.
    const hush = () => bubble.element.setAttribute("aria-live", "off");
    if (!fresh) return hush();
    this.#arrange();
    bubble.element.classList.add("fresh");
    setTimeout(hush, 1000);
    if (own || this.#following) this.toBottom();
    else this.#count(this.#below + 1);
  }

  /** @param {{chatId: number, messageId: number}} change */
  #removed({ chatId, messageId }) {
    if (chatId !== this.store.chatId) return;
    for (const [key, bubble] of this.#bubbles) {
      const left = bubble.entries.filter(({ message }) => message.message_id !== messageId);
      if (left.length === bubble.entries.length) continue;
      if (left.length) bubble.update(left);
      else this.#bubbles.delete(key) && bubble.element.remove();
    }
    this.#arrange();
  }

  /** @param {Entry} entry @returns {Bubble} */
  #place(entry) {
    const key = keyOf(entry.message);
    const known = this.#bubbles.get(key);
    const id = entry.message.message_id;
    const others = known?.entries.filter(({ message }) => message.message_id !== id) ?? [];
    const bubble = known ?? new Bubble(this.store, this.presses);
    bubble.update([...others, entry].sort((a, b) => a.message.message_id - b.message.message_id));
    if (!known) this.#insert(key, bubble);
    return bubble;
  }

  /** @param {string} key @param {Bubble} bubble */
  #insert(key, bubble) {
    const id = bubble.first.message.message_id;
    const next = [...this.#bubbles.values()].find(({ first }) => first.message.message_id > id);
    this.#bubbles.set(key, bubble);
    this.#element.insertBefore(bubble.element, next?.element ?? null);
    this.resized.observe(bubble.element);
  }

  /** Insert the days, join the messages of one sender, and show the welcome in an empty chat. */
  #arrange() {
    for (const mark of this.#element.querySelectorAll(".day")) mark.remove();
    const bubbles = [...this.#bubbles.values()].sort((a, b) => a.first.message.message_id - b.first.message.message_id);
    bubbles.forEach((bubble, index) => {
      const { message } = bubble.first;
      const previous = bubbles[index - 1]?.first.message;
      const sameDay = previous && dayOf(previous.date) === dayOf(message.date);
      const follows = sameDay && previous.from.id === message.from.id && message.date - previous.date < SAME_RUN_SECONDS;
      bubble.element.classList.toggle("follows", Boolean(follows));
      if (!sameDay) bubble.element.before(h("div", { class: "day" }, h("span", {}, dayOf(message.date))));
    });
    if (bubbles.length === 0) this.#element.append(this.welcome);
    else this.welcome.remove();
  }

  #scrolled() {
    const gap = this.#element.scrollHeight - this.#element.scrollTop - this.#element.clientHeight;
    // Only a person scrolls up. While the log scrolls down by itself, new messages may already be below it.
    if (gap < NEAR_PIXELS) this.#following = true;
    else if (this.#element.scrollTop < this.#top) this.#following = false;
    this.#top = this.#element.scrollTop;
    if (this.#following) this.#count(0);
    this.#toBottom.hidden = this.#following;
  }

  /** @param {number} below */
  #count(below) {
    this.#below = below;
    byId("below").textContent = below ? String(below) : "";
    this.#toBottom.setAttribute("aria-label", below ? `To the newest message, ${below} unread` : "To the newest message");
  }

  /** @param {HTMLElement} target */
  #clicked(target) {
    const jump = target.closest("[data-jump]");
    if (jump instanceof HTMLElement) return this.jumpTo(Number(jump.dataset.jump));
    const tile = target.closest("[data-id]");
    const opener = target.closest(".photo, .file-thumb");
    if (tile instanceof HTMLElement && opener) this.#tell("open", Number(tile.dataset.id));
    if (target.closest(".reply-button")) this.#replyTo(target);
  }

  /** @param {HTMLElement} target */
  #doubleClicked(target) {
    if (!target.closest("button, a, video")) this.#replyTo(target);
  }

  /** @param {HTMLElement} target */
  #replyTo(target) {
    const row = target.closest(".row");
    if (row instanceof HTMLElement) this.#tell("reply", Number(row.dataset.ids?.split(" ")[0]));
  }

  /** @param {string} type @param {number} messageId */
  #tell(type, messageId) {
    this.dispatchEvent(new CustomEvent(type, { detail: this.store.entry(messageId) }));
  }
}
