// What the page asks of its server, and what it says when that cannot be had.

export async function send(path, what) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(what),
      redirect: "error",
    });
  } catch {
    throw new Error("The server does not answer. It runs where you typed ckslab exam --web.");
  }
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 500));
  return answer.status === 200 ? answer.json() : null;
}

export function socket(path) {
  const one = new WebSocket(`ws://${location.host}${path}`);
  one.binaryType = "arraybuffer";
  return one;
}

// Seconds until the next try to connect: soon at first, never longer than 5.
export const pause = (tries) => Math.min(5, 0.25 * 2 ** tries);
