import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

/** First bytes of a DTLS record: type, and where epoch and sequence number stand. @spec RFC 6347 §4.1 */
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const HEADER_BYTES = 13;

/** Which way a datagram goes. */
export type Way = "to-stage" | "to-speaker";

/** What a line does to datagrams besides losing them. */
export interface TestLineOptions {
  /** How long a datagram is on its way; different times change the order. Milliseconds. */
  readonly delayMs?: (way: Way) => number;
}

/** One way through a line: where the speaker sends to, and from where the stage hears it. */
interface Leg {
  readonly near: Socket;
  far: Socket;
  readonly stagePort: number;
  speaker: RemoteInfo | undefined;
}

/** A UDP line between a speaker and the stage, for tests: loses and delays what it is told to, and drops DTLS records whose number it has seen, as the replay window of every browser does. Closed by the test. */
export class TestLine {
  readonly #legs: Leg[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #loses: (way: Way, datagram: Buffer) => boolean;
  readonly #options: TestLineOptions;
  readonly #seen: Record<Way, Set<string>> = { "to-stage": new Set(), "to-speaker": new Set() };
  /** What goes to the stage, as a stranger on the way would record it; nothing is kept unless this is set. */
  recorded: Buffer[] | undefined;

  /** `loses` decides about each datagram before the replay window sees it. */
  constructor(loses: (way: Way, datagram: Buffer) => boolean, options: TestLineOptions = {}) {
    this.#loses = loses;
    this.#options = options;
  }

  /** The stage's answer with its first UDP address replaced by the line's, and no other way to reach it. */
  async through(answer: string): Promise<string> {
    const candidate = answer.split("\r\n").find((line) => line.startsWith("a=candidate:") && line.includes(" udp ") && line.includes(" 127.0.0.1 ")) ?? "";
    const port = await this.#open(Number(candidate.split(" ")[5]));
    const ours = candidate.split(" ").with(5, String(port)).join(" ");
    return answer.replace(/a=candidate:.*\r\n/g, "").replace("a=end-of-candidates", `${ours}\r\na=end-of-candidates`);
  }

  /** What a NAT does that forgot the speaker: from now on the stage hears it from another port, and the old one is dead. */
  async rebind(): Promise<void> {
    for (const leg of this.#legs) {
      const before = leg.far;
      leg.far = await bound();
      this.#hear(leg);
      before.close();
    }
  }

  /** What a NAT does that started anew: from now on the stage hears each of two speakers from where it heard the other. */
  swap(other: TestLine): void {
    for (const [index, leg] of this.#legs.entries()) {
      const theirs = other.#legs[index];
      if (theirs === undefined) continue;
      [leg.far, theirs.far] = [theirs.far, leg.far];
      this.#hear(leg);
      other.#hear(theirs);
    }
  }

  /** Sends the stage a datagram once more, from the speaker's own address. */
  replay(datagram: Buffer): void {
    for (const { far, stagePort } of this.#legs) far.send(datagram, stagePort, "127.0.0.1");
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { near, far } of this.#legs) {
      near.close();
      far.close();
    }
    this.#legs.length = 0;
  }

  async #open(stagePort: number): Promise<number> {
    const near = await bound();
    const leg: Leg = { near, far: near, stagePort, speaker: undefined };
    leg.far = await bound();
    this.#hear(leg);
    this.#legs.push(leg);
    near.on("message", (datagram, from) => {
      leg.speaker = from;
      this.#carry("to-stage", datagram, () => leg.far.send(datagram, stagePort, "127.0.0.1"));
    });
    return near.address().port;
  }

  /** Carries to the speaker what arrives where the stage hears them from. */
  #hear(leg: Leg): void {
    leg.far.removeAllListeners("message").on("message", (datagram) => {
      const { speaker, near } = leg;
      if (speaker !== undefined) this.#carry("to-speaker", datagram, () => near.send(datagram, speaker.port, speaker.address));
    });
  }

  #carry(way: Way, datagram: Buffer, send: () => void): void {
    if (!this.#passes(way, datagram)) return;
    if (way === "to-stage") this.recorded?.push(datagram);
    const delayMs = this.#options.delayMs?.(way) ?? 0;
    if (delayMs === 0) return send();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#legs.length > 0) send();
    }, delayMs);
    this.#timers.add(timer);
  }

  #passes(way: Way, datagram: Buffer): boolean {
    if (this.#loses(way, datagram)) return false;
    const numbers = recordNumbers(datagram);
    if (numbers.length > 0 && numbers.every((number) => this.#seen[way].has(number))) return false;
    for (const number of numbers) this.#seen[way].add(number);
    return true;
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4").unref();
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}

/** Whether a datagram carries the end of a DTLS flight: ChangeCipherSpec, or the first encrypted handshake record. */
export function endsFlight(datagram: Buffer): boolean {
  return datagram[0] === CHANGE_CIPHER_SPEC || (datagram[0] === HANDSHAKE && datagram.length >= HEADER_BYTES && datagram.readUInt16BE(3) === 1);
}

function recordNumbers(datagram: Buffer): string[] {
  const numbers: string[] = [];
  const type = datagram[0] ?? 0;
  if (type < CHANGE_CIPHER_SPEC || type > 63) return numbers;
  for (let at = 0; at + HEADER_BYTES <= datagram.length; at += HEADER_BYTES + datagram.readUInt16BE(at + 11))
    numbers.push(datagram.toString("hex", at + 3, at + 11));
  return numbers;
}
