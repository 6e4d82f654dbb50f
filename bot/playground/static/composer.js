/** The input at the bottom, for texts, replies and commands. */

import { RequestError, send } from "./api.js";
import { summaryOf } from "./bubble.js";
import { byId, h } from "./dom.js";
import { toast } from "./notices.js";

/** @import {CommandMenu} from "./commands.js" */
/** @import {Store} from "./store.js" */
/** @import {Entry} from "./types.js" */

export class Composer {
  #draft = /** @type {HTMLTextAreaElement} */ (byId("draft"));
  #send = /** @type {HTMLButtonElement} */ (byId("send"));
  #bar = byId("reply-bar");
  /** @type {Entry | undefined} */
  #replyTo;
  /** @type {Map<number, string>} Unsent texts by chat. */
  #drafts = new Map();
  #chatId = 0;

  /**
   * @param {Store} store
   * @param {CommandMenu} commands
   */
  constructor(store, commands) {
    this.store = store;
    this.commands = commands;
    byId("composer").addEventListener("submit", (event) => this.#submitted(event));
    this.#draft.addEventListener("input", () => this.#typed());
    this.#draft.addEventListener("keydown", (event) => this.#keyPressed(event));
    byId("cancel-reply").addEventListener("click", () => this.replyTo(undefined));
    store.addEventListener("selected", () => this.#chatChanged());
    store.addEventListener("message", (event) => this.#forced(/** @type {CustomEvent} */ (event).detail));
  }

  /** A message of the bot may force a reply: the person whom it answers then replies to it. @param {{chatId: number, entry: Entry}} detail */
  #forced({ chatId, entry }) {
    const asked = entry.message.reply_to_message?.from.id ?? this.store.userId;
    if (entry.forces_reply && chatId === this.store.chatId && asked === this.store.userId) this.replyTo(entry);
  }

  /** @param {Entry | undefined} entry */
  replyTo(entry) {
    this.#replyTo = entry;
    this.#bar.hidden = !entry;
    if (entry) {
      const name = entry.message.from.id === this.store.userId ? "yourself" : entry.message.from.first_name;
      this.#bar.querySelector(".reply-text")?.replaceChildren(h("b", {}, `Reply to ${name}`), h("span", {}, summaryOf(entry, entry.message)));
    }
    this.#draft.focus();
  }

  /**
   * Send to the chat in view, as soon as the page knows it; what could not be sent is said and not lost.
   *
   * @param {{text?: string, files?: File[], as?: "photo" | "document" | "sticker"}} outgoing
   * @returns {Promise<boolean>} Whether it was sent.
   */
  async deliver(outgoing) {
    await this.store.loaded;
    const { chatId, userId, topic } = this.store;
    const replyTo = this.#replyTo?.message.message_id;
    this.replyTo(undefined);
    this.#send.classList.add("busy");
    try {
      const { messages } = await send({ chatId, userId, replyTo, topic, ...outgoing });
      for (const entry of messages) this.store.insert(chatId, entry);
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(`Not sent: ${error.message}`, "error");
      return false;
    } finally {
      this.#send.classList.remove("busy");
    }
  }

  /** Send a command; in a group it names the bot. @param {string} command With its slash. */
  async runCommand(command) {
    await this.store.loaded;
    const inGroup = this.store.chat?.type === "group" && !command.includes("@");
    return this.deliver({ text: inGroup ? `${command}@${this.store.bot.username}` : command });
  }

  /** Have a text ready to be sent, in place of what is being written. @param {string} text */
  propose(text) {
    this.#setText(text);
  }

  /** @param {Event} event */
  async #submitted(event) {
    event.preventDefault();
    await this.store.loaded; // What is sent while the page is loading stays in the field until then.
    const text = this.#draft.value.trim();
    if (!text) return;
    this.#setText("");
    if (!(await this.deliver({ text })) && !this.#draft.value) this.#setText(text);
  }

  #typed() {
    this.#setText(this.#draft.value);
    this.commands.complete(this.#draft.value);
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.isComposing) return;
    if (this.commands.handleKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      /** @type {HTMLFormElement} */ (byId("composer")).requestSubmit();
    } else if (event.key === "Escape" && this.#replyTo) this.replyTo(undefined);
  }

  #chatChanged() {
    if (this.#chatId === this.store.chatId) return;
    // What was typed before the first chat was known belongs to it.
    this.#drafts.set(this.#chatId || this.store.chatId, this.#draft.value);
    this.#chatId = this.store.chatId;
    this.#replyTo = undefined;
    this.#bar.hidden = true;
    this.#setText(this.#drafts.get(this.#chatId) ?? "");
  }

  /** @param {string} text */
  #setText(text) {
    if (this.#draft.value !== text) this.#draft.value = text;
    this.#send.disabled = !text.trim();
    this.#draft.style.height = "auto";
    this.#draft.style.height = `${Math.min(this.#draft.scrollHeight, 160)}px`;
  }
}
