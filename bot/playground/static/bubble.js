/** One bubble shows a message or an album, and redraws only the parts that change. */

import { react, RequestError } from "./api.js";
import { h, hueOf, icon, momentOf, showAvatar, timeOf } from "./dom.js";
import { isFilling, isPicture, renderMedia, updateMedia, widthOf } from "./media.js";
import { toast } from "./notices.js";
import { plainText, richText } from "./richtext.js";

/** @import {Presses} from "./keyboard.js" */
/** @import {Store} from "./store.js" */
/** @import {Entry, Media, Message} from "./types.js" */

/** The number of pictures in each line of an album, by the number of all its pictures. @type {Record<number, number[]>} */
const ALBUM_LINES = {
  2: [2], 3: [1, 2], 4: [2, 2], 5: [2, 3], 6: [3, 3], 7: [2, 2, 3], 8: [2, 3, 3], 9: [3, 3, 3], 10: [2, 2, 3, 3],
};

const ALBUM_WIDTH = 400;
const HEART = "❤";

/** Messages with equal keys share a bubble. @param {Message} message */
export const keyOf = (message) => (message.media_group_id ? `g${message.media_group_id}` : `m${message.message_id}`);

/** The words that stand for a message in a quote. @param {Entry | undefined} entry @param {Message} message */
export function summaryOf(entry, message) {
  const words = entry ? plainText(entry.html) : (message.text ?? message.caption ?? "");
  const kind = entry?.media?.kind;
  const name = kind === "document" ? (entry?.media?.name ?? "File") : kind === "animation" ? "Animation" : "Photo";
  return words || (kind || !message.text ? name : "Message");
}

export class Bubble {
  /** @type {Map<string, string>} The data that each part was last drawn from, as JSON. */
  #drawn = new Map();
  #sender = h("div", { class: "sender", hidden: true });
  #quote = h("div", { class: "quote-slot", hidden: true });
  #media = h("div", { class: "media", hidden: true });
  #text = h("div", { class: "text", dir: "auto" });
  #meta = h("span", { class: "meta" });
  #keyboard = h("div", { class: "keyboard", role: "group", "aria-label": "Buttons", hidden: true });
  #avatar = h("span", { class: "avatar small", hidden: true });
  #reactions = h("div", { class: "reactions", role: "group", "aria-label": "Reactions", hidden: true });
  #body = h("div", { class: "bubble" }, this.#sender, this.#quote, this.#media, this.#text, this.#reactions);
  #stack = h("div", { class: "stack" }, this.#body, this.#keyboard);
  #reply = h("button", { type: "button", class: "icon-button reply-button", "aria-label": "Reply" }, icon("reply"));
  #love = h("button", { type: "button", class: "icon-button love-button", "aria-label": "Give a heart" }, HEART);
  element = h("article", {}, this.#avatar, this.#stack, h("div", { class: "row-tools" }, this.#reply, this.#love));

  /**
   * @param {Store} store
   * @param {Presses} presses
   */
  constructor(store, presses) {
    this.store = store;
    this.presses = presses;
    /** @type {Entry[]} */
    this.entries = [];
    this.#love.addEventListener("click", () => void this.#toggle(HEART));
  }

  get first() {
    return this.entries[0];
  }

  /** @param {Entry[]} entries One message, or the messages of an album in order. */
  update(entries) {
    this.entries = entries;
    const { message } = entries[0];
    const out = message.from.id === this.store.userId;
    this.element.classList.add("row", out ? "out" : "in");
    this.element.dataset.ids = entries.map((entry) => entry.message.message_id).join(" ");
    this.element.setAttribute("aria-label", `${out ? "You" : message.from.first_name}, ${timeOf(message.date)}`);
    this.#part("sender", [message.from, this.store.chat?.type, out], () => this.#drawSender(message, out));
    this.#part("quote", message.reply_to_message?.message_id ?? null, () => this.#drawQuote(message.reply_to_message));
    this.#drawMedia();
    const captioned = entries.find((entry) => entry.html) ?? entries[0];
    for (const part of [this.#text, this.#keyboard]) part.lang = this.#languageOf(message);
    this.#part("text", captioned.html, () => this.#drawText(captioned.html));
    this.#part("meta", [message.date, message.edit_date, out], () => this.#drawMeta(message, out));
    this.#part("keyboard", [message.reply_markup ?? null, message.chat.id], () => this.presses.render(entries[0], this.#keyboard));
    this.#part("reactions", [this.first.reactions ?? {}, this.store.userId], () => this.#drawReactions(this.first.reactions ?? {}));
    this.#drawShape(Boolean(captioned.html));
  }

  /** Draw a part only if its data has changed. @param {string} name @param {unknown} source @param {() => void} draw */
  #part(name, source, draw) {
    const now = JSON.stringify(source);
    if (this.#drawn.get(name) === now) return;
    this.#drawn.set(name, now);
    draw();
  }

  /** @param {Message} message @param {boolean} out */
  #drawSender(message, out) {
    const shown = this.store.chat?.type === "group" && !out;
    this.#sender.hidden = !shown;
    this.#avatar.hidden = !shown;
    if (!shown) return;
    this.#sender.textContent = message.from.first_name;
    this.#sender.style.color = `color-mix(in srgb, ${hueOf(message.from.id)} 55%, var(--ink))`;
    showAvatar(this.#avatar, { id: message.from.id, name: message.from.first_name, bot: message.from.is_bot });
  }

  /** The language of a message in a private chat, as its person's Telegram says; "" where it may be any. @param {Message} message */
  #languageOf(message) {
    return this.store.users.get(message.chat.id)?.language_code ?? "";
  }

  /** @param {Message | undefined} replied */
  #drawQuote(replied) {
    this.#quote.hidden = !replied;
    if (!replied) return this.#quote.replaceChildren();
    const entry = this.store.entry(replied.message_id);
    const thumb = entry?.media && isPicture(entry.media) ? h("img", { src: entry.media.thumb_url ?? entry.media.url, alt: "" }) : null;
    const name = replied.from.id === this.store.userId ? "You" : replied.from.first_name;
    const words = h("span", { class: "quote-words" }, h("b", {}, name), h("span", { dir: "auto" }, summaryOf(entry, replied)));
    this.#quote.replaceChildren(
      h("button", { type: "button", class: "quote", dataset: { jump: String(replied.message_id) }, "aria-label": `In reply to ${name}: ${summaryOf(entry, replied)}. Go there` }, thumb, words),
    );
  }

  #drawMedia() {
    const shown = this.entries.filter((entry) => entry.media);
    const filling = shown.every((entry) => isFilling(entry.media));
    const lines = filling ? ALBUM_LINES[shown.length] : undefined;
    const columns = lines?.flatMap((count) => Array(count).fill(count)) ?? [];
    const old = new Map([...this.#media.children].map((tile) => [/** @type {HTMLElement} */ (tile).dataset.id, /** @type {HTMLElement} */ (tile)]));
    const tiles = shown.map((entry) => {
      const before = Boolean(beforeOf(this.store, entry));
      const tile = old.get(String(entry.message.message_id));
      return tile ? updateMedia(tile, entry, { before }) : renderMedia(entry, { before });
    });
    tiles.forEach((tile, index) => {
      tile.style.setProperty("--span", String(6 / (columns[index] ?? 1)));
      tile.classList.toggle("wide", columns[index] === 1);
    });
    if (tiles.some((tile, index) => this.#media.children[index] !== tile) || tiles.length !== this.#media.children.length) {
      this.#media.replaceChildren(...tiles);
    }
    this.#media.hidden = shown.length === 0;
    this.#media.classList.toggle("album", Boolean(lines));
  }

  /** @param {string} html */
  #drawText(html) {
    const folds = () => [...this.#text.querySelectorAll(".fold")];
    const states = folds().map((fold) => fold.ariaExpanded);
    this.#text.replaceChildren(richText(html), this.#meta);
    folds().forEach((fold, index) => (fold.ariaExpanded = states[index] ?? "false"));
  }

  /** @param {Message} message @param {boolean} out */
  #drawMeta(message, out) {
    this.#meta.title = momentOf(message.date);
    this.#meta.replaceChildren(
      message.edit_date ? h("span", { class: "edited" }, "edited") : "",
      h("time", { dateTime: new Date(message.date * 1000).toISOString() }, timeOf(message.date)),
      out ? icon("checks") : "",
      this.first.silent ? h("span", { class: "silent", title: "Sent without a sound", role: "img", "aria-label": "Sent without a sound" }, icon("mute")) : "",
    );
  }

  /** @param {Record<string, number[]>} reactions */
  #drawReactions(reactions) {
    const given = Object.entries(reactions);
    this.#reactions.hidden = given.length === 0;
    this.#reactions.replaceChildren(
      ...given.map(([emoji, people]) => {
        const mine = people.includes(this.store.userId);
        const label = `${emoji} ${people.length}`;
        const pill = h("button", { type: "button", class: "reaction", "aria-pressed": String(mine), "aria-label": label }, people.length > 1 ? label : emoji);
        pill.addEventListener("click", () => void this.#toggle(emoji));
        return pill;
      }),
    );
  }

  /** Give the message a reaction of the selected person, or take it back. @param {string} emoji */
  async #toggle(emoji) {
    const { message, reactions } = this.first;
    const mine = reactions?.[emoji]?.includes(this.store.userId);
    try {
      await react({ chat_id: message.chat.id, user_id: this.store.userId, message_id: message.message_id, emoji: mine ? null : emoji });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      toast(error.message, "error");
    }
  }

  /** @param {boolean} captioned */
  #drawShape(captioned) {
    const { media } = this.first;
    const filling = isFilling(media);
    const classes = { filling, captioned, bare: media?.kind === "sticker" };
    for (const [name, on] of Object.entries(classes)) this.#body.classList.toggle(name, on);
    this.#stack.classList.toggle("filling", filling);
    const width = media && this.entries.length === 1 ? widthOf(media) : ALBUM_WIDTH;
    if (filling) this.#stack.style.setProperty("--width", `${width}px`);
  }
}

/** The photo that a picture of the bot replies to, for the comparison; a command in between replies to the photo itself. @param {Store} store @param {Entry} entry */
export function beforeOf(store, entry) {
  /** @type {Entry | undefined} */
  let before = entry;
  do before = store.entry(before.message.reply_to_message?.message_id, entry.message.chat.id);
  while (before && !before.media);
  const pictures = entry.message.from.is_bot && isPicture(entry.media) && isPicture(before?.media) && !before.message.from.is_bot;
  return pictures && sameShape(entry.media, before.media) ? before : undefined;
}

/** Whether two pictures can lie on each other: a collage of a photo cannot lie on the photo. @param {Media} one @param {Media} other */
function sameShape(one, other) {
  if (!one.width || !one.height || !other.width || !other.height) return true;
  return Math.abs(Math.log((one.width * other.height) / (one.height * other.width))) < 0.2;
}
