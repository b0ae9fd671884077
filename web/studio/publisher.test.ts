import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Publisher, type PublishState } from "./publisher.ts";

/** As much of a browser's peer connection as an exchange touches. */
class Connection extends EventTarget {
  static all: Connection[] = [];
  connectionState = "new";
  localDescription: { sdp: string } | undefined;
  answer = "";
  closed = false;
  constructor() {
    super();
    Connection.all.push(this);
  }
  preferred: string[] = [];
  readonly sender = {
    track: undefined as unknown,
    replaceTrack: async (track: unknown) => {
      this.sender.track = track;
    },
  };
  getTransceivers = () => [{ sender: this.sender }];
  addTransceiver(track: unknown) {
    this.sender.track = track;
    return {
      setCodecPreferences: (codecs: readonly { mimeType: string }[]) => {
        this.preferred = codecs.map(({ mimeType }) => mimeType);
      },
    };
  }
  createOffer = async () => ({ sdp: "v=0 offer" });
  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
  }
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.answer = sdp;
  }
  close(): void {
    this.closed = true;
  }
  become(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
}

/** How often what is heard was played. */
let played = 0;

/** What a browser says it can send. */
let codecs: { mimeType: string }[] = [];

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
  Connection.all = [];
  codecs = [];
  hold = async () => {};
});

const taken = () => new Response("v=0 answer", { status: 201, headers: { location: "/whip/talk/1" } });
const refuse =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  () =>
    Response.json({ code, title: `title of ${code}`, action: "act" }, { status, headers });

/** A publisher before a server that gives these answers in turn, the last one for ever. */
function before(...answers: (() => Response)[]) {
  const states: PublishState[] = [];
  const waits: number[] = [];
  const asked: string[] = [];
  Object.assign(globalThis, { RTCPeerConnection: Connection, RTCRtpReceiver: { getCapabilities: () => ({ codecs }) } });
  globalThis.fetch = async (_, init) => {
    asked.push(init?.method ?? "GET");
    return (answers[asked.length - 1] ?? (answers.at(-1) as () => Response))();
  };
  const publisher = new Publisher({
    slug: "talk",
    grant: { fresh: async () => GRANT, last: GRANT },
    track: {} as MediaStreamTrack,
    output: { play: async () => void played++ } as unknown as HTMLAudioElement,
    onState: (state) => states.push(state),
    sleep: async (ms, signal) => {
      waits.push(ms);
      await hold(signal);
    },
    random: () => 1,
  });
  return { publisher, states, waits, asked };
}

const GRANT = { token: "t", seat: "ada", name: "Ada", role: "speaker", expiresUnixSeconds: 0, iceServers: [] } as const;

/** What a wait does: nothing, or it lasts until somebody ends it. */
let hold: (signal: AbortSignal) => Promise<void> = async () => {};
const untilWoken = (signal: AbortSignal) => new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(new Error("woken"))));
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a browser that can is asked to send the packet before once more in each packet", async () => {
  codecs = ["audio/opus", "audio/red", "audio/G722"].map((mimeType) => ({ mimeType }));
  const { publisher } = before(taken);
  await publisher.publish();
  assert.deepEqual(Connection.all[0]?.preferred, ["audio/red", "audio/opus", "audio/G722"]);
});

test("an event that has ended is not asked again, and the page is told why", async () => {
  const { publisher, states, asked } = before(refuse(410, "event-ended"));
  await publisher.publish();
  assert.equal(asked.length, 1);
  assert.deepEqual(states.at(-1), { kind: "refused", refusal: { code: "event-ended", title: "title of event-ended", action: "act" } });
});

test("while the stage starts the page tries again, first within a moment, and is then on stage", async () => {
  const { publisher, states, waits, asked } = before(refuse(503, "stage-starting"), refuse(503, "stage-starting"), taken);
  await publisher.publish();
  assert.deepEqual(waits, [150, 300]);
  assert.equal(asked.length, 3);
  Connection.all.at(-1)?.become("connected");
  assert.deepEqual(states.at(-1), { kind: "connected" });
  assert.equal(Connection.all.at(-1)?.answer, "v=0 answer");
});

test("a server that asks for patience gets it", async () => {
  const { publisher, waits } = before(refuse(429, "rate-limited", { "retry-after": "7" }), taken);
  await publisher.publish();
  assert.deepEqual(waits, [7_150]);
});

test("a lost network is no refusal: it goes on trying", async () => {
  let calls = 0;
  const { publisher, states, waits } = before(() => {
    if (calls++ < 7) throw new TypeError("Failed to fetch");
    return taken();
  });
  await publisher.publish();
  assert.deepEqual(waits, [150, 300, 600, 1_200, 2_500, 5_000, 5_000]);
  assert.equal(states.filter(({ kind }) => kind === "refused").length, 0);
});

test("a connection that fails later is published anew; after closing nothing is", async () => {
  const { publisher, asked } = before(taken);
  await publisher.publish();
  Connection.all[0]?.become("failed");
  await settle();
  assert.equal(asked.length, 2);
  await publisher.close();
  Connection.all.at(-1)?.become("failed");
  await publisher.publish();
  assert.deepEqual(asked, ["POST", "POST", "DELETE"]);
});

test("every refusal that no repetition changes is told once and asked once; any other is tried again", async () => {
  for (const code of ["event-ended", "event-unknown", "unauthorised", "forbidden", "removed", "sdp-invalid", "media-type"]) {
    const { publisher, states, asked } = before(refuse(400, code));
    await publisher.publish();
    assert.deepEqual([asked.length, states.at(-1)?.kind], [1, "refused"], code);
  }
  for (const code of ["stage-starting", "stage-full", "conflict", "port-in-use", "internal"]) {
    const { publisher, states, asked } = before(refuse(409, code), taken);
    await publisher.publish();
    assert.deepEqual([asked.length, states.map(({ kind }) => kind)], [2, ["connecting", "retrying"]], code);
  }
});

test("the moment the room is back the page publishes, however long it meant to wait", async () => {
  hold = untilWoken;
  const { publisher, waits, asked } = before(refuse(503, "stage-starting", { "retry-after": "1" }), taken);
  const published = publisher.publish();
  while (waits.length === 0) await settle();
  await publisher.publish();
  await published;
  assert.equal(asked.length, 2);
});

test("nobody talks a page out of the patience it was asked for", async () => {
  hold = untilWoken;
  const { publisher, waits, asked } = before(refuse(429, "rate-limited", { "retry-after": "2" }), taken);
  void publisher.publish();
  while (waits.length === 0) await settle();
  await publisher.publish();
  await settle();
  assert.deepEqual([asked.length, waits], [1, [2_150]]);
});

test("a speaker who leaves while the server still answers is not left on stage as a ghost", async () => {
  const { publisher, asked } = before(taken);
  const published = publisher.publish();
  // The exchange is on its way.
  while (asked.length === 0) await Promise.resolve();
  await publisher.close();
  await published;
  assert.deepEqual(asked, ["POST", "DELETE"]);
  assert.ok(Connection.all.every(({ closed }) => closed));
});

test("a network that lets no sound through is named, and so is a browser that cannot", async () => {
  const { publisher, states } = before(taken);
  await publisher.publish();
  Connection.all[0]?.become("failed");
  const last = states.at(-1);
  assert.equal(last?.kind === "retrying" && last.refusal.code, "no-path");
  await publisher.close();

  const broken = before(taken);
  const { setRemoteDescription } = Connection.prototype;
  let calls = 0;
  Connection.prototype.setRemoteDescription = async function (description) {
    if (calls++ === 0) throw new Error("no codec in common");
    return await setRemoteDescription.call(this, description);
  };
  await broken.publisher.publish();
  Connection.prototype.setRemoteDescription = setRemoteDescription;
  assert.deepEqual(broken.states.at(-1), { kind: "retrying", refusal: { code: "browser-failed", title: "no codec in common", action: "" } });
  assert.equal(broken.asked.length, 2);
});

test("sound that is away for a moment is not shown as being on stage", async () => {
  const { publisher, states } = before(taken);
  await publisher.publish();
  for (const state of ["connected", "disconnected", "connected"]) Connection.all[0]?.become(state);
  assert.deepEqual(
    states.map(({ kind }) => kind),
    ["connecting", "connected", "connecting", "connected"],
  );
});

test("after a phone call the new microphone's sound goes over the old connection, and what is heard is played again", async () => {
  const { publisher, asked } = before(taken);
  await publisher.publish();
  Connection.all[0]?.become("connected");
  const playedBefore = played;
  const track = {} as MediaStreamTrack;
  await publisher.resume(track, true);
  assert.deepEqual([asked.length, Connection.all[0]?.sender.track === track, played - playedBefore], [1, true, 1]);
});

test("after a phone call in which the connection fell asleep the page publishes anew, with the new microphone", async () => {
  const { publisher, asked } = before(taken);
  await publisher.publish();
  Connection.all[0]?.become("connected");
  const track = {} as MediaStreamTrack;
  await publisher.resume(track, false);
  assert.deepEqual([asked, Connection.all[1]?.sender.track === track], [["POST", "POST"], true]);
  Connection.all[1]?.become("disconnected");
  await publisher.resume(track, true);
  assert.equal(asked.length, 3);
  await publisher.close();
  await publisher.resume(track, false);
  assert.equal(asked.filter((method) => method === "POST").length, 3);
});
