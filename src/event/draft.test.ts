import assert from "node:assert/strict";
import { test } from "node:test";
import { EarshotError, type ErrorCode } from "../core/errors.ts";
import { checkTimeZone, readStartDate } from "./draft.ts";

const NOW_MS = Date.parse("2026-10-03T18:00:00Z");
const fails = (code: ErrorCode) => (error: unknown) => error instanceof EarshotError && error.code === code;

test("a start time with an offset is that instant, whatever the time zone", () => {
  assert.equal(readStartDate("2026-10-03T21:00+02:00", "America/New_York", NOW_MS), Date.parse("2026-10-03T19:00:00Z"));
  assert.equal(readStartDate("2026-10-03T19:00:00Z", "Europe/Berlin", NOW_MS), Date.parse("2026-10-03T19:00:00Z"));
});

test("a start time without an offset is wall-clock time where the event is, also after the clocks change", () => {
  assert.equal(readStartDate("2026-10-24T20:00", "Europe/Berlin", NOW_MS), Date.parse("2026-10-24T18:00:00Z"));
  assert.equal(readStartDate("2026-10-25T20:00", "Europe/Berlin", NOW_MS), Date.parse("2026-10-25T19:00:00Z"));
});

test("a start in the past is refused, but not one of a minute ago: the form was open for a while", () => {
  assert.throws(() => readStartDate("2026-10-03T17:58:59Z", "UTC", NOW_MS), fails("start-in-past"));
  assert.equal(readStartDate("2026-10-03T17:59:30Z", "UTC", NOW_MS), NOW_MS - 30_000);
});

test("what is no date and time is refused with an example", () => {
  for (const text of [
    "",
    "soon",
    "2026-10-03",
    "20:00",
    "2026-13-03T20:00",
    "2026-10-03T25:00Z",
    "3026-10-03T20:00Z",
    "2026-10-03T20:00[Mars/Base]",
    "2026-10-03T20:00+02:00[Europe/Berlin]",
  ]) {
    assert.throws(() => readStartDate(text, "Europe/Berlin", NOW_MS), fails("invalid-field"), text);
  }
});

test("a time zone is an IANA name, not an offset and not a guess", () => {
  assert.equal(checkTimeZone("Europe/Berlin"), "Europe/Berlin");
  assert.equal(checkTimeZone("UTC"), "UTC");
  for (const name of ["", "+02:00", "Europe/Bielefeld", "Berlin", "../etc/passwd"]) assert.throws(() => checkTimeZone(name), fails("invalid-field"), name);
});
