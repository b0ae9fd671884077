import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

/** First bytes of a DTLS record: type, and where epoch and sequence number stand. @spec RFC 6347 §4.1 */
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const HEADER_BYTES = 13;

/** Which way a datagram goes. */
export type Way = "to-stage" | "to-speaker";

/** A UDP line between a speaker and the stage, for tests: loses what it is told to, and drops DTLS records whose number it has seen, as the replay window of every browser does. Closed by the test. */
export class TestLine {
  readonly #sockets: Socket[] = [];
  readonly #loses: (way: Way, datagram: Buffer) => boolean;
  readonly #seen: Record<Way, Set<string>> = { "to-stage": new Set(), "to-speaker": new Set() };

  /** `loses` decides about each datagram before the replay window sees it. */
  constructor(loses: (way: Way, datagram: Buffer) => boolean) {
    this.#loses = loses;
  }

  /** The stage's answer with its first UDP address replaced by the line's, and no other way to reach it. */
  async through(answer: string): Promise<string> {
    const candidate = answer.split("\r\n").find((line) => line.startsWith("a=candidate:") && line.includes(" udp ") && line.includes(" 127.0.0.1 ")) ?? "";
    const port = await this.#open(Number(candidate.split(" ")[5]));
    const ours = candidate.split(" ").with(5, String(port)).join(" ");
    return answer.replace(/a=candidate:.*\r\n/g, "").replace("a=end-of-candidates", `${ours}\r\na=end-of-candidates`);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #open(stagePort: number): Promise<number> {
    const [near, far] = [createSocket("udp4").unref(), createSocket("udp4").unref()];
    this.#sockets.push(near, far);
    let speaker: RemoteInfo | undefined;
    near.on("message", (datagram, from) => {
      speaker = from;
      if (this.#passes("to-stage", datagram)) far.send(datagram, stagePort, "127.0.0.1");
    });
    far.on("message", (datagram) => {
      if (speaker !== undefined && this.#passes("to-speaker", datagram)) near.send(datagram, speaker.port, speaker.address);
    });
    for (const socket of this.#sockets) await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return near.address().port;
  }

  #passes(way: Way, datagram: Buffer): boolean {
    if (this.#loses(way, datagram)) return false;
    const numbers = recordNumbers(datagram);
    if (numbers.length > 0 && numbers.every((number) => this.#seen[way].has(number))) return false;
    for (const number of numbers) this.#seen[way].add(number);
    return true;
  }
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
