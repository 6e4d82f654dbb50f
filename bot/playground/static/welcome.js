/** An empty chat introduces the bot and offers two ways to begin. */

import { h, icon } from "./dom.js";

/** @import {Composer} from "./composer.js" */
/** @import {Store} from "./store.js" */

/**
 * @param {Store} store
 * @param {Composer} composer
 * @returns {{element: HTMLElement, samples: HTMLElement}}
 */
export function createWelcome(store, composer) {
  const name = h("h2");
  const description = h("p");
  const samples = h("div", { class: "sample-list" });
  const start = h("button", { type: "button", class: "button start" }, "Start");
  start.addEventListener("click", () => void composer.runCommand("/start"));
  const about = h("div", { class: "welcome-card" }, h("span", { class: "avatar large bot" }, icon("mark")), name, description, start);
  const element = h("section", { class: "welcome", "aria-label": "About the bot" }, about, h("h3", {}, "or try a pair"), samples);
  const draw = () => {
    const { profile } = store;
    name.textContent = store.bot.name;
    description.textContent = profile.description || profile.short_description;
    description.hidden = !description.textContent;
  };
  store.addEventListener("bot", draw);
  store.addEventListener("selected", draw);
  return { element, samples };
}
