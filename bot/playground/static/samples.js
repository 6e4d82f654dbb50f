/** Sample pairs: one click sends the photo and then the style picture, as a person would. */

import { fetchFile, fetchSamples, RequestError } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./notices.js";

/** @import {Composer} from "./composer.js" */
/** @import {Sample} from "./types.js" */

/**
 * Fill lists with the server's samples.
 *
 * @param {HTMLElement[]} lists
 * @param {Composer} composer
 * @param {() => void} started Called when somebody chooses a pair.
 */
export async function offerSamples(lists, composer, started) {
  const samples = await fetchSamples().catch(() => []);
  for (const list of lists) list.replaceChildren(...samples.map((sample) => card(sample, composer, started)));
}

/** @param {Sample} sample @param {Composer} composer @param {() => void} started */
function card(sample, composer, started) {
  const pictures = [sample.content, sample.style].map(({ url, alt }) => h("img", { src: url, alt, loading: "lazy", draggable: false }));
  const button = h("button", { type: "button", class: "sample-button" },
    h("span", { class: "sample-pictures" }, pictures[0], h("span", { class: "plus", "aria-hidden": "true" }, "+"), pictures[1]),
    h("span", { class: "sample-title" }, sample.title));
  button.addEventListener("click", async () => {
    started();
    button.disabled = true;
    await sendPair(sample, composer);
    button.disabled = false;
  });
  const credit = h("span", { class: "credit" }, `${sample.content.credit}. ${sample.style.credit}.`);
  return h("div", { class: "sample" }, button, credit);
}

/** @param {Sample} sample @param {Composer} composer */
async function sendPair(sample, composer) {
  try {
    for (const { url, file } of [sample.content, sample.style]) {
      const sent = await composer.deliver({ files: [await fetchFile(url, file)], as: "photo" });
      if (!sent) return;
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    toast(error.message, "error");
  }
}
