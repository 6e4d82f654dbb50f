/** Draws photos, animations, videos and files. A photo that replaces another one fades in. */

import { h, icon, prefersStillness, sizeOf } from "./dom.js";

/** @import {Entry, Media} from "./types.js" */

const BOX = 400;
const NARROWEST = 220;
const FLATTEST = 0.42;

/** Whether the lightbox can show a media. @param {Media | null | undefined} media */
export const isPicture = (media) =>
  Boolean(media && (media.kind === "photo" || (media.kind === "document" && /^image\/(jpeg|png|webp|gif|avif)$/.test(media.mime ?? ""))));

/** Whether a media fills its bubble; others are a line in it. @param {Media | null | undefined} media */
export const isFilling = (media) => Boolean(media && ["photo", "animation", "video"].includes(media.kind));

/** The width in CSS pixels of a media that fills its bubble. @param {Media} media */
export function widthOf({ width, height }) {
  return Math.max(NARROWEST, Math.round(BOX * Math.min(1, (width ?? 1) / (height ?? 1))));
}

/**
 * @param {Entry} entry
 * @param {{before?: boolean}} [options] before: whether the photo that it replies to can be compared with it.
 * @returns {HTMLElement}
 */
export function renderMedia(entry, options = {}) {
  const media = /** @type {Media} */ (entry.media);
  const tile = shell(media);
  tile.dataset.kind = media.kind;
  tile.dataset.url = media.url;
  tile.dataset.id = String(entry.message.message_id);
  if (isFilling(media)) shape(tile, media);
  if (media.kind === "photo") describe(tile, entry, options);
  return tile;
}

/**
 * Update a tile; a new photo fades in over the old one.
 *
 * @param {HTMLElement} tile
 * @param {Entry} entry
 * @param {{before?: boolean}} [options]
 * @returns {HTMLElement} The updated tile, which may be a new one.
 */
export function updateMedia(tile, entry, options = {}) {
  const media = /** @type {Media} */ (entry.media);
  const photos = tile.dataset.kind === "photo" && media.kind === "photo";
  if (photos) describe(tile, entry, options);
  if (tile.dataset.url === media.url) return tile;
  if (!photos) {
    const fresh = renderMedia(entry, options);
    tile.replaceWith(fresh);
    return fresh;
  }
  tile.dataset.url = media.url;
  shape(tile, media);
  void fadeTo(tile, media.url);
  return tile;
}

/** @param {Media} media */
function shell(media) {
  if (media.kind === "photo") return photo(media);
  if (media.kind === "animation" || media.kind === "video") return moving(media);
  if (media.kind === "sticker" && media.mime === "image/webp") return h("img", { class: "sticker", src: media.url, alt: "Sticker" });
  return file(media);
}

/** @param {Media} media */
function photo(media) {
  const image = h("img", { class: "layer", alt: "", src: media.url, decoding: "async", draggable: false });
  return h("button", { type: "button", class: "photo" }, image);
}

/** Say what a photo shows, and whether it can be compared; either may change with an edit. @param {HTMLElement} tile @param {Entry} entry @param {{before?: boolean}} options */
function describe(tile, { message }, { before }) {
  const caption = message.caption?.slice(0, 120);
  tile.setAttribute("aria-label", `${caption ? `Photo: ${caption}` : `Photo from ${message.from.first_name}`}. Open large`);
  const badge = tile.querySelector(".compare-badge");
  if (!before) badge?.remove();
  else if (!badge) tile.append(h("span", { class: "compare-badge" }, icon("compare"), "Before / after"));
}

/** @param {Media} media */
function moving(media) {
  const badge = media.kind === "animation" && h("span", { class: "gif-badge", "aria-hidden": "true" }, "GIF");
  if (media.mime === "image/gif") return h("div", { class: "moving" }, h("img", { class: "layer", src: media.url, alt: media.name ?? "Animation" }), badge);
  const still = prefersStillness();
  const loops = media.kind === "animation";
  const video = h("video", {
    class: "layer", src: media.url, poster: media.thumb_url, loop: loops, muted: loops, playsInline: true,
    autoplay: loops && !still, controls: !loops || still, preload: "metadata",
    "aria-label": loops ? "Animation" : "Video",
  });
  return h("div", { class: "moving" }, video, badge);
}

/** @param {Media} media */
function file(media) {
  const name = media.name ?? media.kind;
  const suffix = name.includes(".") ? name.split(".").pop()?.slice(0, 4) : "";
  const looks = media.thumb_url && isPicture(media)
    ? h("button", { type: "button", class: "file-thumb", "aria-label": `Open ${name} large` }, h("img", { src: media.thumb_url, alt: "" }))
    : h("span", { class: "file-icon", "aria-hidden": "true" }, suffix || icon("file"));
  const details = h("span", { class: "file-about" }, h("span", { class: "file-name" }, name), h("span", { class: "file-size" }, sizeOf(media.size)));
  const link = h("a", { class: "file-link", href: media.url, download: name, "aria-label": `Download ${name}, ${sizeOf(media.size)}` }, details, icon("download"));
  return h("div", { class: "file" }, looks, link);
}

/** Reserve the space before the picture is loaded, or the log would jump. @param {HTMLElement} tile @param {Media} media */
function shape(tile, media) {
  const { width, height } = media;
  const ratio = Math.max(widthOf(media) / BOX, Math.min((width ?? 4) / (height ?? 3), 1 / FLATTEST));
  tile.style.setProperty("--ratio", String(ratio));
}

/** @param {HTMLElement} tile @param {string} url */
async function fadeTo(tile, url) {
  const next = h("img", { class: "layer entering", alt: "", src: url, draggable: false });
  await next.decode().catch(() => undefined);
  if (tile.dataset.url !== url) return;
  const old = [...tile.querySelectorAll(".layer")];
  old[old.length - 1]?.after(next);
  const clear = () => old.forEach((layer) => layer.remove());
  if (prefersStillness()) return clear();
  next.addEventListener("animationend", clear, { once: true });
}
