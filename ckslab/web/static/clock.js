// The time left, as the server says it: no clock of the browser has a part in it.
import { say } from "./alerts.js";

const clock = document.getElementById("clock");
const box = document.getElementById("time");
const name = document.getElementById("time-name");
const ALERTS = [30, 15, 5]; // minutes before the end, as in the exam

let before = null;

export function show({ remaining, state }) {
  const [hours, minutes, seconds] = [remaining / 3600, (remaining / 60) % 60, remaining % 60].map(Math.floor);
  clock.textContent = `${hours}:${String(minutes).padStart(2, "0")}:${String(seconds).padStart(2, "0")}`;
  name.textContent = state === "paused" ? "Paused" : state === "preparing" ? "Time given" : "Time left";
  box.classList.toggle("soon", state === "running" && remaining <= 15 * 60);
  box.classList.toggle("late", state === "running" && remaining <= 5 * 60);
  if (state === "running" && before !== null) {
    const passed = ALERTS.filter((minutes) => before > minutes * 60 && remaining <= minutes * 60).at(-1);
    if (passed) say(`${passed} minutes left.`, { kind: passed === 5 ? "bad" : "warn", key: "time" });
  }
  before = remaining;
}

export function unknown() {
  box.classList.add("unknown");
}

export function known() {
  box.classList.remove("unknown");
}
