// Does one act after the other upon an event, for ever, and says of each that it is acknowledged; started and killed by desk-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { ApiTokens, type Actor, EventDesk, Sessions } from "../../event/mod.ts";
import type { EventDraft } from "../../wire/api.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";

const [folder = "", run = "0"] = process.argv.slice(2);
const store = await openSqlite({ path: join(folder, "earshot.sqlite") });
const desk = new EventDesk({ store, houseKey: new Uint8Array(32).fill(1), clock: systemClock, onChange: () => {} });
const sessions = new Sessions(store, systemClock);
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
  const paul = await desk.seats.invite(event.id, { name: "Paul", role: "producer" }, by);
  tell("invite", { seats: [jean.id, paul.id], roles: { [paul.id]: "producer" } });
  await desk.seats.renewLink(event.id, jean.id, by);
  tell("renew-link");
  await desk.notes.keep(jean.id, `notes ${run} ${round}`);
  tell("keep-notes", { notes: { [jean.id]: `notes ${run} ${round}` } });
  const device = `device-${run}-${round}`;
  await sessions.enter({ personId: paul.id, device }, undefined);
  tell("enter", { bound: paul.id });
  await desk.seats.handOver(event.id, jean.id, by);
  tell("hand-over", { host: jean.id });
  const ada = (await desk.seats.of(event.id)).find(({ name }) => name === "Ada") ?? jean;
  await desk.seats.edit(event.id, ada.id, { interprets: "de" }, by);
  tell("set-task", { interprets: { [ada.id]: "de" } });
  await desk.seats.setAside(event.id, ada.id, true, by);
  tell("take-aside", { aside: { [ada.id]: true } });
  await desk.seats.setAside(event.id, ada.id, false, by);
  tell("bring-on-stage", { aside: { [ada.id]: false } });
  const everybody = await desk.seats.of(event.id);
  const speakers = everybody.map(({ id, name, role }) => ({ id, name, role: id === ada.id ? ("moderator" as const) : role }));
  await desk.schedule.edit(event.id, { speakers }, by);
  tell("edit-people", { roles: { [paul.id]: "producer", [ada.id]: "moderator" }, interprets: null });
  const open = await desk.hands.setOpen(event.id, true, by);
  tell("open-hands", { handsOpen: true });
  const hand = await desk.hands.raise(open, { name: "Eve", topic: "" }, { device, invited: false });
  tell("raise-hand", { hand: hand.id, handState: "waiting" });
  const eve = await desk.hands.invite(event.id, hand.id, by, { aside: true });
  tell("take-aside", { hand: hand.id, handState: "invited", seats: [jean.id, paul.id, eve.id], aside: { [eve.id]: true } });
  await desk.hands.accept(event.id, { device });
  tell("accept", { hand: hand.id, handState: "on-stage" });
  await desk.seats.toAudience(event.id, eve.id, "to-audience", by);
  tell("to-audience", { hand: hand.id, handState: "lowered", gone: [eve.id], aside: null });
  const second = await desk.hands.raise(open, { name: "Bob", topic: "" }, { device: `${device}-second`, invited: false });
  tell("raise-hand", { hand: second.id, handState: "waiting", takenDown: true });
  await desk.hands.lower(event.id, second.id, by);
  tell("lower-hand", { hand: second.id, handState: "lowered" });
  await desk.hands.setOpen(event.id, false, by);
  tell("close-hands", { handsOpen: false });
  await desk.seats.revoke(event.id, ada.id, by);
  tell("revoke", { gone: [eve.id, ada.id], roles: { [paul.id]: "producer" } });
  await desk.seats.toAudience(event.id, paul.id, "step-down", by);
  tell("step-down", { gone: [eve.id, ada.id, paul.id], roles: null, bound: null });
  await desk.schedule.tell(event.id, `Soon, ${run} ${round}.`, null, by);
  tell("notice", { notice: `Soon, ${run} ${round}.` });
  const [link] = await desk.listeners.invite(event.id, [`Mallory ${round}`], by);
  tell("invite-listeners", { listener: link?.id });
  await desk.listeners.revoke(event.id, link?.id ?? "", by);
  tell("revoke-listener", { listener: null, noListener: link?.id });
  const { notice: keptWhenCancelled } = await desk.schedule.cancel(event.id, "No.", by);
  tell("cancel", { status: "cancelled", sequence: 4, notice: keptWhenCancelled });
  const { notice: keptWhenUndone } = await desk.schedule.undo(event.id, undefined, by);
  tell("undo", { status: "scheduled", sequence: 5, notice: keptWhenUndone });
  const token = await tokens.make({ name: `robot ${round}`, scopes: ["events:read"] });
  tell("make-token", { token: token.id });
  await tokens.revoke(token.id);
  tell("revoke-token", { token: null, noToken: token.id });
  // Ten minutes ahead the doors are due at once.
  const soon = await desk.schedule.reschedule(event.id, { startDate: new Date(systemClock.wallMs() + 600_000).toISOString() }, "Tonight already.", by);
  tell("reschedule", { status: "scheduled", sequence: 6, startMs: soon.startMs, notice: soon.notice });
  await desk.openDueDoors();
  tell("open-doors", { status: "doors" });
  const stage = { eventId: event.id, slug: event.slug, epoch: 1, revision: 1, onStage: [] };
  await desk.followStage({ ...stage, phase: "live", originUnixMs: systemClock.wallMs() });
  tell("go-live", { status: "live" });
  await desk.followStage({ ...stage, phase: "ended", originUnixMs: systemClock.wallMs(), endedUnixMs: systemClock.wallMs() + 1 });
  tell("end", { status: "ended" });
  await desk.noteRecording(event.id, "edit-recording", by, { clips: false });
  tell("edit-recording");
  await desk.noteRecording(event.id, "delete-recording", by, {});
  tell("delete-recording");
}
