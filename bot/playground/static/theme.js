/** The looks of the page: its colours, and whether the chat is as wide as the window or as on a phone. */

import { byId, setIcon } from "./dom.js";

/** @typedef {{name: string, icon: string, label: string}} Look */

export function setUpTheme() {
  leafThrough(byId("theme"), "theme", [
    { name: "", icon: "auto", label: "Colours: as the system" },
    { name: "light", icon: "sun", label: "Colours: light" },
    { name: "dark", icon: "moon", label: "Colours: dark" },
  ]);
  leafThrough(byId("view"), "view", [
    { name: "", icon: "desk", label: "Chat: as wide as the window" },
    { name: "phone", icon: "phone", label: "Chat: as on a phone" },
  ]);
}

/** Have a button choose the next look, which outlives a reload. @param {HTMLElement} button @param {string} key @param {Look[]} looks */
function leafThrough(button, key, looks) {
  const root = document.documentElement;
  const at = () => Math.max(0, looks.findIndex(({ name }) => name === root.dataset[key]));
  const draw = () => {
    const { icon, label } = looks[at()];
    setIcon(button.querySelector("svg"), icon);
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    const { name } = looks[(at() + 1) % looks.length];
    root.dataset[key] = name;
    localStorage.setItem(`atelier.${key}`, name);
    draw();
  });
  draw();
}
