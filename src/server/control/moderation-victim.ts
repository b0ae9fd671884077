// Writes, moderates and appeals one after the other, for ever, and says of each that it is acknowledged; started and killed by moderation.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { type Actor, EventDesk } from "../../event/mod.ts";
import { type Author, ModerationDesk, socialStore, WallDesk } from "../../social/mod.ts";
import { eventDraft } from "../../wire/api.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";

const [folder = "", run = "0"] = process.argv.slice(2);
const database = await openSqlite({ path: join(folder, "earshot.sqlite") });
const desk = new EventDesk({ store: database, houseKey: new Uint8Array(32).fill(1), clock: systemClock, onChange: () => {} });
const options = { store: socialStore(database), desk, clock: systemClock };
const wall = new WallDesk(options);
const moderation = new ModerationDesk(options);
const by: Actor = { name: "victim", role: "host" };

for (let round = 0; ; round++) {
  const startDate = new Date(systemClock.wallMs() + 86_400_000).toISOString();
  const event = await desk.create(eventDraft.parse({ title: `Evening ${run} ${round}`, startDate, timeZone: "Europe/Berlin" }), by);
  await wall.edit(event, { opening: "everyone", reason: "" }, by);
  const device = `device-${run}-${round}`;
  const author: Author = { kind: "guest", device, name: "Eve" };
  const { id: post } = await wall.write(event, { author, role: "", staff: false }, { kind: "post", text: "Hello", name: "" });
  // Written through at once, because the end comes without notice.
  const tell = (step: string) => writeSync(1, `${JSON.stringify({ event: event.id, post, device, step })}\n`);
  tell("write");
  const request = { post, rule: "spam", reason: "So.", minutes: null, hidePosts: false } as const;
  const removed = await moderation.act(event, { ...request, act: "remove" }, { actor: by, strong: true });
  tell("remove");
  const suspended = await moderation.act(event, { ...request, act: "suspend" }, { actor: by, strong: true });
  tell("suspend");
  await moderation.appeal(event, author, removed, "It was not.");
  tell("appeal");
  await moderation.decide(event, removed, { grant: true, answer: "" }, by);
  tell("grant");
  await moderation.undo(event, suspended, "", by);
  tell("reinstate");
}
