import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { doorQuery, hearDoor, type Wait } from "../player/door.ts";
import { backoff, Patience, retryAfter } from "../player/pace.ts";
import { lang } from "../words/language.ts";
import { say, span } from "../words/waiting.ts";
import { WaitingMusic } from "./waiting-music.ts";

/** How often the wait is written anew. Milliseconds; a screen reader hears it only when the words change. */
const TICK_MS = 1_000;
/** How often the host's message is looked for. Milliseconds; a cacheable file. */
const MESSAGE_MS = 20_000;

const { slug } = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as { readonly slug: string };
let wait: Wait | undefined;
const patience = new Patience();
const music = new WaitingMusic(document.getElementById("music") as HTMLButtonElement);

function write(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function show(): void {
  if (wait === undefined) return;
  const left = wait.untilMs - performance.now();
  write("turn", wait.why === "crowd" ? (left > TICK_MS ? say("turn", { span: span(left) }) : say("soon")) : say(wait.why));
  write("place", wait.place > 1 ? say("place", { number: new Intl.NumberFormat(lang).format(wait.place - 1) }) : "");
  write("why", wait.why === "crowd" ? say("crowd") : "");
}

/** Asks at the times the server names until the door lets us in; then the listening page takes over. */
async function stand(): Promise<void> {
  for (let attempt = 0; ; ) {
    let pause: number;
    try {
      const response = await fetch(paths.door(slug) + doorQuery(slug), { cache: "no-store" });
      const heard = await hearDoor(slug, response, () => write("why", say("work")));
      // Whoever is asked to slow down is still in the line.
      if (response.ok || (response.status >= 400 && response.status < 500 && response.status !== 429))
        return location.replace(paths.event(slug) + doorQuery(slug).replace(/s=[^&]*&?/, ""));
      attempt = heard === undefined ? attempt + 1 : 0;
      wait = heard ?? wait;
      pause = heard === undefined ? backoff(attempt, Math.random(), retryAfter(response)) : heard.untilMs - performance.now();
    } catch {
      pause = backoff(++attempt, Math.random(), undefined);
    }
    show();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function readMessage(): Promise<void> {
  if (!patience.isOver) return;
  const response = await fetch(paths.state(slug)).catch(() => undefined);
  if (response === undefined) return;
  patience.hear(response);
  if (!response.ok) return;
  const { door, waiting } = (await response.json()) as PublicState;
  write("message", door?.message ?? "");
  music.show(waiting?.sound);
}

document.documentElement.lang = lang;
write("mood", say("waiting"));
write("keeps", say("keeps"));
setInterval(show, TICK_MS);
setInterval(() => void readMessage(), MESSAGE_MS * (1 + Math.random()));
void readMessage();
void stand();
