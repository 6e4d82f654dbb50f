/** Above the chat: whose it is, what the bot is doing, and more about it on request. */

import { byId, h, showAvatar } from "./dom.js";
import { titleOf } from "./sidebar.js";

/** @import {Store} from "./store.js" */
/** @import {Chat} from "./types.js" */

// An action lasts five seconds or until the bot has spoken: https://core.telegram.org/bots/api#sendchataction
const ACTION_LASTS = 5000;

/** @type {Record<string, string>} */
const DOING = {
  typing: "typing",
  upload_photo: "sending a photo",
  upload_document: "sending a file",
  upload_video: "sending a video",
  record_video: "making a video",
  choose_sticker: "choosing a sticker",
};

export class Header {
  /** @type {Map<number, {action: string, timer: number}>} By chat. */
  #actions = new Map();

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.addEventListener("selected", () => this.#draw());
    store.addEventListener("bot", () => this.#draw());
    store.addEventListener("action", (event) => this.#acted(/** @type {CustomEvent} */ (event).detail));
    store.addEventListener("message", (event) => {
      const { chatId, entry } = /** @type {CustomEvent} */ (event).detail;
      if (entry.message.from.is_bot) this.#rest(chatId);
    });
    byId("chat-title").addEventListener("click", () => this.#openProfile());
  }

  /** @param {{chat_id: number, action: string}} event */
  #acted({ chat_id: chatId, action }) {
    clearTimeout(this.#actions.get(chatId)?.timer);
    this.#actions.set(chatId, { action, timer: setTimeout(() => this.#rest(chatId), ACTION_LASTS) });
    this.#draw();
  }

  /** @param {number} chatId */
  #rest(chatId) {
    clearTimeout(this.#actions.get(chatId)?.timer);
    if (this.#actions.delete(chatId)) this.#draw();
  }

  #draw() {
    const { chat, bot } = this.store;
    if (!chat) return;
    byId("chat-name").textContent = titleOf(this.store, chat);
    showAvatar(byId("chat-avatar"), { id: chat.id, name: chat.title, bot: chat.type === "private" });
    const status = byId("chat-status");
    const action = this.#actions.get(chat.id)?.action;
    status.classList.toggle("acting", Boolean(action));
    if (!action) status.textContent = this.#members(chat);
    else {
      const doing = DOING[action] ?? "busy";
      const words = chat.type === "group" ? `${bot.name} is ${doing}` : doing;
      status.replaceChildren(words, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    }
  }

  /** @param {Chat} chat */
  #members(chat) {
    if (chat.type === "private") return "bot";
    return [...chat.members.map((id) => this.store.users.get(id)?.first_name ?? "?"), this.store.bot.name].join(", ");
  }

  #openProfile() {
    const { chat, bot, profile } = this.store;
    if (!chat) return;
    const group = chat.type === "group";
    showAvatar(byId("profile-avatar"), { id: chat.id, name: chat.title, bot: !group });
    byId("profile-name").textContent = titleOf(this.store, chat);
    byId("profile-handle").textContent = group ? this.#members(chat) : `@${bot.username}`;
    byId("profile-about").textContent = profile.description || profile.short_description;
    byId("profile-list").replaceChildren(...profile.commands.map(({ command, description }) => h("li", {}, h("b", {}, `/${command}`), " ", description)));
    /** @type {HTMLDialogElement} */ (byId("profile")).showModal();
  }
}
