import assert from "node:assert/strict";
import { test } from "node:test";
import { StageKeys, studioKey } from "./stage-keys.ts";

const press = (key: string, target: unknown = { tagName: "BODY" }, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  target,
  ...more,
});

/** A studio in which somebody is muted. */
function studio(on = true) {
  const done: string[] = [];
  let muted = true;
  const keys = new StageKeys({
    isMuted: () => muted,
    mute: (wanted) => {
      muted = wanted;
      done.push(wanted ? "muted" : "heard");
    },
    hand: () => done.push("hand"),
    help: () => done.push("help"),
    on: () => on,
  });
  return { keys, done };
}

test("M, H and ? do what the list says; nothing in a text field, with Ctrl, or in a dialog", () => {
  const { keys, done } = studio();
  for (const key of ["m", "M", "h", "?"]) assert.ok(keys.down(press(key)), key);
  assert.deepEqual(done, ["heard", "muted", "hand", "help"]);
  for (const target of [{ tagName: "TEXTAREA" }, { tagName: "INPUT", type: "text" }, { tagName: "BUTTON", closest: () => ({}) }])
    assert.equal(studioKey(press("h", target)), undefined);
  assert.equal(studioKey(press("h", { tagName: "BODY" }, { ctrlKey: true })), undefined);
  assert.equal(studioKey(press("x")), undefined);
});

test("who is muted is heard while Space is held and muted again when it is let go, or when the window loses the keyboard", () => {
  const { keys, done } = studio();
  assert.ok(keys.down(press(" ")));
  assert.ok(keys.down(press(" ", { tagName: "BODY" }, { repeat: true })), "a held key is still ours: the page does not scroll");
  keys.up(" ");
  keys.down(press(" "));
  keys.release();
  keys.up(" ");
  assert.deepEqual(done, ["heard", "muted", "heard", "muted"]);
});

test("Space on a button presses the button, and does nothing to somebody who is not muted; M while Space is held keeps the microphone open", () => {
  const { keys, done } = studio();
  assert.equal(keys.down(press(" ", { tagName: "BUTTON" })), false);
  keys.down(press(" "));
  keys.down(press("m"));
  keys.up(" ");
  assert.deepEqual(done, ["heard"]);
  assert.equal(keys.down(press(" ")), false);
});

test("who switched single keys off still gets the list of keys, where they are switched on again", () => {
  const { keys, done } = studio(false);
  for (const key of ["m", "h", " ", "?"]) keys.down(press(key));
  assert.deepEqual(done, ["help"]);
});
