import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { parseOffer } from "../offer.ts";
import { toneLevel } from "../test-tone.ts";
import type { Stage } from "../stage.ts";
import { SharedPort } from "./shared-port.ts";
import { TestLine } from "./test-line.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { openLoopbackStage } from "./test-stage.ts";
import { createWerift } from "./werift-transport.ts";

/** Rounds of 20 ms something is waited for: 15 s, against a busy machine and checks every five seconds. */
const MAX_ROUNDS = 750;

const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap" || kind === "TCPServerWrap" || kind === "TCPSocketWrap").length;

const whip = (stage: Stage, seat: string, act: { readonly method: string; readonly session?: string; readonly body?: string }) =>
  stage.whip({ session: undefined, body: "", ...act, ifMatch: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}` });

/** Publishes a seat with a tone of its own, over a line if there is one. */
async function join(stage: Stage, seat: string, hertz: number, line?: TestLine) {
  const speaker = await TestSpeaker.open(hertz);
  const { body, headers } = await whip(stage, seat, { method: "POST", body: await speaker.offer() });
  await speaker.take(line === undefined ? body : await line.through(body));
  const hangUp = async () => {
    await whip(stage, seat, { method: "DELETE", session: headers.location?.split("/").at(-1) ?? "" });
    await speaker.close();
  };
  return { speaker, answer: body, hangUp };
}

/** Ticks the stage and its speakers until `done`. */
async function run(stage: Stage, speakers: readonly TestSpeaker[], what: string, done: (programme: Float32Array) => boolean): Promise<void> {
  const programme = new Float32Array(FRAME_SAMPLES);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const speaker of speakers) speaker.speak();
    stage.tick(programme);
    if (done(programme)) return;
    await systemClock.sleep(FRAME_MS);
  }
  assert.fail(what);
}

async function until(done: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS && !done(); round++) await systemClock.sleep(FRAME_MS);
  assert.ok(done(), what);
}

const portsOf = (answer: string) => [...answer.matchAll(/^a=candidate:\S+ 1 (?:udp|tcp) \d+ \S+ (\d+) /gm)].map(([, port]) => Number(port));

test("speakers on one port are all heard, each leaves with their sockets, and the last one with the port's", async () => {
  const before = sockets();
  const stage = await openLoopbackStage({ udpPorts: [30_700, 30_720], singlePort: true });
  const tones = [300, 700, 1_500];
  const people = await Promise.all(tones.map((hertz) => join(stage, `seat-${hertz}`, hertz)));
  const speakers = people.map(({ speaker }) => speaker);
  const told = people.flatMap(({ answer }) => portsOf(answer));
  assert.ok(told.length >= 2 * tones.length && new Set(told).size === 1, told.join());
  await run(stage, speakers, "everybody is heard", (programme) => tones.every((hertz) => toneLevel(programme, hertz) > -40));
  const three = sockets();
  const late = await join(stage, "late", 2_300);
  assert.deepEqual(new Set(portsOf(late.answer)), new Set(told));
  await run(stage, [...speakers, late.speaker], "the fourth is heard", (programme) => toneLevel(programme, 2_300) > -40);
  assert.ok(sockets() > three);
  await late.hangUp();
  await until(() => sockets() <= three, `${three} sockets before the fourth, ${sockets()} after`);
  await run(stage, speakers, "the others stay", (programme) => tones.every((hertz) => toneLevel(programme, hertz) > -40));
  for (const { hangUp } of people) await hangUp();
  await until(() => sockets() === before, `${before} sockets before the stage, ${sockets()} after`);
  await stage.close();
});

test("two speakers of one network whose addresses change hands are both heard again by themselves", async () => {
  const stage = await openLoopbackStage({ udpPorts: [30_721, 30_722], singlePort: true, iceTcp: false });
  const [home, office] = [new TestLine(() => false), new TestLine(() => false)];
  const [ada, ben] = [await join(stage, "ada", 400, home), await join(stage, "ben", 1_000, office)];
  const speakers = [ada.speaker, ben.speaker];
  const received = (seat: string) => stage.lines.get(seat)?.packetsReceived ?? 0;
  try {
    await run(stage, speakers, "both are heard", () => received("ada") > 20 && received("ben") > 20);
    home.swap(office);
    const swapped = [received("ada"), received("ben")] as const;
    await run(stage, speakers, "both are heard again", () => received("ada") > swapped[0] + 50 && received("ben") > swapped[1] + 50);
    const own = [400, 1_000] as const;
    const returned = new Float32Array(FRAME_SAMPLES);
    const hears = own.map(() => false);
    await run(stage, speakers, "and hear each other", () => {
      for (const [index, speaker] of speakers.entries()) {
        speaker.listen(returned);
        hears[index] ||= toneLevel(returned, own[1 - index] as number) > -25;
      }
      return hears.every(Boolean);
    });
  } finally {
    for (const { hangUp } of [ada, ben]) await hangUp();
    for (const line of [home, office]) line.close();
    await stage.close();
  }
});

/** Another process that takes a port of the range and holds it until it is killed. */
function holder(range: readonly [number, number]): { readonly child: ChildProcess; readonly said: Promise<string> } {
  const module = JSON.stringify(new URL("./shared-port.ts", import.meta.url).href);
  const code = `const { SharedPort } = await import(${module});
    const said = await SharedPort.open(${JSON.stringify(range)}, ${String(range[0] % 2 === 0)}).then(() => "has it", (cause) => cause.code);
    setInterval(() => {}, 1_000);
    process.stdout.write(said);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  return { child, said: once(child.stdout, "data").then(([bytes]) => String(bytes)) };
}

for (const [port, how] of [
  [30_724, "with TCP"],
  [30_725, "without TCP"],
] as const)
  test(`two stages never share a port, ${how}; that of one that is killed is free at once`, async () => {
    const range = [port, port] as const;
    const first = holder(range);
    assert.equal(await first.said, "has it");
    const second = holder(range);
    assert.equal(await second.said, "EADDRINUSE");
    await assert.rejects(SharedPort.open(range, true), { code: "EADDRINUSE" });
    await assert.rejects(SharedPort.open(range, false), { code: "EADDRINUSE" });
    for (const { child } of [first, second]) child.kill("SIGKILL");
    await Promise.all([first, second].map(({ child }) => once(child, "exit")));
    const here = await SharedPort.open(range, true);
    await assert.rejects(SharedPort.open(range, true), { code: "EADDRINUSE" });
    here.close();
    (await SharedPort.open(range, false)).close();
  });

test("a port that somebody else has, by UDP or by TCP, is stepped over, and nobody gets one that a stage's speakers share", async () => {
  const taken = createSocket("udp4").bind(30_726);
  const listener = createServer().listen(30_727, "0.0.0.0");
  await Promise.all([once(taken, "listening"), once(listener, "listening")]);
  await assert.rejects(SharedPort.open([30_726, 30_727], true), { code: "EADDRINUSE" });
  const shared = await SharedPort.open([30_726, 30_728], true);
  const other = createSocket("udp4").bind(30_727);
  await once(other, "listening");
  const alone = createWerift({ udpPorts: [30_727, 30_728], iceTcp: false, announce: [], loopback: true, log: silentLog });
  const speaker = await TestSpeaker.open(400);
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  const events = { onArrival: () => true, onPacket: () => {}, onGone: () => {} };
  await assert.rejects(alone.accept(parsed.offer, events), (error) => error instanceof EarshotError && error.code === "port-in-use");
  shared.close();
  await (await alone.accept(parsed.offer, events)).close();
  await speaker.close();
  other.close();
  taken.close();
  listener.close();
});

test("when every port of the range is taken the answer says so, and whoever comes next is taken in all the same once one is free", async () => {
  const shared = await SharedPort.open([30_729, 30_729], false);
  const transport = createWerift({ udpPorts: [30_729, 30_729], singlePort: true, announce: [], loopback: true, iceTcp: false, log: silentLog });
  const speaker = await TestSpeaker.open(400);
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  const { offer } = parsed;
  const accept = () => transport.accept(offer, { onArrival: () => true, onPacket: () => {}, onGone: () => {} });
  const refused = await Promise.allSettled([accept(), accept()]);
  for (const each of refused) assert.ok(each.status === "rejected" && each.reason instanceof EarshotError && each.reason.code === "port-in-use");
  shared.close();
  for (let count = 0; count < 20; count++) {
    const [one, other] = await Promise.all([accept(), accept()]);
    // The port goes with the last and comes with the next, at the same moment.
    const [, , next] = await Promise.all([one.close(), other.close(), accept()]);
    await next.close();
  }
  await speaker.close();
});
