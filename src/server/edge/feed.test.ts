import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import type { EarshotError } from "../../core/errors.ts";
import { EDGE_FRAME, edgePaths } from "../../wire/edge.ts";
import { encodeFrame } from "../../wire/frames.ts";
import { followFeed } from "./feed.ts";
import { SignedLine } from "./signed-line.ts";

/** Longest that anything here may take. Milliseconds; a silent feed is cut off after eight seconds. */
const LIMIT_MS = 60_000;

const HELLO = { version: "1", publicUrl: "https://house.example", backstageUrl: "https://backstage.example", listenerKey: "AAAA", networkKey: 1 };

test("a feed is asked for again when it falls silent, when it tells what no house would, and when it ends", { timeout: LIMIT_MS }, async (t) => {
  /** What each feed in turn does after its hello. */
  const turns: ((response: ServerResponse) => void)[] = [
    (response) => response.write(encodeFrame(EDGE_FRAME.stages, { stages: [{ eventId: "../up", slug: "evening", audienceSalt: "AAAA" }] })),
    (response) => response.write(Buffer.from("what somebody else says who answers there")),
    (response) => response.end(),
    () => {},
  ];
  let feeds = 0;
  const house = createServer((request, response) => {
    assert.equal(request.url, edgePaths.feed);
    response.writeHead(200);
    response.write(encodeFrame(EDGE_FRAME.hello, HELLO));
    turns[feeds++]?.(response);
  });
  await new Promise<void>((resolve) => house.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    house.close();
    house.closeAllConnections();
  });
  const { port } = house.address() as { readonly port: number };
  const line = new SignedLine({ name: "south", house: `http://127.0.0.1:${port}`, seed: new Uint8Array(32).fill(1), clock: systemClock });
  const reasons: string[] = [];
  let hellos = 0;
  let told = 0;
  const feed = followFeed({
    line,
    clock: systemClock,
    reader: {
      onHello: (hello) => {
        assert.deepEqual(hello, HELLO);
        hellos++;
      },
      onFile: async () => void told++,
      onGone: async () => void told++,
      onStages: async () => void told++,
      onCounts: async () => void told++,
      onAway: ({ code, details }: EarshotError) => reasons.push(`${code} ${details.reason}`),
    },
  });
  t.after(() => {
    feed.close();
    line.close();
  });
  while (hellos < turns.length + 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(told, 0, "an event whose name is no name is told to nobody");
  assert.deepEqual(
    [/an event's id/, /frame-invalid/, /ended/, /silent/].map((what, index) => what.test(reasons[index] ?? "")),
    [true, true, true, true],
    reasons.join("\n"),
  );
});
