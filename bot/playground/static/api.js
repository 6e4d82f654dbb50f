/** The requests to the server, one function each. */

/** @import {Entry, Fault, InlineAnswer, Sample, State} from "./types.js" */

/** The server refused a request, or did not answer. */
export class RequestError extends Error {}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new RequestError("The playground's server does not answer.");
  }
  const text = await response.text();
  const body = parsed(text);
  if (!response.ok) {
    throw new RequestError(body?.description ?? body?.error ?? (text.slice(0, 200) || response.statusText));
  }
  return body;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {unknown} body */
const json = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** @returns {Promise<State>} */
export const fetchState = () => request("/client/state");

/** @param {number} cursor The number of the last event that the page has. */
export const openEvents = (cursor) => new EventSource(`/client/events?cursor=${cursor}`);

/**
 * @param {object} outgoing
 * @param {number} outgoing.chatId
 * @param {number} outgoing.userId
 * @param {string} [outgoing.text]
 * @param {number} [outgoing.replyTo]
 * @param {number | null} [outgoing.topic]
 * @param {"photo" | "document" | "sticker"} [outgoing.as]
 * @param {File[]} [outgoing.files] Several become an album.
 * @returns {Promise<{messages: Entry[]}>}
 */
export function send({ chatId, userId, text, replyTo, topic, as = "photo", files = [] }) {
  const form = new FormData();
  form.append("chat_id", String(chatId));
  form.append("user_id", String(userId));
  if (text) form.append("text", text);
  if (replyTo) form.append("reply_to", String(replyTo));
  if (topic) form.append("topic", String(topic));
  if (files.length) form.append("as", as);
  for (const file of files) form.append("file", file, file.name);
  return request("/client/send", { method: "POST", body: form });
}

/**
 * @param {{chat_id: number, user_id: number, message_id: number, data: string}} press
 * @returns {Promise<{callback_query_id: string}>}
 */
export const press = (press) => request("/client/press", json(press));

/** @param {{chat_id: number, user_id: number, message_id: number, emoji: string | null}} reaction */
export const react = (reaction) => request("/client/react", json(reaction));

/**
 * @param {{chat_id: number, user_id: number, query: string, offset: string}} query
 * @returns {Promise<InlineAnswer>}
 */
export const askInline = (query) => request("/client/inline", json(query));

/**
 * @param {{chat_id: number, user_id: number, query_id: string, result_id: string}} choice
 * @returns {Promise<{messages: Entry[]}>}
 */
export const chooseInline = (choice) => request("/client/inline/choose", json(choice));

/**
 * Change what the bot may do in a chat: its rights, a topic, or whether it is blocked.
 *
 * @param {"rights" | "topic" | "block"} what
 * @param {object} wish
 * @returns {Promise<any>}
 */
export const changePlace = (what, wish) => request(`/client/${what}`, json(wish));

/** @returns {Promise<Sample[]>} */
export const fetchSamples = () => request("/client/samples");

/** @returns {Promise<Fault[]>} */
export async function fetchFaults() {
  const body = await request("/client/faults");
  return Array.isArray(body) ? body : (body?.faults ?? []);
}

/** @param {Fault} fault */
export const addFault = (fault) => request("/client/faults", json(fault));

export const clearFaults = () => request("/client/faults", { method: "DELETE" });

/**
 * @param {string} url
 * @param {string} name
 * @returns {Promise<File>}
 */
export async function fetchFile(url, name) {
  const response = await fetch(url);
  if (!response.ok) throw new RequestError(`${name} could not be loaded.`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
