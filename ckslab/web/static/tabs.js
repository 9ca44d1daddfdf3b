// The terminals of the exam, one tab each: those that the server has, whoever opened them.
import { quiet, say } from "./alerts.js";
import { send } from "./send.js";
import { TerminalView } from "./terminal.js";
import { onTheme, terminalTheme } from "./themes.js";

const bar = document.getElementById("tabs");
const panels = document.getElementById("panels");
const empty = document.getElementById("empty");
const opener = document.getElementById("open");
const closer = document.getElementById("close");
const reader = document.getElementById("screen-reader");
const tabs = new Map(); // by name: { view, tab, panel, dead }
let current = null;
let begun = false;
let leave = () => {};
let listed = [];

const LAST_WORDS = 1500; // milliseconds in which a terminal that is gone says with what it ended
const HUNG_UP = 129; // it was closed, here or in another window

const look = () => ({ theme: terminalTheme(), screenReader: reader.checked });

export function onLeave(listener) {
  leave = listener;
}

export function show({ terminals, state }) {
  const open = state === "running"; // a paused exam has no terminals
  opener.disabled = !open;
  empty.textContent = state === "paused" ? "The exam is paused: its terminals are closed." : "No terminal is open.";
  for (const name of terminals) if (!tabs.has(name)) add(name);
  listed = terminals;
  for (const [name, one] of tabs) if (!terminals.includes(name) && !one.dead) setTimeout(() => forget(name), LAST_WORDS);
  if (open && !begun) {
    begun = true;
    if (!terminals.length) another();
    else {
      select(tabs.has(sessionStorage.getItem("terminal")) ? sessionStorage.getItem("terminal") : terminals[0]);
      focus();
    }
  }
  if (!open) {
    begun = false;
    for (const name of [...tabs.keys()]) remove(name);
  }
}

export function focus() {
  if (current) tabs.get(current).view.focus();
  else opener.focus();
}

export function reconnect() {
  for (const { view } of tabs.values()) if (view.tries) view.connect();
}

async function another() {
  try {
    const size = tabs.size && current ? tabs.get(current).view.term : { cols: 80, rows: 24 };
    const { name } = await send("/terminals", { size: { columns: size.cols, rows: size.rows } });
    if (!tabs.has(name)) add(name);
    select(name);
    focus();
  } catch (error) {
    say(error.message, { kind: "bad" });
  }
}

function add(name) {
  const tab = document.createElement("button");
  Object.assign(tab, { type: "button", id: `tab-${name}`, className: "tab", tabIndex: -1 });
  tab.role = "tab";
  tab.setAttribute("aria-controls", `panel-${name}`);
  tab.setAttribute("aria-selected", "false");
  tab.textContent = `base ${name}`;
  tab.addEventListener("click", () => {
    select(name);
    focus();
  });
  bar.append(tab);

  const panel = document.createElement("div");
  Object.assign(panel, { id: `panel-${name}`, className: "panel", hidden: true });
  panel.role = "tabpanel";
  panel.setAttribute("aria-labelledby", tab.id);
  const screen = document.createElement("div");
  screen.className = "screen";
  const cover = document.createElement("div");
  cover.className = "cover";
  cover.hidden = true;
  panel.append(screen, cover);
  panels.append(panel);

  const one = { tab, panel, cover, dead: false };
  tabs.set(name, one);
  one.view = new TerminalView(name, screen, told(name, one), look());
  if (!current) select(name);
}

function told(name, one) {
  const covered = (words, action, done) => {
    const text = document.createElement("p");
    text.textContent = words;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "plain", textContent: action });
    button.addEventListener("click", done);
    one.cover.replaceChildren(text, button);
    one.cover.hidden = false;
  };
  return {
    ended(code) {
      if (!code || code === HUNG_UP) {
        remove(name);
        return;
      }
      one.dead = true;
      covered(`This terminal ended with exit code ${code}.`, "Close it", () => remove(name));
    },
    replaced() {
      covered("This terminal is shown in another window.", "Show it here", () => {
        one.cover.hidden = true;
        one.view.connect();
        one.view.focus();
      });
    },
    lost() {
      one.panel.classList.add("lost");
      if (one.view.tries) say("A terminal lost its connection: trying again. What runs in it goes on.", { key: "lost" });
    },
    back() {
      one.panel.classList.remove("lost");
      quiet("lost");
    },
    leave: () => leave(),
  };
}

function forget(name) {
  if (!listed.includes(name) && tabs.has(name) && !tabs.get(name).dead) remove(name);
}

function remove(name) {
  const one = tabs.get(name);
  if (!one) return;
  tabs.delete(name);
  one.view.dispose();
  one.tab.remove();
  one.panel.remove();
  if (current === name) {
    current = null;
    const last = [...tabs.keys()].at(-1);
    if (last) {
      select(last);
      focus();
    }
  }
  empty.hidden = tabs.size > 0;
  closer.hidden = !tabs.size;
}

function select(name) {
  current = name;
  sessionStorage.setItem("terminal", name);
  empty.hidden = true;
  closer.hidden = false;
  for (const [other, { tab, panel, view }] of tabs) {
    const chosen = other === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    panel.hidden = !chosen;
    if (chosen) view.refit();
  }
}

bar.addEventListener("keydown", (event) => {
  const names = [...tabs.keys()];
  const at = names.indexOf(current);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (next === undefined || !names.length) return;
  event.preventDefault();
  select(names[(next + names.length) % names.length]);
  tabs.get(current).tab.focus();
});
opener.addEventListener("click", another);
closer.addEventListener("click", async () => {
  const name = current;
  if (!name) return;
  if (tabs.get(name).dead) return remove(name);
  try {
    await send(`/terminals/${name}/close`, {});
  } catch (error) {
    say(error.message, { kind: "bad" });
  }
});

reader.checked = localStorage.getItem("screen-reader") === "yes";
reader.addEventListener("change", () => {
  localStorage.setItem("screen-reader", reader.checked ? "yes" : "no");
  for (const { view } of tabs.values()) view.look(look());
});
onTheme(() => {
  for (const { view } of tabs.values()) view.look(look());
});
