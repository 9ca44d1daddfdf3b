// One terminal: xterm.js on one side, the server's on the other. It says what it has drawn, so that nothing piles up
// between them, and comes back after a reload or a lost connection to what the server has kept.
import "./styles.js";
import { FitAddon } from "./xterm/addon-fit.mjs";
import { Terminal } from "./xterm/xterm.mjs";
import { say } from "./alerts.js";
import { pause, socket } from "./send.js";

const INPUT_WINDOW = 128 << 10; // bytes on their way that nobody has read: half of what the server bears
const PIECE = 16 << 10;
const DRAWN_EVERY = 32 << 10;
const MOST_WAITING = 4 << 20; // bytes of a paste
const encoder = new TextEncoder();
const Ctrl_Shift = (event) => event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey;

export class TerminalView {
  // place: an element of this page. told: { ended, replaced, lost, back, leave }, functions; ended gets the exit code.
  constructor(name, place, told, { theme, screenReader }) {
    this.name = name;
    this.place = place;
    this.told = told;
    this.tries = 0;
    this.over = false;
    this.waiting = []; // input that may not be sent yet
    this.length = 0;
    this.sent = 0;
    this.undrawn = 0;
    this.replaying = 0;
    this.term = new Terminal({
      fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace',
      fontSize: 14,
      lineHeight: 1.2, // at 1 the row of some fonts, DejaVu's among them, ends above the underscore
      scrollback: 5000,
      cursorBlink: true,
      minimumContrastRatio: 4.5,
      theme,
      screenReaderMode: screenReader,
      linkHandler: { activate() {} }, // where a link of a node leads is nothing for this page
    });
    this.fit = new FitAddon();
    this.term.loadAddon(this.fit);
    this.term.open(place);
    this.term.textarea?.setAttribute("aria-label", `Terminal ${name}`);
    this.term.attachCustomKeyEventHandler((event) => this.#key(event));
    this.term.onData((text) => this.#type(encoder.encode(text)));
    this.term.onBinary((text) => this.#type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    this.term.onResize(() => this.#say({ type: "resize", size: this.#size() }));
    this.watch = new ResizeObserver(() => this.refit());
    this.watch.observe(place);
    this.refit();
    this.connect();
  }

  connect() {
    if (this.over || this.socket) return;
    clearTimeout(this.timer);
    const one = (this.socket = socket(`/terminals/${this.name}`));
    one.addEventListener("open", () => this.#say({ type: "attach", size: this.#size() }));
    one.addEventListener("message", ({ data }) => this.#got(data));
    one.addEventListener("close", () => {
      if (this.socket === one) this.#lost();
    });
  }

  refit() {
    if (this.place.clientWidth > 40 && this.place.clientHeight > 20) this.fit.fit();
  }

  focus() {
    this.term.focus();
  }

  look({ theme, screenReader }) {
    this.term.options.theme = theme;
    this.term.options.screenReaderMode = screenReader;
  }

  dispose() {
    this.over = true;
    clearTimeout(this.timer);
    this.watch.disconnect();
    this.socket?.close();
    this.term.dispose();
  }

  #size() {
    const within = (number) => Math.min(1000, Math.max(2, number));
    return { columns: within(this.term.cols), rows: within(this.term.rows) };
  }

  #say(what) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what));
  }

  #got(data) {
    if (data instanceof ArrayBuffer) {
      const bytes = new Uint8Array(data);
      this.term.write(bytes, () => this.#drawn(bytes.length));
      return;
    }
    const said = JSON.parse(data);
    if (said.type === "replay") this.#replay(said.bytes);
    else if (said.type === "taken") {
      this.sent -= said.bytes;
      this.#flush();
    } else {
      this.over = said.type === "ended";
      this.place.classList.remove("live");
      this.socket = null;
      this.told[said.type](said.code);
    }
  }

  #replay(length) {
    this.term.reset();
    this.replaying = length;
    this.undrawn = 0;
    this.sent = 0;
    if (this.tries) this.told.back();
    this.tries = 0;
    if (!length) this.#live();
  }

  #live() {
    this.place.classList.add("live");
    this.#flush();
  }

  // What is drawn again is not answered again: questions of programs to the terminal were answered at their time.
  #drawn(length) {
    this.undrawn += length;
    if (this.replaying > 0) {
      this.replaying = Math.max(0, this.replaying - length);
      if (!this.replaying) this.#live();
    }
    if (this.undrawn >= DRAWN_EVERY || !this.replaying) {
      this.#say({ type: "drawn", bytes: this.undrawn });
      this.undrawn = 0;
    }
  }

  #type(bytes) {
    if (this.replaying || this.over || this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.length + bytes.length > MOST_WAITING) {
      say("That is more than a terminal takes at once.", { key: "paste" });
      return;
    }
    for (let begin = 0; begin < bytes.length; begin += PIECE) this.waiting.push(bytes.subarray(begin, begin + PIECE));
    this.length += bytes.length;
    this.#flush();
  }

  #flush() {
    while (this.waiting.length && this.socket?.readyState === WebSocket.OPEN && !this.replaying) {
      if (this.sent + this.waiting[0].length > INPUT_WINDOW) return;
      const piece = this.waiting.shift();
      this.socket.send(piece);
      this.sent += piece.length;
      this.length -= piece.length;
    }
  }

  #lost() {
    this.place.classList.remove("live");
    this.socket = null;
    if (this.over) return;
    this.waiting = []; // typed into nothing: it must not run minutes later
    this.length = 0;
    this.told.lost();
    this.timer = setTimeout(() => this.connect(), pause(this.tries++) * 1000);
  }

  #key(event) {
    if (event.type !== "keydown") return true;
    if (event.key === "F6") this.told.leave();
    else if (Ctrl_Shift(event) && event.code === "KeyC") this.#copy();
    else if (Ctrl_Shift(event) && event.code === "KeyV") this.#paste();
    else return true;
    event.preventDefault();
    return false;
  }

  async #copy() {
    const text = this.term.getSelection();
    try {
      if (text) await navigator.clipboard.writeText(text);
    } catch {
      say("The browser does not let this page copy: use its own menu.");
    }
  }

  async #paste() {
    try {
      this.term.paste(await navigator.clipboard.readText());
    } catch {
      say("The browser does not let this page paste: press Shift and Insert, or use its own menu.");
    }
  }
}
