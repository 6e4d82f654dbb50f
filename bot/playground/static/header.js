/** The title above the chat, which opens its profile. */

import { byId, h, showAvatar } from "./dom.js";
import { titleOf } from "./sidebar.js";

/** @import {Store} from "./store.js" */
/** @import {Chat} from "./types.js" */

export class Header {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.addEventListener("selected", () => this.#draw());
    store.addEventListener("bot", () => this.#draw());
    byId("chat-title").addEventListener("click", () => this.#openProfile());
  }

  #draw() {
    const { chat } = this.store;
    if (!chat) return;
    byId("chat-name").textContent = titleOf(this.store, chat);
    showAvatar(byId("chat-avatar"), { id: chat.id, name: chat.title, bot: chat.type === "private" });
    byId("chat-status").textContent = this.#members(chat);
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
