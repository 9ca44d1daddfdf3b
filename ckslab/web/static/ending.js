// The end: asked for, or because time is up; then how far grading is, the result, and the report.
import { quiet, say } from "./alerts.js";
import { send } from "./send.js";
import { flags } from "./tasks.js";

const $ = (id) => document.getElementById(id);
let over = false;
let done = false;

$("end").addEventListener("click", () => {
  const count = flags();
  const flagged = count ? ` ${count} ${count === 1 ? "task is" : "tasks are"} flagged.` : "";
  $("ending-words").textContent =
    `Every task is graded as it is now, and you cannot go on afterwards.${flagged} ${$("clock").textContent} is left.`;
  $("ending").showModal();
});

$("ending").addEventListener("close", async () => {
  if ($("ending").returnValue !== "end") return;
  $("ending").returnValue = "";
  try {
    await send("/end", {});
  } catch (error) {
    say(error.message, { kind: "bad" });
  }
});

export function show(view) {
  const ended = !["preparing", "running", "paused"].includes(view.state);
  $("end").disabled = ended || view.grading;
  if (!ended) {
    if (view.grading) say("Ending the exam…", { key: "ending", kind: "good" });
    return;
  }
  if (!over) {
    over = true;
    quiet("ending");
    $("ending").close("stay");
    $("desk").hidden = true;
    $("finished").hidden = false;
    $("time").hidden = true;
    $("end").hidden = true;
    $("tally").hidden = true;
    $("finished-title").textContent = view.by_time ? "Time is up" : "The exam has ended";
    $("finished-title").focus();
  }
  if (done) return;
  const graded = view.tasks.filter((task) => task.graded).length;
  $("grading").value = graded;
  $("finished-words").textContent =
    view.state === "abandoned"
      ? "It was given up: there is no result."
      : `Your work is being graded: ${graded} of ${view.tasks.length} tasks. This page may be closed; grading goes on.`;
  if (view.state !== "graded" || !view.result) return;
  done = true;
  result(view.result);
}

function result({ score, undecided, pass_mark, passed }) {
  $("grading").hidden = true;
  const open = undecided ? ` ${points(undecided)} % could not be found out yet: ckslab exam regrade tries again.` : "";
  $("finished-words").textContent = `All tasks are graded.${open}`;
  $("score").textContent = points(score);
  const [word, kind] = passed === null ? ["undecided", "open"] : passed ? ["passed", "pass"] : ["not passed", "fail"];
  $("verdict").textContent = word;
  $("verdict").className = `badge ${kind}`;
  $("mark").textContent = `the pass mark is ${pass_mark} %`;
  $("result").hidden = false;
  $("report").src = "/report";
  $("report").hidden = false;
}

const points = (number) => String(Math.floor(number * 10 + 1e-6) / 10); // 66.97 is not 67
