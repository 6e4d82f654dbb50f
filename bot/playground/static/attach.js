/** Sends pictures and files: shows those that were picked, dropped or pasted, and takes a caption. */

import { byId, h, icon, sizeOf } from "./dom.js";

/** @import {Composer} from "./composer.js" */
/** @typedef {"photo" | "document" | "sticker"} SendAs */

const MOST = 10;
const HINTS = { photo: "Photos are made smaller, as in Telegram.", document: "Files keep every byte.", sticker: "Stickers have no caption." };
const PHOTO_TYPES = /^image\/(jpeg|png|webp|gif|bmp|avif)$/;

export class Attach {
  #dialog = /** @type {HTMLDialogElement} */ (byId("compose"));
  #form = /** @type {HTMLFormElement} */ (byId("compose-form"));
  #input = /** @type {HTMLInputElement} */ (byId("files"));
  #caption = /** @type {HTMLTextAreaElement} */ (byId("caption"));
  #previews = byId("previews");
  /** @type {{file: File, url: string}[]} */
  #chosen = [];
  #dropped = 0;

  /** @param {Composer} composer */
  constructor(composer) {
    this.composer = composer;
    byId("attach").addEventListener("click", () => this.#input.click());
    byId("compose-close").addEventListener("click", () => this.#dialog.close());
    this.#input.addEventListener("change", () => this.#picked());
    this.#form.addEventListener("submit", (event) => void this.#submitted(event));
    this.#form.addEventListener("change", () => this.#draw());
    this.#caption.addEventListener("keydown", (event) => this.#keyPressed(event));
    this.#dialog.addEventListener("close", () => this.#empty());
    document.addEventListener("paste", (event) => this.#pasted(event));
  }

  /** Show files before they are sent. @param {File[]} files @param {SendAs} [as] */
  offer(files, as = "photo") {
    if (files.length === 0) return;
    if (!this.#dialog.open) this.#as = as;
    this.#dropped = Math.max(0, this.#chosen.length + files.length - MOST);
    const added = files.slice(0, MOST - this.#chosen.length);
    this.#chosen.push(...added.map((file) => ({ file, url: URL.createObjectURL(file) })));
    this.#draw();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#caption.focus();
  }

  /** @returns {SendAs} */
  get #as() {
    const as = new FormData(this.#form).get("as");
    return as === "document" || as === "sticker" ? as : "photo";
  }

  /** @param {SendAs} as */
  set #as(as) {
    for (const radio of this.#radios) radio.checked = radio.value === as;
  }

  get #radios() {
    return /** @type {HTMLInputElement[]} */ ([...this.#form.querySelectorAll("input[name=as]")]);
  }

  #picked() {
    const files = [...(this.#input.files ?? [])];
    this.#input.value = "";
    this.offer(files);
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.offer(files);
  }

  #draw() {
    const photos = this.#chosen.every(({ file }) => PHOTO_TYPES.test(file.type));
    if (!photos) this.#as = "document";
    // Telegram's still stickers are WebP pictures, and go one by one.
    const sticker = this.#chosen.length === 1 && this.#chosen[0].file.type === "image/webp";
    if (!sticker && this.#as === "sticker") this.#as = photos ? "photo" : "document";
    for (const radio of this.#radios) radio.disabled = (radio.value === "photo" && !photos) || (radio.value === "sticker" && !sticker);
    const as = this.#as;
    this.#previews.className = `previews as-${as} n${this.#chosen.length}`;
    this.#previews.replaceChildren(...this.#chosen.map((each, index) => this.#preview(each, index, as)));
    const count = this.#chosen.length;
    const noun = as === "document" ? "file" : as;
    byId("compose-title").textContent = count === 1 ? `Send a ${noun}` : `Send ${count} ${noun}s as an album`;
    const hints = [
      HINTS[as],
      this.#dropped ? `An album holds ${MOST}; ${this.#dropped} left out.` : "",
    ];
    byId("compose-hint").textContent = hints.filter(Boolean).join(" ");
  }

  /** @param {{file: File, url: string}} chosen @param {number} index @param {string} as */
  #preview({ file, url }, index, as) {
    const remove = h("button", { type: "button", class: "icon-button remove", "aria-label": `Leave out ${file.name}` }, icon("close"));
    remove.addEventListener("click", () => this.#leaveOut(index));
    const picture = PHOTO_TYPES.test(file.type) ? h("img", { src: url, alt: file.name }) : h("span", { class: "file-icon" }, icon("file"));
    const about = as === "document" && h("span", { class: "file-about" }, h("span", { class: "file-name" }, file.name), h("span", { class: "file-size" }, sizeOf(file.size)));
    return h("div", { class: "preview" }, picture, about, remove);
  }

  /** @param {number} index */
  #leaveOut(index) {
    const [gone] = this.#chosen.splice(index, 1);
    URL.revokeObjectURL(gone.url);
    this.#dropped = 0;
    if (this.#chosen.length === 0) return this.#dialog.close();
    this.#draw();
    this.#caption.focus();
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {Event} event */
  async #submitted(event) {
    event.preventDefault();
    const outgoing = { files: this.#chosen.map(({ file }) => file), as: this.#as, text: this.#caption.value.trim() };
    this.#form.classList.add("busy");
    const sent = await this.composer.deliver(outgoing);
    this.#form.classList.remove("busy");
    if (sent) this.#dialog.close();
    else byId("compose-hint").textContent = "It could not be sent. Try again, or change it.";
  }

  #empty() {
    for (const { url } of this.#chosen) URL.revokeObjectURL(url);
    this.#chosen = [];
    this.#caption.value = "";
    this.#previews.replaceChildren();
  }
}
