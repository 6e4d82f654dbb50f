/** Keeps the stream of events open, and resumes it after a loss. */

import { fetchState, openEvents } from "./api.js";

/** @import {Store} from "./store.js" */

const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 5000;
// A state contains the effects of these events: events before the state are ignored, or they would undo later changes.
const IN_STATE = new Set(["message", "edit", "delete", "reaction", "bot"]);

/** Event: `status`, with detail "live" or "lost". */
export class Connection extends EventTarget {
  /** @type {EventSource | undefined} */
  #events;
  #cursor = -1;
  #pause = FIRST_PAUSE;
  /** @type {number | undefined} */
  #timer;

  /** @param {Store} store */
  constructor(store) {
    super();
    this.store = store;
    addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#retryNow());
  }

  /** Fetch the state and listen to the events after it. Every loss of the connection leads here again. */
  async open() {
    try {
      const state = await fetchState();
      this.store.load(state);
      this.#listen(state.cursor);
    } catch {
      this.#lose();
    }
  }

  /** @param {number} snapshot The cursor of the state that was just loaded. */
  #listen(snapshot) {
    const resumable = this.#cursor >= 0 && this.#cursor <= snapshot;
    const from = resumable ? this.#cursor : snapshot;
    const events = openEvents(from);
    this.#events = events;
    this.#cursor = from;
    events.onopen = () => this.#live();
    events.onerror = () => this.#lose();
    events.onmessage = ({ data, lastEventId }) => this.#take(JSON.parse(data), Number(lastEventId), snapshot);
  }

  /** @param {any} event @param {number} id @param {number} snapshot */
  #take(event, id, snapshot) {
    this.#cursor = Math.max(this.#cursor, id);
    if (event.type === "reset") this.#reload();
    else if (id > snapshot || !IN_STATE.has(event.type)) this.store.apply(event);
  }

  #reload() {
    this.#events?.close();
    this.#cursor = -1;
    void this.open();
  }

  #live() {
    this.#pause = FIRST_PAUSE;
    this.#say("live");
  }

  #lose() {
    this.#events?.close();
    this.#events = undefined;
    this.#say("lost");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#pause);
    this.#pause = Math.min(this.#pause * 1.7, LONGEST_PAUSE);
  }

  #retryNow() {
    if (this.#events || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.open();
  }

  /** @param {"live" | "lost"} status */
  #say(status) {
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}
