import assert from "node:assert/strict";
import { test } from "node:test";
import { letter } from "./lettering.ts";
import { standingOf } from "./standing.ts";

test("every letter of every date and state has a form, in both languages, in every month and at every offset from Greenwich", () => {
  const missing = new Set<string>();
  const statuses = ["scheduled", "doors", "live", "ended", "postponed", "cancelled"] as const;
  for (const timeZone of ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"])
    for (let month = 1; month <= 12; month++)
      for (const status of statuses)
        for (const lang of ["en", "de"] as const) {
          const startDate = `2026-${String(month).padStart(2, "0")}-1${month % 10}T20:15:00Z`;
          const schedule = { timeZone, plannedMinutes: 60, sequence: 0, updatedDate: startDate, history: [], previousStartDate: startDate };
          const event = { ...{ id: "a", slug: "a", title: "A", description: "", language: "", startDate, doorTime: startDate, status }, speakers: [] };
          const { first, second } = standingOf({ event: { ...event, permanent: false, schedule }, status }, lang, month % 2 === 0);
          for (const character of `${first}${second}`.replaceAll(/\s/gu, "")) if (letter(character).strokes.length === 0) missing.add(character);
        }
  assert.deepEqual([...missing], []);
});

test("letters stand side by side without touching, and what has no letter leaves a space", () => {
  const wide = letter("HH");
  assert.ok(wide.width > 2 * letter("H").width);
  assert.equal(letter("hh").width, wide.width);
  assert.deepEqual(letter("שלום").strokes, []);
  assert.ok(letter("H H").width > wide.width);
  assert.equal(letter("").width, 0);
});
