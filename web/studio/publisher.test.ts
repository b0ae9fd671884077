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
  addTransceiver(): void {}
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

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
  Connection.all = [];
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
  Object.assign(globalThis, { RTCPeerConnection: Connection });
  globalThis.fetch = async (_, init) => {
    asked.push(init?.method ?? "GET");
    return (answers[asked.length - 1] ?? (answers.at(-1) as () => Response))();
  };
  const publisher = new Publisher({
    slug: "talk",
    token: "t",
    track: {} as MediaStreamTrack,
    output: {} as HTMLAudioElement,
    onState: (state) => states.push(state),
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
  });
  return { publisher, states, waits, asked };
}

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
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 2);
  await publisher.close();
  Connection.all.at(-1)?.become("failed");
  await publisher.publish();
  assert.deepEqual(asked, ["POST", "POST", "DELETE"]);
});
