import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENT_STATUSES, type EventStatus } from "../wire/public-state.ts";
import { actsToFollow, EVENT_ACTS, transition } from "./lifecycle.ts";

const anyStatus = fc.constantFrom(...EVENT_STATUSES);
const anyActs = fc.array(fc.constantFrom(...EVENT_ACTS), { maxLength: 30 });
const anyPhase = fc.constantFrom("backstage", "live", "ended" as const);

const walk = (start: EventStatus, acts: readonly (typeof EVENT_ACTS)[number][]): EventStatus[] => {
  const states = [start];
  for (const act of acts) states.push(transition(states.at(-1) ?? start, act) ?? states.at(-1) ?? start);
  return states;
};

test("an evening goes from scheduled over doors and live to ended", () => {
  assert.deepEqual(walk("scheduled", ["open-doors", "go-live", "end"]), ["scheduled", "doors", "live", "ended"]);
});

test("what has ended never comes back, whatever is done", () => {
  fc.assert(fc.property(anyActs, (acts) => walk("ended", acts).every((status) => status === "ended")));
});

test("nothing ends that was not live the moment before", () => {
  fc.assert(
    fc.property(anyStatus, anyActs, (start, acts) => {
      const states = walk(start, acts);
      return states.every((status, index) => status !== "ended" || index === 0 || ["live", "ended"].includes(states[index - 1] ?? ""));
    }),
  );
});

test("a live event cannot be postponed, cancelled or opened again: only ended", () => {
  assert.deepEqual(
    EVENT_ACTS.filter((act) => transition("live", act) !== undefined),
    ["end"],
  );
});

test("from every state but ended the evening can still come to its end", () => {
  for (const start of EVENT_STATUSES.filter((status) => status !== "ended")) {
    assert.equal(walk(start, ["reschedule", "open-doors", "go-live", "end"]).at(-1), "ended", start);
  }
});

test("following the stage reaches what the stage says, and following it twice changes nothing more", () => {
  const follow = (status: EventStatus, phase: "backstage" | "live" | "ended"): EventStatus =>
    actsToFollow(status, phase).reduce((reached, act) => {
      const next = transition(reached, act);
      assert.notEqual(next, undefined, `${act} from ${reached}`);
      return next ?? reached;
    }, status);
  fc.assert(
    fc.property(anyStatus, anyPhase, (status, phase) => {
      const reached = follow(status, phase);
      assert.equal(follow(reached, phase), reached);
      if (phase === "backstage" || status === "ended" || status === "cancelled") assert.equal(reached, status);
      else assert.equal(reached, phase);
    }),
  );
});

test("a late word of an earlier phase never takes an event back", () => {
  assert.deepEqual(actsToFollow("ended", "live"), []);
  assert.deepEqual(actsToFollow("live", "backstage"), []);
});
