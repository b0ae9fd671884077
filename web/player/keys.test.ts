import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyPress, keyAct } from "./keys.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  target: {},
  ...more,
});
const focus = (tagName: string, type?: string, dialog?: object) => ({ target: { tagName, type, closest: () => dialog ?? null } });

test("space and K listen or stop, M mutes, the arrows change loudness and place, P and N the chapter", () => {
  for (const [key, act] of [
    [" ", "toggle"],
    ["k", "toggle"],
    ["K", "toggle"],
    ["m", "mute"],
    ["?", "help"],
    ["ArrowUp", "louder"],
    ["ArrowDown", "quieter"],
    ["ArrowLeft", "back"],
    ["ArrowRight", "on"],
    ["p", "lastChapter"],
    ["n", "nextChapter"],
    ["<", "slower"],
    [">", "faster"],
    ["l", "link"],
  ] as const)
    assert.equal(keyAct(press(key)), act, key);
  assert.equal(keyAct(press("x")), undefined);
});

test("a key that is held down mutes once and does not flicker; loudness goes on", () => {
  for (const key of [" ", "k", "m"]) assert.equal(keyAct(press(key, { repeat: true })), undefined, key);
  assert.equal(keyAct(press("ArrowUp", { repeat: true })), "louder");
});

test("who types a name with m and k neither mutes nor plays", () => {
  for (const more of [focus("INPUT", "text"), focus("TEXTAREA"), focus("SELECT"), { target: { tagName: "DIV", isContentEditable: true } }])
    for (const key of [" ", "k", "m", "ArrowUp"]) assert.equal(keyAct(press(key, more)), undefined);
});

test("a control keeps the keys it needs itself and leaves the others to the page", () => {
  assert.equal(keyAct(press(" ", focus("BUTTON"))), undefined, "space presses the button that has the focus, once");
  assert.equal(keyAct(press("m", focus("BUTTON"))), "mute");
  assert.equal(keyAct(press("ArrowUp", focus("INPUT", "range"))), undefined, "the slider moves itself");
  assert.equal(keyAct(press("k", focus("INPUT", "range"))), "toggle");
});

test("the browser keeps its own shortcuts, and a dialog that is open has the keyboard to itself", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) assert.equal(keyAct(press("m", { [modifier]: true })), undefined);
  assert.equal(keyAct(press("k", focus("BUTTON", "submit", {}))), undefined);
});
