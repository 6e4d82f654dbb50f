/** Chooses the person and the chat. */

import { byId, h, showAvatar } from "./dom.js";
import { plainText } from "./richtext.js";

/** @import {Store} from "./store.js" */
/** @import {Chat} from "./types.js" */

/** The title of a chat for a person: in a private chat it is the name of the bot. @param {Store} store @param {Chat} chat */
export const titleOf = (store, chat) => (chat.type === "group" ? chat.title : store.bot.name);

export class Sidebar {
  #element = byId("sidebar");
  #opener = byId("open-sidebar");

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    for (const type of ["selected", "bot", "unread", "message", "edit", "delete"]) {
      store.addEventListener(type, () => this.#drawLater());
    }
    this.#opener.addEventListener("click", () => this.toggle(true));
    byId("close-sidebar").addEventListener("click", () => this.toggle(false));
    this.#element.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
  }

  /** On a narrow screen the sidebar covers the chat. @param {boolean} open */
  toggle(open) {
    const was = document.body.classList.contains("sidebar-open");
    document.body.classList.toggle("sidebar-open", open);
    this.#opener.setAttribute("aria-expanded", String(open));
    if (open) byId("close-sidebar").focus();
    else if (was) this.#opener.focus();
  }

  #drawLater() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.#drawPeople();
      this.#drawChats();
    });
  }

  #drawPeople() {
    const box = byId("people");
    if (box.children.length === this.store.users.size) return this.#markPeople(box);
    box.replaceChildren(
      ...[...this.store.users.values()].map((user) => {
        const avatar = h("span", { class: "avatar" });
        showAvatar(avatar, { id: user.id, name: user.first_name });
        const radio = h("input", { type: "radio", name: "person", value: String(user.id) });
        radio.addEventListener("change", () => this.store.select(user.id, this.#chatFor(user.id)));
        return h("label", { class: "person" }, radio, avatar, h("span", {}, user.first_name), h("span", { class: "dot", hidden: true }));
      }),
    );
    this.#markPeople(box);
  }

  /** @param {HTMLElement} box */
  #markPeople(box) {
    for (const label of box.children) {
      const radio = /** @type {HTMLInputElement} */ (label.querySelector("input"));
      const id = Number(radio.value);
      radio.checked = id === this.store.userId;
      const dot = /** @type {HTMLElement} */ (label.querySelector(".dot"));
      dot.hidden = id === this.store.userId || !this.store.chatsOf(id).some((chat) => chat.type === "private" && this.store.unread(chat.id));
    }
  }

  /** The chat that another person sees: the same group if they are in it, or their private chat. @param {number} userId */
  #chatFor(userId) {
    const own = this.store.chatsOf(userId);
    return (own.find((chat) => chat.id === this.store.chatId) ?? own.find((chat) => chat.type === "private"))?.id;
  }

  /** Draw the list of chats anew only if it has other chats, so that what is in it keeps the focus. */
  #drawChats() {
    const chats = this.store.chatsOf(this.store.userId);
    const list = byId("chats");
    const shown = [...list.querySelectorAll("button")].map((button) => button.dataset.chat);
    if (shown.join() !== chats.map(({ id }) => id).join()) list.replaceChildren(...chats.map((chat) => h("li", {}, this.#chatButton(chat))));
    chats.forEach((chat, index) => this.#drawChat(chat, list.children[index]));
  }

  /** @param {Chat} chat */
  #chatButton(chat) {
    const names = h("span", { class: "names" }, h("strong"), h("span", { dir: "auto" }));
    const button = h("button", { type: "button", class: "chat-link", dataset: { chat: String(chat.id) } }, h("span", { class: "avatar" }), names, h("span", { class: "badge" }));
    button.addEventListener("click", () => {
      this.store.select(this.store.userId, chat.id);
      this.toggle(false);
    });
    return button;
  }

  /** @param {Chat} chat @param {Element} line */
  #drawChat(chat, line) {
    const [button, avatar, title, words, badge] = /** @type {HTMLElement[]} */ ([...line.querySelectorAll("button, .avatar, strong, .names > span, .badge")]);
    const name = titleOf(this.store, chat);
    if (title.textContent !== name) showAvatar(avatar, { id: chat.id, name, bot: chat.type === "private" });
    const unread = this.store.unread(chat.id);
    /** @type {[HTMLElement, string][]} */
    const texts = [[title, name], [words, this.#lastWords(chat)], [badge, unread ? String(unread) : ""]];
    for (const [part, text] of texts) if (part.textContent !== text) part.textContent = text;
    badge.setAttribute("aria-label", `${unread} unread`);
    if (chat.id === this.store.chatId) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }

  /** @param {Chat} chat */
  #lastWords(chat) {
    const last = this.store.entries(chat.id).at(-1);
    if (!last) return chat.type === "group" ? "Nobody has written yet" : this.store.profile.short_description || "Say hello";
    const words = plainText(last.html) || (last.media?.kind === "photo" ? "Photo" : (last.media?.name ?? "Message"));
    const own = last.message.from.id === this.store.userId;
    const who = own ? "You: " : chat.type === "group" ? `${last.message.from.first_name}: ` : "";
    return who + words.slice(0, 80);
  }
}
