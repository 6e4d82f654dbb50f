/**
 * The types of the data between the server and the page.
 *
 * @typedef {{id: number, first_name: string, is_bot?: boolean, username?: string, language_code?: string}} User
 * @typedef {{id: number, type: "private" | "group", title: string, members: number[], forum: boolean, topics: Topic[],
 *   general_closed: boolean, forbidden: string[], blocked: boolean}} Chat forbidden: kinds of messages that the bot must not send.
 * @typedef {{id: number, name: string, closed: boolean}} Topic
 * @typedef {{command: string, description: string}} Command
 * @typedef {{description: string, short_description: string, commands: Command[]}} Profile
 * @typedef {Profile & {id: number, name: string, username: string, for_chat?: Record<string, Profile>}} Bot for_chat: in the language
 *   and with the commands of each chat.
 * @typedef {{text: string, callback_data?: string, url?: string, copy_text?: {text: string}, style?: string}} Button
 * @typedef {{inline_keyboard: Button[][]}} Keyboard
 * @typedef {object} Message The Bot API's Message, with the fields that the page uses.
 * @property {number} message_id
 * @property {number} date Seconds since the epoch.
 * @property {number} [edit_date]
 * @property {User} from
 * @property {{id: number}} chat
 * @property {string} [text]
 * @property {string} [caption]
 * @property {string} [media_group_id]
 * @property {Message} [reply_to_message]
 * @property {Keyboard} [reply_markup]
 * @property {number} [message_thread_id]
 * @property {boolean} [is_topic_message]
 *
 * @typedef {object} Media
 * @property {string} kind photo, document, animation, video, sticker, voice ...
 * @property {string} url
 * @property {string | null} thumb_url
 * @property {number | null} width Pixels.
 * @property {number | null} height Pixels.
 * @property {string | null} name
 * @property {number | null} size Bytes.
 * @property {string | null} mime
 *
 * @typedef {{message: Message, html: string, media: Media | null, silent?: boolean, forces_reply?: boolean,
 *   reactions?: Record<string, number[]>}} Entry reactions: who has reacted, by emoji.
 *
 * @typedef {object} State
 * @property {Bot} bot
 * @property {User[]} users
 * @property {Chat[]} chats
 * @property {Record<string, Entry[]>} messages By chat id.
 * @property {number} cursor
 *
 * @typedef {object} Answer A bot's answer to a pressed button.
 * @property {number} chat_id
 * @property {number} message_id
 * @property {number} user_id
 * @property {string} callback_query_id
 * @property {string} [text]
 * @property {boolean} [show_alert]
 *
 * @typedef {{id: string, title?: string, description?: string, thumb_url?: string}} InlineResult
 * @typedef {{query_id: string, results: InlineResult[], next_offset: string,
 *   button?: {text: string, start_parameter?: string}}} InlineAnswer
 * @typedef {{file: string, url: string, alt: string, credit: string}} SamplePicture
 * @typedef {{title: string, content: SamplePicture, style: SamplePicture}} Sample
 * @typedef {{method: string, kind: string, count: number, seconds?: number, status?: number}} Fault
 */
export {};
