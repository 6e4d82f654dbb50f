/** The chats that the page knows. All other parts listen to its events. */

/** @import {Bot, Chat, Entry, Profile, State, User} from "./types.js" */

const EMPTY_BOT = { id: 0, name: "Atelier", username: "", description: "", short_description: "", commands: [] };

/**
 * Events: `selected` (another person or chat is selected), `message`, `edit`, `delete` (detail: chatId and entry or
 * messageId), `answer` (detail: the server's event), `bot`, `unread`.
 */
export class Store extends EventTarget {
  /** @type {Bot} */
  bot = EMPTY_BOT;
  /** @type {Map<number, User>} */
  users = new Map();
  /** @type {Map<number, Chat>} */
  chats = new Map();
  /** @type {Map<number, Map<number, Entry>>} */
  #messages = new Map();
  /** @type {Map<number, number>} */
  #unread = new Map();
  userId = Number(localStorage.getItem("atelier.user"));
  chatId = Number(localStorage.getItem("atelier.chat"));

  /** @type {(value?: undefined) => void} */
  #hasLoaded = () => {};
  /** Fulfilled when the page knows its chats. @type {Promise<void>} */
  loaded = new Promise((resolve) => (this.#hasLoaded = resolve));

  /** @type {Map<number, number | null>} The topic in view by chat; null is General. */
  #topics = new Map();

  get chat() {
    return this.chats.get(this.chatId);
  }

  get user() {
    return this.users.get(this.userId);
  }

  /** Whether the messages of the selected chat are in topics. */
  get hasTopics() {
    return Boolean(this.chat && (this.chat.forum || this.chat.topics.length));
  }

  /** The topic in view; null is General. */
  get topic() {
    const topic = this.#topics.get(this.chatId) ?? null;
    return this.chat?.topics.some(({ id }) => id === topic) ? topic : null;
  }

  /** @param {number | null} topic */
  selectTopic(topic) {
    this.#topics.set(this.chatId, topic);
    this.#emit("selected");
  }

  /** Whether a message of the selected chat is in the topic in view. @param {Entry} entry */
  inView({ message }) {
    return !this.hasTopics || (message.is_topic_message ? message.message_thread_id : null) === this.topic;
  }

  /** The bot's profile in the language of the selected chat. @returns {Profile} */
  get profile() {
    return this.bot.for_chat?.[this.chatId] ?? this.bot;
  }

  /** @param {number} chatId @returns {Entry[]} Oldest first. */
  entries(chatId = this.chatId) {
    const byId = this.#messages.get(chatId) ?? new Map();
    return [...byId.values()].sort((a, b) => a.message.message_id - b.message.message_id);
  }

  /** @param {number | undefined} messageId */
  entry(messageId, chatId = this.chatId) {
    return messageId === undefined ? undefined : this.#messages.get(chatId)?.get(messageId);
  }

  /** @param {number} chatId */
  unread(chatId) {
    return this.#unread.get(chatId) ?? 0;
  }

  /** The chats that a person is in. @param {number} userId */
  chatsOf(userId) {
    return [...this.chats.values()].filter((chat) => chat.members.includes(userId));
  }

  /** Replace all chats with the server's state, and dispatch events for the differences. @param {State} state */
  load(state) {
    const known = this.chats.size > 0;
    const viewed = this.topic;
    this.bot = state.bot;
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.chats = new Map(state.chats.map((chat) => [chat.id, chat]));
    const topic = this.topic;
    for (const chat of state.chats) this.#reconcile(chat.id, state.messages[chat.id] ?? [], known);
    this.#emit("bot");
    if (topic !== viewed) this.#emit("selected");
    if (!known || !this.chat) this.select(this.userId, this.chatId);
    this.#hasLoaded();
  }

  /** Select a person and a chat; an unknown one is replaced by the first that exists. */
  select(userId = this.userId, chatId = this.chatId) {
    this.userId = this.users.has(userId) ? userId : (this.users.keys().next().value ?? 0);
    const own = this.chatsOf(this.userId);
    this.chatId = (own.find((chat) => chat.id === chatId) ?? own[0])?.id ?? 0;
    localStorage.setItem("atelier.user", String(this.userId));
    localStorage.setItem("atelier.chat", String(this.chatId));
    this.#unread.delete(this.chatId);
    this.#emit("selected");
    this.#emit("unread");
  }

  /** Add a message just sent, unless the stream has brought it already: perhaps in a newer state. @param {number} chatId @param {Entry} entry */
  insert(chatId, entry) {
    if (!this.entry(entry.message.message_id, chatId)) this.upsert(chatId, entry);
  }

  /** @param {number} chatId @param {Entry} entry */
  upsert(chatId, entry) {
    const byId = this.#messages.get(chatId) ?? new Map();
    this.#messages.set(chatId, byId);
    const id = entry.message.message_id;
    const before = byId.get(id);
    if (before && JSON.stringify(before) === JSON.stringify(entry)) return;
    byId.set(id, entry);
    this.#emit(before ? "edit" : "message", { chatId, entry });
    if (!before && chatId !== this.chatId && entry.message.from.is_bot) {
      this.#unread.set(chatId, this.unread(chatId) + 1);
      this.#emit("unread");
    }
  }

  /** @param {number} chatId @param {number} messageId */
  remove(chatId, messageId) {
    if (this.#messages.get(chatId)?.delete(messageId)) this.#emit("delete", { chatId, messageId });
  }

  /** Apply an event of the server's stream. @param {any} event */
  apply(event) {
    if (event.type === "message" || event.type === "edit") this.upsert(event.chat_id, event.entry);
    else if (event.type === "reaction") this.#react(event);
    else if (event.type === "delete") this.remove(event.chat_id, event.message_id);
    else if (event.type === "answer") this.#emit(event.type, event);
    else if (event.type === "bot") {
      this.bot = event.bot;
      this.#emit("bot");
    }
  }

  /** @param {{chat_id: number, message_id: number, reactions: Record<string, number[]>}} event */
  #react({ chat_id: chatId, message_id: messageId, reactions }) {
    const entry = this.entry(messageId, chatId);
    if (entry) this.upsert(chatId, { ...entry, reactions });
  }

  /** @param {number} chatId @param {Entry[]} entries @param {boolean} announce */
  #reconcile(chatId, entries, announce) {
    const ids = new Set(entries.map((entry) => entry.message.message_id));
    if (!announce) {
      this.#messages.set(chatId, new Map(entries.map((entry) => [entry.message.message_id, entry])));
      return;
    }
    for (const id of [...(this.#messages.get(chatId)?.keys() ?? [])]) if (!ids.has(id)) this.remove(chatId, id);
    for (const entry of entries) this.upsert(chatId, entry);
  }

  /** @param {string} type @param {object} [detail] */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
