// Lines above the desk: what happened, said at once to those who hear the page, too.

const place = document.getElementById("alerts");
const SECONDS = 30;

// kind: "warn", "bad" or "good". key: a line of the same key takes the place of the one before. stay: until `quiet`.
export function say(words, { kind = "warn", key = words, stay = false } = {}) {
  quiet(key);
  const line = document.createElement("p");
  line.className = `alert ${kind}`;
  line.dataset.key = key;
  line.append(words);
  const away = document.createElement("button");
  away.type = "button";
  away.className = "plain";
  away.textContent = "Dismiss";
  away.addEventListener("click", () => line.remove());
  line.append(away);
  place.append(line);
  if (!stay) setTimeout(() => line.remove(), SECONDS * 1000);
}

export function quiet(key) {
  for (const line of [...place.children]) if (line.dataset.key === key) line.remove();
}
