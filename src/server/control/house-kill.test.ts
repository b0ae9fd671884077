import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tries } from "../../core/test-length.ts";
import { TestPushService } from "../push/test-push-service.ts";
import { PASSKEY_HOUSE } from "./accounts/test-sign-in.ts";
import { ControlProcess, freshConfig } from "./test-control-process.ts";
import { Visitor } from "./test-house.ts";
import { type Fact, HouseWalk } from "./test-house-walk.ts";

/** Kills: forty every night, which hits nearly every act; the last one of each run comes in the last act, so that every act is looked for after it. */
const KILLS = tries(3, 40);
/** Kills come so long after the act they hit was asked for. Milliseconds; most acts take less than twenty. */
const LATEST_KILL_MS = 20;

test("control is killed in the middle of what people do in the house: what they were told is done is done, from votes to passkeys", {
  timeout: 400_000,
}, async (t) => {
  await using fresh = await freshConfig({ ...PASSKEY_HOUSE, privatePush: true });
  const pushes = await TestPushService.open();
  t.after(() => {
    pushes.close();
    control.child.kill("SIGKILL");
  });
  const browsers: Visitor[] = [];
  // Every start has a host link of its own.
  const linkOf = (start: number) => ({ ...fresh.config, hostSecret: `the-secret-of-start-${start}` });
  let control = new ControlProcess(linkOf(0));
  let { url } = await control.hear("ready");
  const browser = () => {
    browsers.push(new Visitor(url));
    return browsers.at(-1) as Visitor;
  };
  const facts = new Map<string, Fact>();
  for (let round = 0; round < KILLS; round++) {
    const acts = new HouseWalk({ ...linkOf(round), browser, pushes }, round).acts();
    const last = Math.ceil(((round + 1) / KILLS) * acts.length) - 1;
    for (const [index, { about, run }] of acts.slice(0, last + 1).entries()) {
      // An act under way may have happened or not: nothing is known of what it is about.
      facts.delete(about);
      const told = run().then((fact) => void facts.set(about, fact));
      if (index < last) await told;
      else {
        const settled = told.catch(() => {});
        await sleep((round * 7) % LATEST_KILL_MS);
        control.child.kill("SIGKILL");
        assert.equal(await control.gone(), "SIGKILL");
        await settled;
      }
    }
    control = new ControlProcess(linkOf(round + 1));
    ({ url } = await control.hear("ready"));
    for (const each of browsers) each.url = url;
    for (const [about, fact] of facts) if (about.startsWith(`${round} `)) await fact();
  }
  assert.ok(facts.size > KILLS);
  for (const fact of facts.values()) await fact();
  control.tell({ type: "shutdown" });
  assert.equal(await control.gone(), 0);
});
