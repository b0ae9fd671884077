import { generateKeyPairSync, sign } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { EdgeSigner } from "../../../ledger/mod.ts";
import { NOBODY } from "../../../ledger/test-counts.ts";
import type { AudienceWindow } from "../../../wire/audience.ts";
import { EDGE_FRAME, type EdgeCounts, edgePaths } from "../../../wire/edge.ts";
import { FrameDecoder, type WireFrame } from "../../../wire/frames.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import { testWindow } from "../../../wire/test-window.ts";
import { signRequest } from "../../adapters/edge-signature.ts";
import { TEST_NOW_MS } from "../test-house.ts";

/** A house as an edge finds it. */
export interface HouseAddress {
  readonly control: { readonly url: string };
  readonly clock: { wallMs(): number };
}

/** An edge as a house meets it: a real client that signs what it asks. */
export class TestEdge {
  readonly name: string;
  /** As the house's settings name it. */
  readonly key: string;
  readonly sign: (message: Uint8Array) => Uint8Array;

  constructor(name: string) {
    this.name = name;
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.key = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
    this.sign = (message) => sign(null, message, privateKey);
  }

  /** Header fields of a request. `atMs`: by the edge's clock. */
  headers(
    house: HouseAddress,
    { method = "GET", path, body = "", atMs = house.clock.wallMs() }: { method?: string; path: string; body?: string; atMs?: number },
  ) {
    return signRequest({ method, path, body: Buffer.from(body) }, { name: this.name, nowUnixMs: atMs, sign: this.sign });
  }

  /** Says that it is there. */
  async here(house: HouseAddress): Promise<number> {
    const path = edgePaths.here;
    const headers = this.headers(house, { method: "POST", path, body: "{}" });
    return (await fetch(`${house.control.url}${path}`, { method: "POST", headers, body: "{}" })).status;
  }

  /** Posts what it counted. */
  async post<Body = ProblemDetails>(
    house: HouseAddress,
    eventId: string,
    counts: Partial<EdgeCounts>,
  ): Promise<{ readonly status: number; readonly body: Body }> {
    const path = edgePaths.counts(eventId);
    const body = JSON.stringify({ lines: [], windows: [], ...counts });
    const answer = await fetch(`${house.control.url}${path}`, { method: "POST", headers: this.headers(house, { method: "POST", path, body }), body });
    return { status: answer.status, body: (await answer.json()) as Body };
  }

  /** Follows the feed; to be closed. */
  async follow(house: HouseAddress): Promise<TestFeed> {
    return new TestFeed(...(await this.open(house, edgePaths.feed)));
  }

  /** Opens one of the endless streams. */
  async open(house: HouseAddress, path: string): Promise<[IncomingMessage, ClientRequest]> {
    const request = httpRequest(`${house.control.url}${path}`, { headers: this.headers(house, { path }), agent: false });
    return await new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (answer) => {
        answer.on("error", () => {});
        resolve([answer, request]);
      });
      request.end();
    });
  }
}

/** A feed as it comes. */
export class TestFeed {
  readonly #request: ClientRequest;
  readonly #answer: IncomingMessage;
  readonly frames: WireFrame[] = [];
  #onFrames: () => void = () => {};
  /** Whether the house ended it. */
  ended = false;

  constructor(answer: IncomingMessage, request: ClientRequest) {
    this.#answer = answer;
    this.#request = request;
    const decoder = new FrameDecoder();
    answer.on("data", (chunk: Buffer) => {
      const read = decoder.push(chunk);
      if (!read.ok) throw new Error(`${read.code} at ${read.offset}`);
      this.frames.push(...read.frames);
      this.#onFrames();
    });
    answer.on("close", () => {
      this.ended = true;
      this.#onFrames();
    });
  }

  /** Waits until what came is enough; the test's own time limit ends a wait for nothing. */
  async until(enough: (feed: this) => boolean): Promise<this> {
    while (!enough(this)) {
      await new Promise<void>((resolve) => {
        this.#onFrames = resolve;
      });
    }
    return this;
  }

  /** Frames of a kind, their headers and payloads as text. */
  of<Header>(kind: keyof typeof EDGE_FRAME): { readonly header: Header; readonly text: string }[] {
    return this.frames
      .filter((frame) => frame.kind === EDGE_FRAME[kind])
      .map(({ header, payload }) => ({ header: header as Header, text: Buffer.from(payload).toString() }));
  }

  /** Reads no further. */
  pause(): void {
    this.#answer.pause();
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }
}

/** A line of counts of a front. `n`: which window of ten seconds since {@link TEST_NOW_MS}. */
export function lineOf(eventId: string, edge: string, n: number, changes: Partial<AudienceWindow> = {}): string {
  const endUnixMs = TEST_NOW_MS + n * 10_000;
  return JSON.stringify(testWindow(edge, endUnixMs, { eventId, seq: n, listeningNow: 7, ...changes }));
}

/** Signed windows of an edge, from 0 on. */
export function windowsOf(event: string, edge: string, count: number): string[] {
  const signer = new EdgeSigner({ event, edge, seed: new Uint8Array(32).fill(5) });
  return Array.from({ length: count }, (_, n) => Buffer.from(signer.sign({ ...NOBODY, t: TEST_NOW_MS + n * 10_000, listening: n, last: false })).toString());
}
