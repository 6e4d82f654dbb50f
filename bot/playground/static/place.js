/** The topic above the chat, and the panel for what the bot may do here: rights, topics, blocking it. */

import { changePlace, RequestError } from "./api.js";
import { byId, h } from "./dom.js";
import { toast } from "./notices.js";

/** @import {Store} from "./store.js" */
/** @import {Chat} from "./types.js" */

export class PlacePanel {
  #topic = /** @type {HTMLSelectElement} */ (byId("topic"));
  #form = /** @type {HTMLFormElement} */ (byId("place-form"));
  #rights = /** @type {HTMLFieldSetElement} */ (byId("rights"));
  #topics = byId("topic-actions");
  #name = /** @type {HTMLInputElement} */ (byId("topic-name"));
  #close = byId("close-topic");
  #delete = byId("delete-topic");
  #block = byId("block-bot");

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    for (const type of ["selected", "bot"]) store.addEventListener(type, () => this.#draw());
    this.#topic.addEventListener("change", () => store.selectTopic(Number(this.#topic.value) || null));
    this.#rights.addEventListener("change", () => void this.#change("rights", { forbidden: this.#forbidden() }));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#open(this.#name.value.trim());
    });
    this.#close.addEventListener("click", () => void this.#changeTopic(this.#isClosed() ? "reopen" : "close"));
    this.#delete.addEventListener("click", () => void this.#changeTopic("delete"));
    this.#block.addEventListener("click", () => void this.#change("block", { blocked: !this.store.chat?.blocked }));
  }

  #draw() {
    const { chat } = this.store;
    if (!chat) return;
    const group = chat.type === "group";
    this.#drawTopics(chat);
    this.#rights.hidden = !group;
    this.#topics.hidden = !chat.forum;
    for (const box of this.#boxes()) box.checked = !chat.forbidden.includes(box.value);
    this.#close.textContent = this.#isClosed() ? "Reopen this one" : "Close this one";
    this.#delete.toggleAttribute("disabled", this.store.topic === null);
    const [take, back] = group ? ["Remove the bot", "Add the bot"] : ["Block the bot", "Unblock the bot"];
    this.#block.textContent = chat.blocked ? back : take;
  }

  /** @param {Chat} chat */
  #drawTopics(chat) {
    this.#topic.hidden = !this.store.hasTopics;
    const all = [{ id: 0, name: "General", closed: chat.general_closed }, ...chat.topics];
    this.#topic.replaceChildren(
      ...all.map(({ id, name, closed }) => h("option", { value: String(id) }, closed ? `${name} (closed)` : name)),
    );
    this.#topic.value = String(this.store.topic ?? 0);
  }

  #boxes() {
    return /** @type {HTMLInputElement[]} */ ([...this.#rights.querySelectorAll("input")]);
  }

  #forbidden() {
    return this.#boxes().flatMap((box) => (box.checked ? [] : [box.value]));
  }

  #isClosed() {
    const { chat, topic } = this.store;
    return topic === null ? Boolean(chat?.general_closed) : Boolean(chat?.topics.find(({ id }) => id === topic)?.closed);
  }

  /** Open a topic and go there. @param {string} name */
  async #open(name) {
    if (!name) return this.#name.focus();
    const answer = await this.#change("topic", { action: "open", name });
    if (!answer) return;
    this.#name.value = "";
    this.store.selectTopic(answer.topic);
  }

  /** @param {"close" | "reopen" | "delete"} action */
  #changeTopic(action) {
    return this.#change("topic", { action, topic: this.store.topic });
  }

  /** @param {"rights" | "topic" | "block"} what @param {object} wish */
  async #change(what, wish) {
    const { chatId, userId } = this.store;
    try {
      return await changePlace(what, { chat_id: chatId, user_id: userId, ...wish });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(error.message, "error");
      return undefined;
    }
  }
}
