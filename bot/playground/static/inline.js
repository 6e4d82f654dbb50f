/** Inline mode: whoever writes the bot's name first is shown what it offers, and sends one of that with a click. */

import { askInline, chooseInline, RequestError } from "./api.js";
import { byId, h } from "./dom.js";
import { toast } from "./notices.js";

/** @import {Composer} from "./composer.js" */
/** @import {Store} from "./store.js" */
/** @import {InlineAnswer, InlineResult} from "./types.js" */

// Telegram's apps, too, wait until somebody has paused.
const PAUSE = 250;

export class InlineBox {
  #draft = /** @type {HTMLTextAreaElement} */ (byId("draft"));
  #box = h("div", { class: "command-menu inline-box", role: "group", "aria-label": "What the bot offers", hidden: true });
  #timer = 0;
  /** Answers to what was typed before the newest query are not shown. */
  #asked = 0;

  /** @param {Store} store @param {Composer} composer */
  constructor(store, composer) {
    this.store = store;
    this.composer = composer;
    byId("command-menu").after(this.#box);
    this.#draft.addEventListener("input", () => this.#typed());
    this.#draft.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
    byId("composer").addEventListener("submit", () => this.#close());
    store.addEventListener("selected", () => this.#close());
  }

  #typed() {
    const name = `@${this.store.bot.username} `;
    const text = this.#draft.value;
    if (!text.toLowerCase().startsWith(name.toLowerCase())) return this.#close();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(text.slice(name.length)), PAUSE);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#box.hidden = true;
  }

  /** @param {string} query */
  async #ask(query, offset = "") {
    const asked = ++this.#asked;
    const { chatId, userId } = this.store;
    try {
      const answer = await askInline({ chat_id: chatId, user_id: userId, query, offset });
      if (asked === this.#asked) this.#show(answer, query, offset);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#box.hidden = true;
    }
  }

  /** @param {InlineAnswer} answer @param {string} query @param {string} offset */
  #show(answer, query, offset) {
    const offers = answer.results.map((result) => this.#offer(answer, result));
    const more = answer.next_offset ? [this.#key("More", () => void this.#ask(query, answer.next_offset))] : [];
    const begin = answer.button ? [this.#key(answer.button.text, () => this.#begin(answer.button?.start_parameter ?? ""))] : [];
    this.#box.replaceChildren(...(offset ? [...this.#box.children].filter((one) => one.matches(".inline-offer")) : begin), ...offers, ...more);
    this.#box.hidden = this.#box.children.length === 0;
  }

  /** @param {InlineAnswer} answer @param {InlineResult} result */
  #offer(answer, result) {
    const picture = result.thumb_url ? h("img", { src: result.thumb_url, alt: "" }) : null;
    const words = h("span", {}, h("b", {}, result.title ?? ""), h("span", {}, result.description ?? ""));
    const offer = h("button", { type: "button", class: "inline-offer" }, picture, words);
    offer.addEventListener("click", () => void this.#choose(answer.query_id, result.id));
    return offer;
  }

  /** @param {string} label @param {() => void} run */
  #key(label, run) {
    const key = h("button", { type: "button", class: "inline-key" }, label);
    key.addEventListener("click", run);
    return key;
  }

  /** @param {string} queryId @param {string} resultId */
  async #choose(queryId, resultId) {
    const { chatId, userId } = this.store;
    this.#close();
    try {
      const { messages } = await chooseInline({ chat_id: chatId, user_id: userId, query_id: queryId, result_id: resultId });
      for (const entry of messages) this.store.insert(chatId, entry);
      this.composer.propose("");
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(`Not sent: ${error.message}`, "error");
    }
  }

  /** @param {string} parameter */
  #begin(parameter) {
    this.composer.propose("");
    this.#close();
    const link = h("a", { href: `https://t.me/${this.store.bot.username}?start=${parameter}` });
    document.body.append(link);
    link.click();
    link.remove();
  }
}
