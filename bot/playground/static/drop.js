/** Takes files that are dragged onto the page, in two zones as in Telegram's desktop app. */

import { byId } from "./dom.js";

/** @import {Attach} from "./attach.js" */

/** @param {Attach} attach */
export function acceptDrops(attach) {
  const overlay = byId("drop");
  let depth = 0;
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  const light = (/** @type {EventTarget | null} */ target) => {
    const over = target instanceof Element ? target.closest(".drop-zone") : null;
    for (const zone of overlay.children) zone.classList.toggle("over", zone === over);
  };
  const leave = () => {
    depth = 0;
    overlay.hidden = true;
  };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    overlay.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) leave();
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    light(event.target);
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const zone = event.target instanceof Element ? event.target.closest(".drop-zone") : null;
    const asFile = zone instanceof HTMLElement && zone.dataset.as === "document";
    leave();
    attach.offer([...(event.dataTransfer?.files ?? [])], asFile ? "document" : "photo");
  });
}
