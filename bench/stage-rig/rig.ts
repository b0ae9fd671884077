import { createServer, type IncomingMessage } from "node:http";
import { systemClock } from "../../src/core/clock.ts";
import { FRAME_SAMPLES } from "../../src/core/units.ts";
import { startFrameClock } from "../../src/server/stage/frame-clock.ts";
import type { Stage } from "../../src/stage/mod.ts";
import { openLoopbackStage } from "../../src/stage/werift/test-stage.ts";
import { TestLine } from "../../src/stage/werift/test-line.ts";

/** Ports of the rig's own stage, clear of those a running Earshot has. */
const UDP_PORTS = [43_000, 43_200] as const;

/** A stage with its real heartbeat and network, and a page that publishes to it. Closed by the bench. */
export interface Rig {
  readonly url: string;
  readonly stage: Stage;
  /** Share of datagrams every new line loses, each way. 0 to 1. */
  loss: number;
  /** Is given every frame of the programme. */
  onProgramme: (frame: Float32Array) => void;
  close(): Promise<void>;
}

/** Opens the rig; `page` is what a browser gets at its address. `POST /whip/<seat>` takes an offer and answers. */
export async function openRig(page: string): Promise<Rig> {
  const stage = await openLoopbackStage({ udpPorts: UDP_PORTS, iceTcp: false });
  const lines: TestLine[] = [];
  const served = await servePage(page, async (seat, offer) => {
    const request = { method: "POST", session: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}`, ifMatch: undefined };
    const { body } = await stage.whip({ ...request, body: offer });
    const line = new TestLine(() => Math.random() < rig.loss);
    lines.push(line);
    return await line.through(body);
  });
  const programme = new Float32Array(FRAME_SAMPLES);
  let heartbeat: ReturnType<typeof startFrameClock> | undefined;
  const rig: Rig = {
    url: served.url,
    stage,
    loss: 0,
    onProgramme: () => {},
    async close() {
      heartbeat?.close();
      served.close();
      await stage.close();
      for (const line of lines) line.close();
    },
  };
  heartbeat = startFrameClock({
    clock: systemClock,
    startedAt: systemClock.steadyMs(),
    onFrame: () => {
      stage.tick(programme);
      rig.onProgramme(programme);
    },
    onStall: (lagMs) => {
      throw new Error(`the machine stood still for ${lagMs} ms`);
    },
  });
  return rig;
}

/** Serves a page on loopback; `POST /whip/<seat>` of the page takes an offer to `publish` and gives its answer. */
export async function servePage(page: string, publish: (seat: string, offer: string) => Promise<string>): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const seat = /^\/whip\/(\w+)$/.exec(request.url ?? "")?.[1];
    if (seat === undefined) return void response.writeHead(200, { "content-type": "text/html" }).end(page);
    text(request)
      .then((offer) => publish(seat, offer))
      .then((answer) => response.writeHead(201, { "content-type": "application/sdp" }).end(answer))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`,
    close: () => void server.close(),
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
