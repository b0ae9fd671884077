import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { PublicEvent } from "../wire/public-state.ts";
import { renderEventCalendar, renderHouseCalendar } from "./calendar.ts";

interface Read {
  readonly version: string;
  readonly method: string;
  readonly name: string | null;
  readonly errors: readonly unknown[];
  readonly events: readonly {
    readonly uid: string;
    readonly sequence: number;
    readonly status: string;
    readonly start: string;
    readonly end: string;
    readonly stamp: string;
    readonly summary: string;
    readonly description: string;
    readonly url: string;
    readonly comment: string | null;
    readonly alarms: readonly number[];
    readonly errors: readonly unknown[];
  }[];
}

/** What another calendar library (python3-icalendar) understands of a file. */
function readByAnother(calendar: string): Read {
  const script = join(import.meta.dirname, "../../test/interop/read-calendar.py");
  return JSON.parse(execFileSync("/usr/bin/python3", [script], { input: calendar, encoding: "utf8" })) as Read;
}

const urlOf = (slug: string) => `https://listen.example/e/${slug}`;
const evening: PublicEvent = {
  id: "01890000-0000-7000-8000-000000000001",
  slug: "evening",
  title: "Töne; Listen, and \\ more",
  description: "First line\nSecond line, with a comma; and a semicolon",
  language: "en",
  startDate: "2026-10-03T21:00:00+02:00",
  doorTime: "2026-10-03T20:45:00+02:00",
  status: "scheduled",
  speakers: [{ id: "a", name: "Ada", role: "speaker" }],
  permanent: false,
  visibility: "public",
  schedule: { timeZone: "Europe/Berlin", plannedMinutes: 90, sequence: 0, updatedDate: "2026-10-01T10:00:00+02:00", history: [] },
};

test("another calendar program reads the event as it was announced: instants, texts, length, a reminder before the start", () => {
  const { version, method, errors, events } = readByAnother(renderEventCalendar(evening, { urlOf }));
  assert.deepEqual([version, method, errors, events.length], ["2.0", "PUBLISH", [], 1]);
  assert.deepEqual(events[0], {
    uid: evening.id,
    sequence: 0,
    status: "CONFIRMED",
    start: "2026-10-03T19:00:00+00:00",
    end: "2026-10-03T20:30:00+00:00",
    stamp: "2026-10-01T08:00:00+00:00",
    summary: evening.title,
    description: `${evening.description}\n\nAda\n\nhttps://listen.example/e/evening`,
    url: "https://listen.example/e/evening",
    comment: null,
    alarms: [-600],
    errors: [],
  });
});

test("a move keeps the entry and raises its number; what is postponed or called off says so and rings no more", () => {
  const schedule = { ...(evening.schedule as NonNullable<PublicEvent["schedule"]>), reason: "The host is ill." };
  const moved: PublicEvent = { ...evening, startDate: "2026-11-03T21:00:00+01:00", schedule: { ...schedule, sequence: 1 } };
  const postponed: PublicEvent = { ...evening, status: "postponed", schedule: { ...schedule, sequence: 2 } };
  const cancelled: PublicEvent = { ...evening, status: "cancelled", schedule: { ...schedule, sequence: 3 } };
  const read = [moved, postponed, cancelled].map((event) => readByAnother(renderEventCalendar(event, { urlOf })).events[0]);
  assert.deepEqual(
    read.map((entry) => [entry?.uid, entry?.sequence, entry?.status, entry?.start, entry?.comment, entry?.alarms]),
    [
      [evening.id, 1, "CONFIRMED", "2026-11-03T20:00:00+00:00", "The host is ill.", [-600]],
      [evening.id, 2, "TENTATIVE", "2026-10-03T19:00:00+00:00", "The host is ill.", []],
      [evening.id, 3, "CANCELLED", "2026-10-03T19:00:00+00:00", "The host is ill.", []],
    ],
  );
});

test("the calendar of the house has every listed event, also one called off, and neither unlisted ones nor the Sound check", () => {
  const events: PublicEvent[] = [
    evening,
    { ...evening, id: "2", status: "cancelled" },
    { ...evening, id: "3", visibility: "unlisted" },
    { ...evening, id: "4", permanent: true },
  ];
  const read = readByAnother(renderHouseCalendar("The house", events, { urlOf }));
  assert.equal(read.name, "The house");
  assert.deepEqual(
    read.events.map(({ uid, status, alarms }) => [uid, status, alarms]),
    [
      [evening.id, "CONFIRMED", []],
      ["2", "CANCELLED", []],
    ],
  );
});

test("no line is longer than 75 octets, none is broken inside a character, and unfolding gives back every text", () => {
  const unfold = (file: string) => file.replaceAll("\r\n ", "");
  const anyText = fc.oneof(fc.string({ unit: "grapheme", maxLength: 200 }), fc.string({ unit: "binary", maxLength: 200 }));
  fc.assert(
    fc.property(anyText, anyText, (title, description) => {
      const file = renderEventCalendar({ ...evening, title, description }, { urlOf });
      const bytes = Buffer.from(file);
      for (const line of file.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, line);
      // Every line decodes by itself: no character was torn.
      assert.equal(Buffer.from(bytes.toString("utf8")).compare(bytes), 0);
      const summary =
        unfold(file)
          .split("\r\n")
          .find((line) => line.startsWith("SUMMARY:"))
          ?.slice("SUMMARY:".length) ?? "";
      const back = summary.replace(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
      const asSent = title
        .toWellFormed()
        .replace(/\r\n|\r|\n/g, "\n")
        .replace(/(?!\n)\p{Control}/gu, " ");
      assert.equal(Buffer.from(back.toWellFormed()).toString(), asSent);
    }),
    { numRuns: 500 },
  );
});

test("another calendar program reads texts of any kind back as they were", () => {
  // python3-icalendar 4 takes a backslash before an n for a line break, whatever stands before it: that pair is held by the test above alone.
  const texts = [
    "emoji 🎙️🎛️ ".repeat(20),
    "日本語のタイトル".repeat(12),
    "a".repeat(300),
    "ÄÖÜß;,\\ ".repeat(30).trim(),
    "BEGIN:VEVENT",
    "END:VCALENDAR\nBEGIN:X",
  ];
  for (const title of texts) {
    const { events, errors } = readByAnother(renderEventCalendar({ ...evening, title }, { urlOf }));
    assert.deepEqual([events.map(({ summary }) => summary), errors], [[title], []]);
  }
});
