/** Shows the commands behind the Menu button, and completes a command after a slash. */

import { byId, h } from "./dom.js";

/** @import {Store} from "./store.js" */

/** Event: `run` (detail: the command with its slash). */
export class CommandMenu extends EventTarget {
  #list = byId("command-menu");
  #draft = /** @type {HTMLTextAreaElement} */ (byId("draft"));
  #button = byId("menu-button");
  #active = -1;
  #completing = false;

  /** @param {Store} store */
  constructor(store) {
    super();
    this.store = store;
    this.#button.addEventListener("click", () => (this.#list.hidden ? this.#openMenu() : this.close()));
    this.#button.addEventListener("keydown", (event) => this.handleKey(event));
    store.addEventListener("bot", () => this.#offer());
    store.addEventListener("selected", () => {
      this.#offer();
      this.close();
    });
    document.addEventListener("pointerdown", (event) => {
      const inside = event.target instanceof Element && event.target.closest("#composer");
      if (!inside) this.close();
    });
  }

  /** Show the commands that begin like the text, if it begins with a slash. @param {string} text */
  complete(text) {
    const begun = /^\/([a-z0-9_]*)$/i.exec(text)?.[1];
    if (begun === undefined) this.close();
    else this.#open(begun.toLowerCase(), true);
  }

  /** @param {KeyboardEvent} event @returns {boolean} Whether the menu used the key. */
  handleKey(event) {
    if (this.#list.hidden) return false;
    const count = this.#list.children.length;
    const moves = { ArrowDown: this.#active + 1, ArrowUp: this.#active - 1 + count, Home: 0, End: count - 1 };
    if (event.key in moves) this.#point(moves[/** @type {keyof typeof moves} */ (event.key)] % count);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" && this.#completing) this.#fill();
    else if (event.key === "Enter" && this.#active >= 0) this.#choose(this.#active);
    else return false;
    event.preventDefault();
    return true;
  }

  close() {
    this.#list.hidden = true;
    this.#active = -1;
    this.#draft.removeAttribute("aria-activedescendant");
    for (const opener of [this.#draft, this.#button]) opener.setAttribute("aria-expanded", "false");
  }

  #offer() {
    this.#button.hidden = this.store.profile.commands.length === 0;
  }

  #openMenu() {
    this.#open("", false);
    this.#button.focus();
  }

  /** @param {string} begun @param {boolean} completing */
  #open(begun, completing) {
    const found = this.store.profile.commands.filter(({ command }) => command.startsWith(begun));
    if (found.length === 0) return this.close();
    this.#completing = completing;
    this.#list.replaceChildren(...found.map(({ command, description }, index) => this.#option(command, description, index)));
    this.#list.hidden = false;
    (completing ? this.#draft : this.#button).setAttribute("aria-expanded", "true");
    this.#point(0);
  }

  /** @param {string} command @param {string} description @param {number} index */
  #option(command, description, index) {
    const option = h("li", { role: "option", id: `command-${index}`, dataset: { command: `/${command}` } }, h("b", {}, `/${command}`), h("span", {}, description));
    option.addEventListener("pointermove", () => this.#point(index));
    option.addEventListener("click", () => this.#choose(index));
    return option;
  }

  /** @param {number} index */
  #point(index) {
    this.#active = index;
    [...this.#list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.#list.children[index]?.scrollIntoView({ block: "nearest" });
    (this.#completing ? this.#draft : this.#button).setAttribute("aria-activedescendant", `command-${index}`);
  }

  #fill() {
    this.#draft.value = `${this.#commandAt(this.#active)} `;
    this.#draft.dispatchEvent(new Event("input"));
  }

  /** @param {number} index */
  #choose(index) {
    const command = this.#commandAt(index);
    if (this.#completing) {
      this.#draft.value = "";
      this.#draft.dispatchEvent(new Event("input"));
    }
    this.close();
    this.#draft.focus();
    this.dispatchEvent(new CustomEvent("run", { detail: command }));
  }

  /** @param {number} index */
  #commandAt(index) {
    const option = this.#list.children[index];
    return option instanceof HTMLElement ? (option.dataset.command ?? "") : "";
  }
}
