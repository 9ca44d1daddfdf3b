// The line between tasks and terminals: moved by the mouse, by the arrow keys, and kept.
const desk = document.getElementById("desk");
const split = document.getElementById("split");
const [LEAST, MOST] = [20, 70];

function set(per_cent) {
  const width = Math.round(Math.min(MOST, Math.max(LEAST, per_cent)));
  desk.style.setProperty("--tasks", `${width}%`);
  split.setAttribute("aria-valuenow", width);
  localStorage.setItem("tasks", width);
}

split.addEventListener("pointerdown", (event) => {
  split.setPointerCapture(event.pointerId);
  event.preventDefault();
});
split.addEventListener("pointermove", (event) => {
  if (!split.hasPointerCapture(event.pointerId)) return;
  const { left, width } = desk.getBoundingClientRect();
  set(((event.clientX - left) / width) * 100);
});
split.addEventListener("keydown", ({ key }) => {
  const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[key];
  if (step) set(Number(split.getAttribute("aria-valuenow")) + step);
});

set(Number(localStorage.getItem("tasks")) || 36);
