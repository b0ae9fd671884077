import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REPEAT_MAX, REPEATS } from "../wire/series.ts";
import { laterStarts, type Repetition } from "./repeat.ts";

const BERLIN = "Europe/Berlin";
const written = (iso: string, zone: string, repetition: Repetition) =>
  laterStarts(Temporal.PlainDateTime.from(iso).toZonedDateTime(zone).epochMilliseconds, zone, repetition).map((ms) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toString({ timeZoneName: "never", smallestUnit: "minute" }),
  );

test("every Saturday at eight stays at eight when the clocks change", () => {
  assert.deepEqual(written("2026-10-17T20:00", BERLIN, { every: "week", interval: 1, count: 4 }), [
    "2026-10-24T20:00+02:00",
    "2026-10-31T20:00+01:00",
    "2026-11-07T20:00+01:00",
  ]);
});

test("a time that the change of clocks leaves out comes an hour later, and only that evening", () => {
  assert.deepEqual(written("2027-03-27T02:30", BERLIN, { every: "day", interval: 1, count: 3 }), ["2027-03-28T03:30+02:00", "2027-03-29T02:30+02:00"]);
});

test("the 31st is the last day of a shorter month and comes back; a fifth Saturday is the last one where there is none", () => {
  assert.deepEqual(
    written("2027-01-31T20:00", BERLIN, { every: "month-day", interval: 1, count: 3 }).map((text) => text.slice(0, 10)),
    ["2027-02-28", "2027-03-31"],
  );
  assert.deepEqual(
    written("2026-10-31T20:00", BERLIN, { every: "month-weekday", interval: 1, count: 4 }).map((text) => text.slice(0, 10)),
    ["2026-11-28", "2026-12-26", "2027-01-30"],
  );
  assert.deepEqual(
    written("2026-10-03T20:00", BERLIN, { every: "month-weekday", interval: 2, count: 3 }).map((text) => text.slice(0, 10)),
    ["2026-12-05", "2027-02-06"],
  );
});

test("whatever repeats in whatever zone: later each time, and the wall clock shows the same time unless that time does not exist", () => {
  const zones = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC"];
  fc.assert(
    fc.property(
      fc.record({
        every: fc.constantFrom(...REPEATS),
        interval: fc.integer({ min: 1, max: 12 }),
        count: fc.integer({ min: 2, max: REPEAT_MAX }),
      }),
      fc.constantFrom(...zones),
      fc.date({ min: new Date("2026-01-01"), max: new Date("2036-01-01"), noInvalidDate: true }),
      (repetition, zone, date) => {
        const startMs = Math.floor(date.getTime() / 60_000) * 60_000;
        const clock = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainTime();
        const starts = [startMs, ...laterStarts(startMs, zone, repetition)];
        assert.equal(starts.length, repetition.count);
        for (const [index, ms] of starts.entries()) {
          if (index > 0) assert.ok(ms > (starts[index - 1] as number));
          // Two hours: the largest step any zone's clocks make here.
          const off = Math.abs(clock(ms).since(clock(startMs)).total("minutes"));
          assert.ok(off === 0 || off <= 120, `${off}`);
        }
      },
    ),
    { numRuns: 200 },
  );
});
