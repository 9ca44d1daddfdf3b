// The page: events of the server shown by the modules that each have one thing to show.
import { quiet, say } from "./alerts.js";
import * as clock from "./clock.js";
import * as ending from "./ending.js";
import { pause, send, socket } from "./send.js";
import "./split.js";
import * as tabs from "./tabs.js";
import * as tasks from "./tasks.js";

let tries = 0;
let missed = null;

const SOON = 1000; // milliseconds in which a connection may come back before anybody is told

const lost = () =>
  say("The connection is lost: trying again. The exam and its clock go on.", { key: "server", kind: "bad", stay: true });

function listen() {
  const events = socket("/events");
  events.addEventListener("message", ({ data }) => {
    clearTimeout(missed);
    if (tries) {
      quiet("server");
      tabs.reconnect();
    }
    tries = 0;
    show(JSON.parse(data));
  });
  events.addEventListener("close", () => {
    clock.unknown();
    if (!tries++) missed = setTimeout(lost, SOON);
    setTimeout(listen, pause(tries) * 1000);
  });
}

function show(view) {
  if (!view.state) return say(view.trouble, { kind: "bad", key: "trouble" });
  clock.known();
  clock.show(view);
  tasks.show(view);
  tabs.show(view);
  ending.show(view);
  standing?.setAttribute("aria-pressed", String(view.state === "paused"));
  if (standing) standing.textContent = view.state === "paused" ? "Go on" : "Pause";
  if (view.trouble) say(view.trouble, { kind: "bad", key: "trouble", stay: true });
  else quiet("trouble");
}

const standing = document.getElementById("pause");
standing?.addEventListener("click", async () => {
  try {
    await send("/pause", { on: standing.getAttribute("aria-pressed") !== "true" });
  } catch (error) {
    say(error.message, { kind: "bad" });
  }
});

tabs.onLeave(() => tasks.focus());
document.addEventListener("keydown", (event) => {
  if (event.key !== "F6" || event.defaultPrevented) return;
  event.preventDefault();
  tabs.focus();
});

listen();
