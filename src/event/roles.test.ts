import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scope } from "../wire/access.ts";
import { type Act, may, PERMISSIONS, SCOPE_ACTS, scopesAllow, type Standing } from "./roles.ts";

// Written out by hand and not from the table: who changes a permission changes it here too, on purpose.
const MATRIX = `
                   operator  host      co-host   speaker   producer  moderator captioner stranger
  create-event     yes       -         -         -         -         -         -         -
  list-events      yes       -         -         -         -         -         -         -
  manage-access    yes       -         -         -         -         -         -         -
  make-account     yes       yes       yes       -         yes       yes       -         -
  read-event       yes       yes       yes       yes       yes       yes       yes       -
  edit-event       yes       yes       -         -         -         -         -         -
  move-event       yes       yes       -         -         -         -         -         -
  duplicate-event  yes       -         -         -         -         -         -         -
  see-history      yes       yes       yes       -         yes       yes       -         -
  see-reminders    yes       yes       yes       -         yes       yes       -         -
  see-people       yes       yes       yes       -         yes       yes       -         -
  see-links        yes       yes       -         -         -         -         -         -
  invite           yes       yes       -         -         -         -         -         -
  revoke           yes       yes       -         -         -         -         -         -
  raise-hand       yes       yes       yes       yes       yes       yes       yes       yes
  see-hands        yes       yes       yes       -         yes       yes       -         -
  open-hands       yes       yes       yes       -         yes       yes       -         -
  invite-hand      yes       yes       yes       -         yes       -         -         -
  take-aside       yes       yes       yes       -         yes       -         -         -
  lower-hand       yes       yes       yes       -         yes       yes       -         -
  send-back        yes       yes       yes       -         yes       yes       -         -
  hand-over        yes       yes       -         -         -         -         -         -
  step-down        -         yes       yes       yes       yes       yes       yes       -
  take-seat        yes       yes       yes       yes       yes       yes       yes       -
  speak            -         yes       yes       yes       -         -         -         -
  talk-off-air     -         -         -         -         yes       -         -         -
  go-live          yes       yes       yes       -         -         -         -         -
  end              yes       yes       -         -         -         -         -         -
  edit-recording   yes       yes       -         -         -         -         -         -
  see-voices       yes       yes       yes       -         yes       -         -         -
  mark-chapter     yes       yes       yes       -         yes       -         -         -
  caption          -         -         -         -         yes       -         yes       -
  announce         yes       yes       yes       -         yes       yes       -         -
  chat-backstage   yes       yes       yes       yes       yes       yes       yes       -
  keep-notes       yes       yes       yes       yes       yes       yes       yes       -
  direct-doors     yes       yes       yes       -         yes       -         -         -
  mute-others      yes       yes       yes       -         yes       yes       -         -
  edit-sounds      yes       yes       yes       -         yes       -         -         -
  play-sounds      yes       yes       yes       -         yes       -         -         -
  invite-listeners yes       yes       -         -         -         -         -         -
  tell-waiting     yes       yes       yes       -         -         -         -         -
  edit-house       yes       -         -         -         -         -         -         -
  see-house        yes       -         -         -         -         -         -         -
  post             yes       yes       yes       yes       yes       yes       yes       yes
  moderate         yes       yes       yes       -         -         yes       -         -
  see-reports      yes       yes       yes       -         -         yes       -         -
  edit-wall        yes       yes       yes       -         -         yes       -         -
`;

test("a token never may what no scope names: access itself above all", () => {
  const everything = Object.keys(SCOPE_ACTS) as Scope[];
  assert.deepEqual(
    (Object.keys(PERMISSIONS) as Act[]).filter((act) => !scopesAllow(everything, act)),
    [
      "manage-access",
      "make-account",
      "raise-hand",
      "step-down",
      "speak",
      "talk-off-air",
      "caption",
      "announce",
      "chat-backstage",
      "keep-notes",
      "edit-house",
      "see-house",
      "post",
    ],
  );
  assert.ok(!scopesAllow([], "read-event"));
  assert.ok(!scopesAllow(["events:read"], "edit-event"));
});

test("everybody may do exactly what the matrix says", () => {
  const [standings = [], ...rows] = MATRIX.trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  assert.deepEqual(rows.map(([act]) => act).sort(), Object.keys(PERMISSIONS).sort());
  for (const [act, ...cells] of rows) {
    for (const [index, standing] of standings.entries()) {
      assert.equal(may(standing as Standing, act as Act), cells[index] === "yes", `${standing} ${act}`);
    }
  }
});
