import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeatClaims, StageManifest } from "../event/mod-live.ts";
import { Invitations } from "./invitations.ts";

const MANIFEST: StageManifest = { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false };
const ADA: SeatClaims = { eventId: "event", seatId: "ada", role: "speaker", name: "Ada", expires: 0 };

const invite = (manifest: Partial<StageManifest>, claims: Partial<SeatClaims> = {}) =>
  new Invitations({ ...MANIFEST, ...manifest }, () => ({ ok: true, claims: { ...ADA, ...claims } }));

test("a seat of another event, one that was taken away and an old link open nothing", () => {
  assert.deepEqual(invite({}, { eventId: "another" }).verify(""), { ok: false, code: "token-forged" });
  assert.deepEqual(invite({ removedSeats: ["ada"] }).verify(""), { ok: false, code: "seat-removed" });
  assert.deepEqual(invite({ generations: { ada: 2 } }).verify(""), { ok: false, code: "seat-removed" });
  assert.equal(invite({ generations: { ada: 2 } }, { generation: 2 }).verify("").ok, true);
});

test("name, role and task are those the host gave last, not those of the link", () => {
  const invitations = invite({}, { interprets: "de" });
  assert.deepEqual(invitations.verify(""), { ok: true, claims: { ...ADA, interprets: "de" } });
  invitations.setManifest({ ...MANIFEST, speakers: [{ id: "ada", name: "Ada Lovelace", role: "co-host" }] });
  assert.deepEqual(invitations.verify(""), { ok: true, claims: { ...ADA, name: "Ada Lovelace", role: "co-host" } });
  assert.deepEqual([invitations.roleOf("ada"), invitations.languageOf("ada")], ["co-host", undefined]);
  invitations.setManifest({ ...MANIFEST, speakers: [{ id: "ada", name: "Ada", role: "speaker", interprets: "fr" }] });
  assert.deepEqual([invitations.roleOf("ada"), invitations.languageOf("ada"), invitations.roleOf("bo")], ["speaker", "fr", undefined]);
});

test("who was here keeps a name when the seat is gone, and the newest counts", () => {
  const invitations = invite({ speakers: [{ id: "ada", name: "Ada", role: "speaker" }] });
  invitations.setManifest({ ...MANIFEST, removedSeats: ["ada"] });
  invitations.remember([
    { id: "ada", name: "A." },
    { id: "bo", name: "Bo" },
  ]);
  assert.deepEqual(
    ["ada", "bo", "cy"].map((seatId) => invitations.nameOf(seatId)),
    ["Ada", "Bo", "cy"],
  );
  invitations.setName("bo", "Bo B.");
  assert.equal(invitations.nameOf("bo"), "Bo B.");
});
