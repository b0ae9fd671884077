import { createHash } from "node:crypto";
import type { StageManifest } from "../../../event/mod-live.ts";
import type { Entry, Unversioned } from "../../../ledger/mod.ts";
import type { DoorRecord } from "../../../wire/door.ts";
import type { HandAct } from "../../../wire/hands.ts";
import type { PublicEvent, PublicScheduleAct } from "../../../wire/public-state.ts";
import type { PublicModerationAct } from "../../../wire/wall.ts";
import { actName, type Entered, moderationName } from "./entered.ts";

/** Who is named for what the house did by its control side: the host or the operator; a ledger names seats, never people. */
const HOUSE = "house";
/** States of an event that are announced before it is live. */
const ANNOUNCED = ["scheduled", "postponed", "cancelled"] as const;

/** Entries for what changed in seats and roles since the last look. `nowMs`: Unix milliseconds. */
export function roleChanges({ speakers, removedSeats }: StageManifest, entered: Entered, nowMs: number): Unversioned<Entry>[] {
  const seats = new Map(speakers.filter(({ id }) => !removedSeats.includes(id)).map(({ id, role }) => [id, role] as const));
  const granted = [...seats].flatMap(([seat, role]): Unversioned<Entry>[] => {
    const before = entered.roles.get(seat);
    return before === role ? [] : [{ kind: "role", t: nowMs, act: before === undefined ? "grant" : "change", seat, role, by: HOUSE }];
  });
  const withdrawn = [...entered.roles]
    .filter(([seat]) => !seats.has(seat))
    .map(([seat, role]): Unversioned<Entry> => ({ kind: "role", t: nowMs, act: "withdraw", seat, role, by: HOUSE }));
  return [...granted, ...withdrawn];
}

/** Entries for what was done to the event's time and state since the last look, each act once. `nowMs`: Unix milliseconds. */
export function scheduleChanges(event: PublicEvent | undefined, entered: Entered, nowMs: number): ScheduleChange[] {
  if (event === undefined || entered.announced === undefined || entered.live) return [];
  const acts = (event.schedule?.history ?? []).flatMap(actEntries).filter(({ state, t }) => !entered.scheduleActs.has(actName(state, t)));
  const before = acts.at(-1) ?? entered.announced;
  const moved = event.startDate !== before.startDate;
  const status = ANNOUNCED.find((known) => known === event.status) ?? "scheduled";
  const state = status === "scheduled" && (moved || before.state === "rescheduled") ? "rescheduled" : status;
  if (!moved && state === before.state) return acts;
  // Changed without an act of its own, by an edit for instance.
  return [...acts, { kind: "schedule", t: nowMs, state, startDate: event.startDate, previousStartDate: moved ? before.startDate : "", reason: "" }];
}

/** Entries for what was done with raised hands since the last look, each act once. */
export function handChanges(acts: readonly HandAct[], entered: Entered): Unversioned<Entry>[] {
  return acts.filter(({ n }) => n >= entered.hands).map(({ unixMs, ...act }): Unversioned<Entry> => ({ kind: "hands", t: unixMs, ...act }));
}

/** Entries for the draws at the doors since the last look: the hash of a seed once it is made, the seed once the doors have opened or the event is `over`. Each once. */
export function drawChanges(file: unknown, entered: Entered, over: boolean): Unversioned<Entry>[] {
  return ((file as DoorRecord | undefined)?.draws ?? []).flatMap(({ seed, heldUnixMs, startUnixMs, windowMs = 0 }, n): Unversioned<Entry>[] => {
    const sha256 = createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex");
    const told = startUnixMs !== undefined || over;
    return [
      ...(n < entered.draws ? [] : [{ kind: "draw", t: heldUnixMs, n, act: "commit", sha256, seed: "", start: 0, window: 0 } as const]),
      ...(n < entered.drawsTold || !told
        ? []
        : [{ kind: "draw", t: startUnixMs ?? heldUnixMs, n, act: "open", sha256, seed, start: startUnixMs ?? 0, window: windowMs } as const]),
    ];
  });
}

type ScheduleChange = Extract<Unversioned<Entry>, { kind: "schedule" }>;

/** What an act says, and its taking back when it was. */
function actEntries({ act, date, reason, from, to, undoneDate }: PublicScheduleAct): ScheduleChange[] {
  const done: ScheduleChange = {
    kind: "schedule",
    t: Date.parse(date),
    state: DONE[act],
    startDate: to ?? from,
    previousStartDate: to === undefined ? "" : from,
    reason,
  };
  if (undoneDate === undefined) return [done];
  return [done, { ...done, t: Date.parse(undoneDate), state: "scheduled", startDate: from, previousStartDate: to ?? "", reason: "" }];
}

const DONE = { postpone: "postponed", reschedule: "rescheduled", cancel: "cancelled" } as const;

/** Entries for what moderators did since the last look, each act once. `file`: what stands in `moderation.json`. */
export function moderationChanges(file: unknown, entered: Entered): Unversioned<Entry>[] {
  const acts = Array.isArray(file) ? (file as readonly PublicModerationAct[]) : [];
  return acts
    .filter((act) => !entered.moderationActs.has(moderationName(act)))
    .map(({ t, act, subject, by, scope, rule, facts, automated, appeal }) => ({
      kind: "moderation",
      t,
      act,
      subject,
      by,
      scope,
      rule,
      facts,
      automated,
      appeal,
    }));
}
