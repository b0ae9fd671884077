import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, afterEach, before, test } from "node:test";
import { relayServers } from "../../src/event/mod.ts";
import { toneLevel } from "../../src/stage/test-tone.ts";
import {
  answer,
  closeChromiumRig,
  closeSpeakers,
  HEARD,
  LISTEN_TICKS,
  OFFER,
  openChromiumRig,
  openSpeaker,
  openStage,
  publish,
  run,
  WAIT_TICKS,
} from "./chromium-rig.ts";
import { endsFlight, TestLine, type Way } from "../../src/stage/werift/test-line.ts";

before(openChromiumRig);
after(closeChromiumRig);
afterEach(closeSpeakers);

test("two people in Chromium are both in the programme, hear each other and not themselves", () => bothHeard(false));

test("so do two who come by one port", () => bothHeard(true));

async function bothHeard(singlePort: boolean): Promise<void> {
  const stage = await openStage(singlePort);
  const [ada, ben] = await Promise.all([openSpeaker(440), openSpeaker(1_500)]);
  for (const [seat, page] of [
    ["ada", ada],
    ["ben", ben],
  ] as const)
    await page.evaluate(answer(await publish(stage, seat, (await page.evaluate(OFFER)) as string)));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25 && toneLevel(programme, 1_500) > -25), "both came");
  await run(stage, 100, () => false);
  let holes = 0;
  await run(stage, LISTEN_TICKS, (programme) => {
    if (toneLevel(programme, 440) < -30 || toneLevel(programme, 1_500) < -30) holes++;
    return false;
  });
  const heard = Promise.all([ada, ben].map(async (page) => [await page.evaluate(HEARD(440)), await page.evaluate(HEARD(1_500))] as [number, number]));
  await run(stage, 50, () => false);
  const [[adaOwn, adaOther], [benOther, benOwn]] = (await heard) as [[number, number], [number, number]];
  assert.ok(adaOther > adaOwn + 20, `Ada hears Ben at ${adaOther}, herself at ${adaOwn}`);
  assert.ok(benOther > benOwn + 20, `Ben hears Ada at ${benOther}, himself at ${benOwn}`);
  assert.ok(holes < LISTEN_TICKS / 10, `${holes} of ${LISTEN_TICKS} frames with a hole: ${JSON.stringify([...stage.lines])}`);
  assert.ok((stage.lines.get("ada")?.audioLevel ?? -127) > -40, "the browser tells its own level");
  process.stdout.write(`# ${holes} holes in ${LISTEN_TICKS} frames; ${JSON.stringify(Object.fromEntries(stage.lines))}\n`);
  await stage.close();
}

test("Chromium joins although each side's first Finished is lost", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  const lost: Record<Way, number> = { "to-stage": 0, "to-speaker": 0 };
  const line = new TestLine((way, datagram) => endsFlight(datagram) && lost[way]++ < 2);
  await page.evaluate(answer(await line.through(await publish(stage, "ada", (await page.evaluate(OFFER)) as string))));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  assert.ok(lost["to-stage"] > 0 && lost["to-speaker"] > 0, JSON.stringify(lost));
  await stage.close();
  line.close();
});

test("of a Chromium speaker whose line loses a tenth of all packets nothing is missing: a copy comes with the next", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  await page.evaluate("window.wantsCopies = true");
  let [lossy, count] = [false, 0];
  // Every tenth datagram of media: their first byte is 128 and more. @spec RFC 7983
  const line = new TestLine((way, datagram) => lossy && way === "to-stage" && (datagram[0] as number) >= 128 && ++count % 10 === 0);
  const told = await publish(stage, "ada", (await page.evaluate(OFFER)) as string);
  assert.match(told, /^a=rtpmap:\d+ red\/48000\/2\r$/m);
  await page.evaluate(answer(await line.through(told)));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  lossy = true;
  await run(stage, LISTEN_TICKS, () => false);
  const figures = stage.lines.get("ada");
  assert.ok((figures?.copies ?? 0) >= LISTEN_TICKS / 20, `copies took the place of ${figures?.copies} packets: ${JSON.stringify(figures)}`);
  assert.ok((figures?.lost ?? 0) <= LISTEN_TICKS / 100, `${figures?.lost} were missing: ${JSON.stringify(figures)}`);
  await stage.close();
  line.close();
});

test("Chromium is heard by TCP where the network lets no UDP through", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  const told = await publish(stage, "ada", (await page.evaluate(OFFER)) as string);
  const candidates = told.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
  const tcp = candidates.filter((line) => / tcp /i.test(line));
  assert.ok(tcp.length > 0 && tcp.every((line) => line.includes("tcptype passive")), candidates.join(" "));
  await page.evaluate(answer(told.replace(/a=candidate:.* udp .*\r\n/gi, "")));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  let holes = 0;
  await run(stage, LISTEN_TICKS, (programme) => {
    if (toneLevel(programme, 440) < -30) holes++;
    return false;
  });
  const pair = page.evaluate(
    `connection.getStats().then((stats) => [...stats.values()].find((each) => each.type === "remote-candidate" && each.protocol === "tcp")?.port)`,
  );
  await run(stage, 20, () => false);
  const ports = tcp.map((line) => Number(line.split(" ")[5]));
  assert.ok(ports.includes((await pair) as number), `${String(await pair)} is none of the ports told by TCP: ${ports.join(" ")}`);
  assert.ok(holes < LISTEN_TICKS / 10, `${holes} of ${LISTEN_TICKS} frames with a hole: ${JSON.stringify([...stage.lines])}`);
  await stage.close();
});

const RESTART = `(async () => {
  connection.restartIce();
  await connection.setLocalDescription(await connection.createOffer());
  const lines = connection.localDescription.sdp.split("\\r\\n");
  const line = (start) => lines.find((each) => each.startsWith(start));
  return [line("a=ice-ufrag:"), line("a=ice-pwd:"), line("m=audio"), "a=mid:0", ""].join("\\r\\n");
})()`;

test("a speaker who changes networks restarts ICE, and is heard and hears on the new path with the old one cut", () => followsRestart(false));

test("so are they where all speakers come by one port", () => followsRestart(true));

async function followsRestart(singlePort: boolean): Promise<void> {
  const stage = await openStage(singlePort);
  let phase = 0;
  await stage.addHouseSource("house", {
    pull: (out) => {
      for (let index = 0; index < out.length; index++) out[index] = 0.1 * Math.sin((2 * Math.PI * 1_500 * phase++) / 48_000);
    },
  });
  const page = await openSpeaker(440);
  let cut = false;
  const [before, after] = [new TestLine(() => cut), new TestLine(() => false)];
  const offer = (await page.evaluate(OFFER)) as string;
  const request = { session: undefined, contentType: "application/sdp", authorization: "Bearer ada", ifMatch: undefined };
  const { headers, body } = await stage.whip({ ...request, method: "POST", body: offer });
  const first = await before.through(body);
  await page.evaluate(answer(first));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");

  const patched = await stage.whip({
    method: "PATCH",
    session: headers.location?.split("/").at(-1),
    contentType: "application/trickle-ice-sdpfrag",
    authorization: "Bearer ada",
    ifMatch: "*",
    body: (await page.evaluate(RESTART)) as string,
  });
  assert.equal(patched.status, 200);
  assert.notEqual(patched.headers.etag, headers.etag);
  const fragment = await after.through(patched.body);
  const value = (name: string) => new RegExp(`a=${name}:.*`).exec(fragment)?.[0] ?? "";
  const second = first
    .replace(/a=ice-ufrag:.*/, value("ice-ufrag"))
    .replace(/a=ice-pwd:.*/, value("ice-pwd"))
    .replace(/a=candidate:.*/, value("candidate"));
  await page.evaluate(answer(second));
  await run(stage, 100, () => false);
  cut = true;
  // What was on its way is played out first.
  await run(stage, 50, () => false);
  let holes = 0;
  await run(stage, LISTEN_TICKS / 2, (programme) => {
    if (toneLevel(programme, 440) < -30) holes++;
    return false;
  });
  assert.ok(holes < LISTEN_TICKS / 20, `${holes} frames without the speaker`);
  const heard = page.evaluate(HEARD(1_500));
  await run(stage, 20, () => false);
  assert.ok(((await heard) as number) > -60, `the speaker hears the house at ${String(await heard)}`);
  await stage.close();
  for (const line of [before, after]) line.close();
}

test("a speaker whose network lets only the operator's relay through is heard, with credentials of their own", async () => {
  const port = 42_900 + Math.floor(Math.random() * 90);
  const relay = { urls: [`turn:127.0.0.1:${port}?transport=udp`], secret: "a secret of sixteen" };
  const flags = ["-n", "--log-file=stdout", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls"];
  const credentials = ["--use-auth-secret", `--static-auth-secret=${relay.secret}`, "--realm=stage.test"];
  const turn = spawn("turnserver", [...flags, ...credentials, `--listening-port=${port}`, "--min-port=43300", "--max-port=43340", "--pidfile="], {
    stdio: "ignore",
  });
  const stage = await openStage();
  try {
    const page = await openSpeaker(440);
    const servers = JSON.stringify(relayServers(relay, "ada", Date.now()));
    const relayed = OFFER.replace("new RTCPeerConnection()", `new RTCPeerConnection({ iceTransportPolicy: "relay", iceServers: ${servers} })`);
    await page.evaluate(answer(await publish(stage, "ada", (await page.evaluate(relayed)) as string)));
    assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
    const stranger = await openSpeaker(440);
    const forged = relayed.replace(/"credential":"[^"]*"/, '"credential":"forged"');
    await stranger.evaluate(answer(await publish(stage, "eve", (await stranger.evaluate(forged)) as string)));
    assert.ok(!(await run(stage, LISTEN_TICKS / 2, () => (stage.lines.get("eve")?.packetsReceived ?? 0) > 0)), "a forged credential relays nothing");
  } finally {
    await stage.close();
    turn.kill();
  }
});
