/** Key in the tab's own storage, which the browser empties when the tab closes. */
const KEY = "earshot-session";

/** A random number that lets the server see a reload or a second socket as the same listener. Says nothing about anybody and ends with the tab. */
export function sessionNumber(): string {
  made ??= read() ?? keep(crypto.getRandomValues(new Uint8Array(12)).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), ""));
  return made;
}

let made: string | undefined;

function read(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(number: string): string {
  try {
    sessionStorage.setItem(KEY, number);
  } catch {
    // Storage is forbidden: a reload counts as another listener then.
  }
  return number;
}
