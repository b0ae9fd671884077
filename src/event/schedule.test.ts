import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventStatus } from "../wire/public-state.ts";
import type { LiveEvent } from "./live-event.ts";
import { areDoorsDue, BACKSTAGE_KEEP_MS, isStageWanted, NO_SHOW_MS } from "./schedule.ts";
import { soundCheck } from "./sound-check.ts";

const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const AWAY = { running: false, anybodyOnStage: false, archiveFinal: false };

const event = (status: EventStatus, more: Partial<LiveEvent> = {}): LiveEvent => ({
  ...soundCheck(START_MS),
  permanent: false,
  status,
  startMs: START_MS,
  doorMs: START_MS - HOUR_MS / 4,
  liveMs: null,
  ...more,
});

test("doors are due at door time and not again once open", () => {
  assert.equal(areDoorsDue(event("scheduled"), START_MS - HOUR_MS / 4 - 1), false);
  assert.equal(areDoorsDue(event("scheduled"), START_MS - HOUR_MS / 4), true);
  assert.equal(areDoorsDue(event("doors"), START_MS), false);
  assert.equal(areDoorsDue(event("postponed"), START_MS), false);
});

test("the Sound check's stage is always wanted", () => {
  assert.equal(isStageWanted(soundCheck(START_MS), AWAY, START_MS + 1_000 * HOUR_MS), true);
});

test("a stage is wanted from the doors on, and not for ever when nobody comes", () => {
  assert.equal(isStageWanted(event("scheduled"), AWAY, START_MS - HOUR_MS), false);
  assert.equal(isStageWanted(event("doors"), AWAY, START_MS), true);
  assert.equal(isStageWanted(event("doors"), AWAY, START_MS + NO_SHOW_MS), false);
});

test("whoever comes backstage days before brings the stage up, and it stays while they are on it", () => {
  const early = event("scheduled", { backstageMs: START_MS - 50 * HOUR_MS });
  assert.equal(isStageWanted(early, AWAY, START_MS - 49 * HOUR_MS), true);
  const later = START_MS - 50 * HOUR_MS + BACKSTAGE_KEEP_MS;
  assert.equal(isStageWanted(early, AWAY, later), false);
  assert.equal(isStageWanted(early, { running: true, anybodyOnStage: true, archiveFinal: false }, later), true);
});

test("a live event's stage is wanted whatever is known of it", () => {
  assert.equal(isStageWanted(event("live", { liveMs: START_MS }), AWAY, START_MS + 100 * HOUR_MS), true);
});

test("an ended event keeps its stage until the recording is complete and the stage has left", () => {
  const ended = event("ended", { liveMs: START_MS, endedMs: START_MS + HOUR_MS });
  assert.equal(isStageWanted(ended, AWAY, START_MS + 2 * HOUR_MS), true);
  assert.equal(isStageWanted(ended, { running: true, anybodyOnStage: false, archiveFinal: true }, START_MS + 2 * HOUR_MS), true);
  assert.equal(isStageWanted(ended, { running: false, anybodyOnStage: false, archiveFinal: true }, START_MS + 2 * HOUR_MS), false);
});

test("a cancelled event needs no stage", () => {
  assert.equal(isStageWanted(event("cancelled", { backstageMs: START_MS }), { running: true, anybodyOnStage: true, archiveFinal: false }, START_MS), false);
});
