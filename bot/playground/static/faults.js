/** The panel that makes the next calls of the bot fail. */

import { addFault, clearFaults, fetchFaults, RequestError } from "./api.js";
import { byId, h } from "./dom.js";
import { toast } from "./notices.js";

/** @import {Fault} from "./types.js" */

const LOOK_AGAIN = 1500;
/** @type {Record<string, string>} */
const WORDS = { drop: "drops", error: "error", flood: "too many requests", flood_all: "too many requests in all chats", slow: "slow", lost_answer: "lost answer" };

export function setUpFaults() {
  const panel = /** @type {HTMLDetailsElement} */ (byId("faults"));
  const form = /** @type {HTMLFormElement} */ (byId("fault-form"));
  const fit = () => {
    const kind = String(new FormData(form).get("kind"));
    for (const label of form.querySelectorAll("label[data-for]")) {
      const wanted = /** @type {HTMLElement} */ (label).dataset.for?.split(" ").includes(kind);
      label.toggleAttribute("hidden", !wanted);
    }
  };
  fit();
  form.addEventListener("change", fit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void change(() => addFault(chosen(form)));
  });
  byId("clear-faults").addEventListener("click", () => void change(clearFaults));
  panel.addEventListener("toggle", () => {
    if (!panel.open) return;
    const timer = setInterval(() => (panel.open ? void draw() : clearInterval(timer)), LOOK_AGAIN);
    void draw();
  });
}

/** @param {HTMLFormElement} form @returns {Fault} */
function chosen(form) {
  const data = new FormData(form);
  const kind = String(data.get("kind"));
  const fault = { method: String(data.get("method")), kind, count: Number(data.get("count")) };
  if (kind === "error") return { ...fault, status: Number(data.get("status")) };
  if (["flood", "flood_all", "slow"].includes(kind)) return { ...fault, seconds: Number(data.get("seconds")) };
  return fault;
}

/** @param {() => Promise<unknown>} request */
async function change(request) {
  try {
    await request();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    toast(error.message, "error");
  }
  await draw();
}

async function draw() {
  const faults = await fetchFaults().catch(() => []);
  const lines = faults.map(({ method, kind, count }) => `${method}: ${WORDS[kind] ?? kind}, ${count} left`);
  const list = byId("active-faults");
  if (lines.join() === [...list.children].map((line) => line.textContent).join()) return;
  list.replaceChildren(...lines.map((line) => h("li", {}, line)));
}
