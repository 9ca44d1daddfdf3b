// The tasks: one is shown, all can be reached, each can be flagged.
import { say } from "./alerts.js";
import { send } from "./send.js";

const chips = [...document.querySelectorAll("[data-task].chip")];
const sheets = [...document.querySelectorAll("[data-task].sheet")];
const area = document.getElementById("sheets");
const tally = document.getElementById("tally");
const flagged = new Map();
let shown = 0;

const of = (list, number) => list.find((one) => Number(one.dataset.task) === number);

export function open(number, { focus = false } = {}) {
  if (!of(sheets, number)) return;
  shown = number;
  sessionStorage.setItem("task", number);
  for (const sheet of sheets) sheet.hidden = Number(sheet.dataset.task) !== number;
  for (const chip of chips) {
    if (Number(chip.dataset.task) === number) chip.setAttribute("aria-current", "true");
    else chip.removeAttribute("aria-current");
  }
  area.scrollTop = 0;
  if (focus) area.focus();
}

export function show({ tasks, state }) {
  for (const task of tasks) {
    flagged.set(task.number, task.flagged);
    const chip = of(chips, task.number);
    chip.classList.toggle("flagged", task.flagged);
    document.querySelector(`[data-flagged="${task.number}"]`).hidden = !task.flagged;
    const button = document.querySelector(`[data-flag="${task.number}"]`);
    button.setAttribute("aria-pressed", String(task.flagged));
    button.querySelector(".words").textContent = task.flagged ? "Flagged" : "Flag";
    const note = document.querySelector(`[data-note="${task.number}"]`);
    note.hidden = task.ready && !task.trouble;
    note.textContent = task.trouble
      ? `The host could not be made: ${task.trouble}`
      : "The host is being made. Waiting for it is not counted.";
  }
  const flags = tasks.filter((task) => task.flagged).length;
  tally.textContent = `${tasks.length} tasks${flags ? ` · ${flags} flagged` : ""}`;
  if (state !== "running" && state !== "paused" && state !== "preparing") return;
  if (!shown) open(Number(sessionStorage.getItem("task")) || 1);
}

export const flags = () => [...flagged.values()].filter(Boolean).length;

export function focus() {
  area.focus();
}

async function flag(number) {
  try {
    await send(`/tasks/${number}/flag`, { on: !flagged.get(number) });
  } catch (error) {
    say(error.message, { kind: "bad" });
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: ${text}`, { kind: "good", key: "copied" });
  } catch {
    say("The browser does not let this page copy. Select the text and copy it yourself.");
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.classList.contains("chip")) open(Number(button.dataset.task));
  else if (button?.dataset.go) open(Number(button.dataset.go), { focus: true });
  else if (button?.dataset.flag) flag(Number(button.dataset.flag));
  else if (button?.dataset.copy) copy(button.dataset.copy);
  else if (target.matches(".prose code") && getSelection().isCollapsed) copy(target.textContent.trimEnd());
});

for (const link of document.querySelectorAll(".prose a")) link.target = "_blank"; // the exam stays where it is
for (const code of document.querySelectorAll(".prose code")) code.title = "Click to copy";
