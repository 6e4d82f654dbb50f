/** Links that stay within Telegram: to the chat with the bot, and to the list of chats to which something is sent. */

import { byId } from "./dom.js";
import { toast } from "./notices.js";

/** @import {Composer} from "./composer.js" */
/** @import {Store} from "./store.js" */

const HOSTS = new Set(["t.me", "telegram.me"]);

/**
 * Follow such links here, wherever in the page they are pressed; all others open as ever.
 *
 * @param {Store} store
 * @param {Composer} composer
 */
export function followLinks(store, composer) {
  document.addEventListener("click", (event) => {
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (!anchor || !URL.canParse(anchor.href)) return;
    const address = new URL(anchor.href);
    if (!HOSTS.has(address.hostname)) return;
    if (address.pathname === `/${store.bot.username}`) begin(store, composer, address.searchParams.get("start") ?? "");
    else if (address.pathname === "/share/url") write(composer, address.searchParams);
    else return;
    event.preventDefault();
  });
}

/** As pressing Start does there. @param {Store} store @param {Composer} composer @param {string} parameter */
function begin(store, composer, parameter) {
  const own = store.chatsOf(store.userId).find((chat) => chat.type === "private");
  if (own && own.id !== store.chatId) store.select(store.userId, own.id);
  void composer.deliver({ text: `/start ${parameter}`.trim() });
}

/** Telegram asks for a chat first; here it is the one in view. @param {Composer} composer @param {URLSearchParams} shared */
function write(composer, shared) {
  composer.propose([shared.get("text"), shared.get("url")].filter(Boolean).join("\n"));
  toast("Telegram would ask for a chat now. Send it here, or open it as somebody else.");
  byId("draft").focus();
}
