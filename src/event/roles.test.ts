import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scope } from "../wire/access.ts";
import { type Act, may, PERMISSIONS, SCOPE_ACTS, scopesAllow, type Standing } from "./roles.ts";

// Written out by hand and not from the table: who changes a permission changes it here too, on purpose.
const MATRIX = `
                operator host co-host speaker stranger
  create-event  yes      -    -       -       -
  list-events   yes      -    -       -       -
  manage-access yes      -    -       -       -
  make-account  yes      yes  yes     -       -
  read-event    yes      yes  yes     yes     -
  edit-event    yes      yes  -       -       -
  move-event    yes      yes  -       -       -
  duplicate-event yes    -    -       -       -
  see-history   yes      yes  yes     -       -
  see-people    yes      yes  yes     -       -
  see-links     yes      yes  -       -       -
  invite        yes      yes  -       -       -
  revoke        yes      yes  -       -       -
  raise-hand    yes      yes  yes     yes     yes
  see-hands     yes      yes  yes     -       -
  open-hands    yes      yes  yes     -       -
  invite-hand   yes      yes  yes     -       -
  lower-hand    yes      yes  yes     -       -
  send-back     yes      yes  yes     -       -
  hand-over     yes      yes  -       -       -
  step-down     -        yes  yes     yes     -
  take-seat     yes      yes  yes     yes     -
  edit-recording yes     yes  -       -       -
  go-live       yes      yes  yes     -       -
  end           yes      yes  -       -       -
  mark-chapter  yes      yes  yes     -       -
  direct-doors  yes      yes  yes     -       -
  mute-others   yes      yes  yes     -       -
  edit-sounds   yes      yes  yes     -       -
  play-sounds   yes      yes  yes     -       -
`;

test("a token never may what no scope names: access itself above all", () => {
  const everything = Object.keys(SCOPE_ACTS) as Scope[];
  assert.deepEqual(
    (Object.keys(PERMISSIONS) as Act[]).filter((act) => !scopesAllow(everything, act)),
    ["manage-access", "make-account", "raise-hand", "step-down"],
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
