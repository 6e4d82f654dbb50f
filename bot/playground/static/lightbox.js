/** Shows a picture large, or a picture of the bot beside the photo that it replies to. */

import { beforeOf } from "./bubble.js";
import { byId, h } from "./dom.js";
import { isPicture } from "./media.js";
import { plainText, richText } from "./richtext.js";
import { createSlider } from "./slider.js";

/** @import {Store} from "./store.js" */
/** @import {Entry, Media} from "./types.js" */

export class Lightbox {
  #dialog = /** @type {HTMLDialogElement} */ (byId("lightbox"));
  #stage = byId("lightbox-stage");
  #close = byId("lightbox-close");
  /** @type {Entry | undefined} */
  #entry;
  /** @type {((url: string) => void) | undefined} Replaces the picture that is shown. */
  #setPicture;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.#close.addEventListener("click", () => this.#dialog.close());
    byId("lightbox-previous").addEventListener("click", () => this.#step(-1));
    byId("lightbox-next").addEventListener("click", () => this.#step(1));
    this.#dialog.addEventListener("keydown", (event) => this.#keyPressed(event));
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog || event.target === this.#stage) this.#dialog.close();
    });
    this.#dialog.addEventListener("close", () => {
      this.#entry = undefined;
      this.#stage.replaceChildren();
    });
    store.addEventListener("edit", (event) => this.#edited(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {Entry} entry */
  open(entry) {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#show(entry);
  }

  get #pictures() {
    return this.store.entries().filter((entry) => isPicture(entry.media));
  }

  /** @param {Entry} entry */
  #show(entry) {
    this.#entry = entry;
    const media = /** @type {Media} */ (entry.media);
    const before = beforeOf(this.store, entry);
    if (before?.media) this.#compare(media, before.media);
    else this.#picture(entry, media);
    this.#describe(entry);
  }

  /** @param {Media} after @param {Media} before */
  #compare(after, before) {
    const { width, height } = after.width ? after : before;
    const slider = createSlider({ before: before.url, after: after.url, width: width ?? 4, height: height ?? 3 });
    this.#stage.replaceChildren(slider.element);
    this.#setPicture = slider.setAfter;
    slider.handle.focus();
  }

  /** @param {Entry} entry @param {Media} media */
  #picture(entry, media) {
    const image = h("img", { src: media.url, alt: plainText(entry.html) || `Photo from ${entry.message.from.first_name}` });
    this.#stage.replaceChildren(image);
    this.#setPicture = (url) => void (image.src = url);
    this.#close.focus();
  }

  /** Show the caption, and the position of this picture among all pictures of the chat. @param {Entry} entry */
  #describe({ html, media }) {
    byId("lightbox-caption").textContent = richText(html).textContent;
    const ids = this.#pictures.map(({ message }) => message.message_id);
    const at = ids.indexOf(this.#entry?.message.message_id ?? 0);
    byId("lightbox-count").textContent = `${at + 1} of ${ids.length}`;
    byId("lightbox-previous").toggleAttribute("disabled", at <= 0);
    byId("lightbox-next").toggleAttribute("disabled", at >= ids.length - 1);
    const save = /** @type {HTMLAnchorElement} */ (byId("lightbox-save"));
    save.href = media?.url ?? "";
    save.download = media?.name ?? `atelier-${this.#entry?.message.message_id}.jpg`;
  }

  /** @param {number} by */
  #step(by) {
    const pictures = this.#pictures;
    const at = pictures.findIndex(({ message }) => message.message_id === this.#entry?.message.message_id);
    const next = pictures[at + by];
    if (next) this.#show(next);
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.key === "ArrowLeft") this.#step(-1);
    else if (event.key === "ArrowRight") this.#step(1);
    else return;
    event.preventDefault();
  }

  /** Replace the open picture if its message is edited. @param {{entry: Entry}} change */
  #edited({ entry }) {
    const open = this.#entry;
    if (!open || open.message.chat.id !== entry.message.chat.id || open.message.message_id !== entry.message.message_id) return;
    if (!isPicture(entry.media)) return;
    const changed = open.media?.url !== entry.media?.url;
    this.#entry = entry;
    if (changed) this.#setPicture?.(entry.media?.url ?? "");
    this.#describe(entry);
  }
}
