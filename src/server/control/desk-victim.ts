// Does one act after the other upon an event, for ever, and says of each that it is acknowledged; started and killed by desk-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { ApiTokens, type Actor, EventDesk } from "../../event/mod.ts";
import type { EventDraft } from "../../wire/api.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";

const [folder = "", run = "0"] = process.argv.slice(2);
const store = await openSqlite({ path: join(folder, "earshot.sqlite") });
const desk = new EventDesk({ store, houseKey: new Uint8Array(32).fill(1), clock: systemClock, onChange: () => {} });
const tokens = new ApiTokens(store, systemClock);
const by: Actor = { name: "victim", role: "operator" };
const inDays = (days: number) => new Date(systemClock.wallMs() + days * 86_400_000).toISOString();

/** Says on a line of its own what is on disk now; written through at once, because the end comes without notice. */
const acknowledge = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

for (let round = 0; ; round++) {
  const draft: EventDraft = {
    ...{ title: `Evening ${run} ${round}`, startDate: inDays(5), timeZone: "Europe/Berlin", description: "", language: "en", visibility: "public" },
    ...{ plannedMinutes: 60, doorsMinutesBefore: 15, speakers: [{ name: "Ada", role: "speaker" }] },
  };
  const event = await desk.create(draft, by);
  const tell = (act: string, more: object = {}) => acknowledge({ event: event.id, act, ...more });
  tell("make");
  await desk.schedule.postpone(event.id, "Storm.", by);
  tell("postpone", { status: "postponed", sequence: 1 });
  const moved = await desk.schedule.reschedule(event.id, { startDate: inDays(6) }, "The storm has passed.", by);
  tell("reschedule", { status: "scheduled", sequence: 2, startMs: moved.startMs });
  await desk.schedule.edit(event.id, { title: `${draft.title}, corrected` }, by);
  tell("edit", { sequence: 3, title: `${draft.title}, corrected` });
  const jean = await desk.seats.invite(event.id, { name: "Jean", role: "co-host" }, by);
  tell("invite", { seats: [jean.id] });
  await desk.seats.renewLink(event.id, jean.id, by);
  tell("renew-link");
  await desk.seats.handOver(event.id, jean.id, by);
  tell("hand-over", { host: jean.id });
  const open = await desk.hands.setOpen(event.id, true, by);
  tell("open-hands", { handsOpen: true });
  const device = `device-${run}-${round}`;
  const hand = await desk.hands.raise(open, { name: "Eve", topic: "" }, device);
  tell("raise-hand", { hand: hand.id, handState: "waiting" });
  const eve = await desk.hands.invite(event.id, hand.id, by);
  tell("bring-on-stage", { hand: hand.id, handState: "invited", seats: [jean.id, eve.id] });
  await desk.hands.accept(event.id, device);
  tell("accept", { hand: hand.id, handState: "on-stage" });
  await desk.seats.toAudience(event.id, eve.id, "to-audience", by);
  tell("to-audience", { hand: hand.id, handState: "lowered", gone: [eve.id] });
  await desk.schedule.cancel(event.id, "No.", by);
  tell("cancel", { status: "cancelled", sequence: 4 });
  await desk.schedule.undo(event.id, undefined, by);
  tell("undo", { status: "scheduled", sequence: 5 });
  const token = await tokens.make({ name: `robot ${round}`, scopes: ["events:read"] });
  tell("make-token", { token: token.id });
}
