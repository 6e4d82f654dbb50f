/** Creates the parts of the page and connects them. */

import { Attach } from "./attach.js";
import { CommandMenu } from "./commands.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { acceptDrops } from "./drop.js";
import { setUpFaults } from "./faults.js";
import { Header } from "./header.js";
import { Presses } from "./keyboard.js";
import { InlineBox } from "./inline.js";
import { Lightbox } from "./lightbox.js";
import { followLinks } from "./links.js";
import { Log } from "./log.js";
import { showBanner } from "./notices.js";
import { PlacePanel } from "./place.js";
import { offerSamples } from "./samples.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { setUpTheme } from "./theme.js";
import { createWelcome } from "./welcome.js";

const store = new Store();
const connection = new Connection(store);
const presses = new Presses(store);
const commands = new CommandMenu(store);
const composer = new Composer(store, commands);
const welcome = createWelcome(store, composer);
const log = new Log(store, presses, welcome.element);
const lightbox = new Lightbox(store);
const sidebar = new Sidebar(store);
new Header(store);
new PlacePanel(store);

setUpTheme();
setUpFaults();
followLinks(store, composer);
new InlineBox(store, composer);
acceptDrops(new Attach(composer));
commands.addEventListener("run", (event) => void composer.runCommand(/** @type {CustomEvent} */ (event).detail));
byId("log").addEventListener("command", (event) => void composer.runCommand(/** @type {CustomEvent} */ (event).detail));
log.addEventListener("open", (event) => lightbox.open(/** @type {CustomEvent} */ (event).detail));
log.addEventListener("reply", (event) => composer.replyTo(/** @type {CustomEvent} */ (event).detail));
store.addEventListener("unread", () => {
  const unread = [...store.chats.keys()].reduce((sum, id) => sum + store.unread(id), 0);
  document.title = unread ? `(${unread}) Atelier playground` : "Atelier playground";
});

let hadSamples = false;
connection.addEventListener("status", (event) => {
  const live = /** @type {CustomEvent} */ (event).detail === "live";
  document.documentElement.dataset.connection = live ? "live" : "lost";
  showBanner(live ? null : "The connection is lost. Trying again …");
  if (!live) presses.forgetAll();
  if (!live || hadSamples) return;
  hadSamples = true;
  void offerSamples([byId("side-samples"), welcome.samples], composer, () => sidebar.toggle(false));
});
void connection.open();
