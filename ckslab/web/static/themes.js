// Dark and light: the system's, or the one that was chosen; and the terminals' colours in each.
const dark = matchMedia("(prefers-color-scheme: dark)");
const choices = [...document.querySelectorAll("#theme input")];
const listeners = [];

// xterm.js sees to it that what a program colours can be read (minimumContrastRatio).
const TERMINAL = {
  dark: {
    background: "#0b0f14", foreground: "#dde3ea", cursor: "#dde3ea", cursorAccent: "#0b0f14",
    selectionBackground: "#33527d", black: "#0b0f14", red: "#ff8f87", green: "#63d391", yellow: "#f2c266",
    blue: "#86b6ff", magenta: "#d9a6ff", cyan: "#66d3e4", white: "#dde3ea", brightBlack: "#9aa5b3",
    brightRed: "#ffb0aa", brightGreen: "#8ff0b6", brightYellow: "#ffdd94", brightBlue: "#aecdff",
    brightMagenta: "#ebcbff", brightCyan: "#97eaf6", brightWhite: "#ffffff",
  },
  light: {
    background: "#ffffff", foreground: "#18202a", cursor: "#18202a", cursorAccent: "#ffffff",
    selectionBackground: "#b9d3f8", black: "#18202a", red: "#a8231b", green: "#13693a", yellow: "#7a4f00",
    blue: "#1d5bb8", magenta: "#7d3aa8", cyan: "#0b6470", white: "#d8dee6", brightBlack: "#525d6b",
    brightRed: "#8f1c15", brightGreen: "#0f5730", brightYellow: "#654100", brightBlue: "#174a97",
    brightMagenta: "#672e8c", brightCyan: "#08525c", brightWhite: "#f4f6f9",
  },
};

const chosen = () => choices.find((one) => one.checked)?.value ?? "auto";
const isDark = () => (chosen() === "auto" ? dark.matches : chosen() === "dark");

export const terminalTheme = () => TERMINAL[isDark() ? "dark" : "light"];

export function onTheme(listener) {
  listeners.push(listener);
}

const kept = choices.find((one) => one.value === localStorage.getItem("theme"));
if (kept) kept.checked = true;
const tell = () => listeners.forEach((listener) => listener());
for (const one of choices) {
  one.addEventListener("change", () => {
    localStorage.setItem("theme", chosen());
    tell();
  });
}
dark.addEventListener("change", tell);
