import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findTraces, formsOf } from "../../../test/material/traces.ts";
import { createLog } from "../../core/log.ts";
import { ask, EVENT, open, openFront, openStageDouble, stateOf, until } from "./test-front.ts";

const ADDRESSES = ["203.0.113.77", "2001:db8:77::13"];
const AGENTS = ["CanaryRadio/7.3 (living room)", "CanaryPlayer/1.1"];
const NUMBER = "canary-session-number";

test("after an event nothing on the disk and in the logs tells who listened: no address, no agent, no session number, no ticket, no salt", async () => {
  const logged: string[] = [];
  const log = createLog(
    (line) => logged.push(line),
    () => 0,
  );
  const house = await openFront({ joinsPerSecond: 2, log });
  const stage = await openStageDouble();
  try {
    const { front, dataFolder, url } = house;
    await mkdir(join(dataFolder, "events", EVENT.id), { recursive: true });
    front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
    stage.publish(0, 40);
    await until(() => front.desk.get("evening")?.store.newest("mp3") === 39);
    const salt = Uint8Array.from(front.audience.saltOf(EVENT.id));
    const tickets: string[] = [];
    const streams = [];
    for (const [index, address] of ADDRESSES.entries()) {
      const headers = { "x-forwarded-for": address, "user-agent": AGENTS[index] as string };
      streams.push(await open(`${url}/live/evening/stream.mp4?s=${NUMBER}-${index}`, headers));
      for (const path of ["/live/evening/opus/segment-1.m4s", "/e/evening", "/nowhere?from=here", "/live/evening/state.json"]) await ask(url + path, headers);
      for (let person = 0; person < 4; person++) {
        const reply = await ask(`${url}/live/evening/door?s=${NUMBER}-${index}-${person}`, headers);
        const { details } = (reply.status === 503 ? JSON.parse(reply.body.toString()) : {}) as { details?: { ticket?: string } };
        tickets.push(details?.ticket ?? String(reply.headers["earshot-pass"]));
      }
    }
    // An answer that goes wrong inside is logged with what was asked, not by whom.
    const answer = front.desk.get.bind(front.desk);
    front.desk.get = () => {
      throw new Error("broken for the test");
    };
    const headers = { "x-forwarded-for": ADDRESSES[0] as string, "user-agent": AGENTS[0] as string };
    assert.equal((await ask(`${url}/e/evening?s=${NUMBER}`, headers)).status, 500);
    front.desk.get = answer;
    stage.publish(40, 80);
    await until(() => front.desk.get("evening")?.store.newest("mp3") === 79);
    const end = Math.ceil(Date.now() / 10_000) * 10_000;
    await front.audience.closeWindows(end);
    stage.endpoint.setState(stateOf({ phase: "ended", endedUnixMs: Date.now(), durationSamples: 80 * 24_000 }));
    await until(() => front.desk.get("evening")?.store.live?.phase === "ended");
    await front.audience.closeWindows(end + 10_000);
    for (const stream of streams) stream.destroy();

    const lines = (await readFile(join(dataFolder, "events", EVENT.id, "audience.jsonl"), "utf8")).trim().split("\n");
    const counted = lines.reduce((sum, line) => sum + (JSON.parse(line) as { sessionsGross: number }).sessionsGross, 0);
    assert.ok(counted >= ADDRESSES.length, `${counted} were counted all the same`);
    assert.ok(logged.some((line) => line.includes("request failed")));
    const wanted = { ...Object.fromEntries([...ADDRESSES, ...AGENTS, NUMBER, ...tickets].map((trace) => [trace, trace])), ...formsOf("the salt", salt) };
    await writeFile(join(dataFolder, "log"), logged.join(""));
    assert.deepEqual(await findTraces(dataFolder, wanted), []);
    await writeFile(join(dataFolder, "leak"), Buffer.concat([Buffer.from("x"), salt]));
    assert.deepEqual(await findTraces(dataFolder, wanted), ["leak: the salt"], "the search finds what is there");
    assert.notDeepEqual(front.audience.saltOf(EVENT.id), salt, "and the salt is gone from memory");
  } finally {
    await house.close();
    stage.close();
  }
});
