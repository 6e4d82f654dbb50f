/** Switches between the light theme, the dark theme and that of the system. */

import { byId, setIcon } from "./dom.js";

const THEMES = [
  { name: "", icon: "auto", label: "as the system" },
  { name: "light", icon: "sun", label: "light" },
  { name: "dark", icon: "moon", label: "dark" },
];

export function setUpTheme() {
  const button = byId("theme");
  const root = document.documentElement;
  const draw = () => {
    const theme = THEMES.find(({ name }) => name === (root.dataset.theme ?? "")) ?? THEMES[0];
    setIcon(button.querySelector("svg"), theme.icon);
    button.setAttribute("aria-label", `Colours: ${theme.label}`);
    button.title = `Colours: ${theme.label}`;
  };
  button.addEventListener("click", () => {
    const at = THEMES.findIndex(({ name }) => name === (root.dataset.theme ?? ""));
    const { name } = THEMES[(at + 1) % THEMES.length];
    if (name) root.dataset.theme = name;
    else delete root.dataset.theme;
    localStorage.setItem("atelier.theme", name);
    draw();
  });
  draw();
}
