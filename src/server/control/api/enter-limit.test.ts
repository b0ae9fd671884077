import assert from "node:assert/strict";
import { test } from "node:test";
import { EarshotError } from "../../../core/errors.ts";
import { TestClock } from "../test-house.ts";
import { EnterLimit } from "./enter-limit.ts";

const fail = () => Promise.reject(new EarshotError("unauthorised"));
const codeOf = async (attempt: Promise<unknown>) =>
  await attempt.then(
    () => "ok",
    (error: unknown) => (error as EarshotError).code,
  );

test("one address that guesses is stopped, its neighbours are not; a household's IPv6 addresses are one", async () => {
  const limit = new EnterLimit(new TestClock());
  for (let guess = 0; guess < 20; guess++) assert.equal(await codeOf(limit.attempt(`2001:db8:1:2::${guess}`, fail)), "unauthorised");
  assert.equal(await codeOf(limit.attempt("2001:db8:1:2:ffff::1", fail)), "rate-limited");
  assert.equal(await codeOf(limit.attempt("2001:db8:1:3::1", fail)), "unauthorised");
  assert.equal(await codeOf(limit.attempt("192.0.2.1", fail)), "unauthorised");
  assert.equal(limit.refused, 1);
});

test("a hundred guesses at the same moment are no way around", async () => {
  const limit = new EnterLimit(new TestClock());
  const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(limit.attempt("192.0.2.1", fail))));
  assert.ok(codes.filter((code) => code === "unauthorised").length <= 20);
});

test("everybody together has sixteen attempts under way, and the next is let in when one is done", async () => {
  const limit = new EnterLimit(new TestClock());
  let finish = () => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const waiting = Array.from({ length: 16 }, (_, index) => limit.attempt(`192.0.2.${index}`, () => gate));
  assert.equal(await codeOf(limit.attempt("198.51.100.1", async () => {})), "rate-limited");
  finish();
  await Promise.all(waiting);
  assert.equal(await codeOf(limit.attempt("198.51.100.1", async () => {})), "ok");
});

test("patience is rewarded: an attempt every five seconds, never more than twenty at once", async () => {
  const clock = new TestClock();
  const limit = new EnterLimit(clock);
  for (let guess = 0; guess < 20; guess++) await codeOf(limit.attempt("192.0.2.1", fail));
  clock.advance(4_999);
  assert.equal(await codeOf(limit.attempt("192.0.2.1", fail)), "rate-limited");
  clock.advance(1);
  assert.equal(await codeOf(limit.attempt("192.0.2.1", fail)), "unauthorised");
  clock.advance(86_400_000);
  const codes = [];
  for (let guess = 0; guess < 21; guess++) codes.push(await codeOf(limit.attempt("192.0.2.1", fail)));
  assert.equal(codes.filter((code) => code === "unauthorised").length, 20);
});
