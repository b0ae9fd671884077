import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Application, createDecoder, createEncoder } from "libopus-wasm";
import { systemClock } from "../src/core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../src/core/units.ts";
import { type Janus, type JanusParticipant, type JanusRoomOptions, startJanus } from "./peers/janus.ts";
import { aligned, referee, sibilanceChange, spectralDistance } from "./sound-measures.ts";

/** TCP port of the Janus started here. */
const PORT = 28_188;
const RTP_HEADER = 12;
/** Longest Opus packet decoded. Samples; 120 ms. @spec RFC 6716 §2.1.4 */
const MAX_PACKET_SAMPLES = 5_760;
/** Time for what is under way when the last packet went. Milliseconds; Janus is a fifth of a second late. */
const REST_MS = 500;

/** A voice as packets; those that are lost are left out. */
export interface Line {
  readonly said: Float32Array;
  readonly packets: readonly (Uint8Array | undefined)[];
  readonly room: JanusRoomOptions;
  /** File that what is heard is written to. */
  readonly file: string;
}

/** Sends every line to a room of its own in one Janus AudioBridge, all at once and in real time, and measures what a second participant of each room hears. */
export async function measureJanus(lines: readonly Line[]) {
  const silence = await encodeSilence();
  const janus = await startJanus({ port: PORT });
  const pairs: Pair[] = [];
  try {
    for (const line of lines) pairs.push(await Pair.join(janus, line.room));
    const length = Math.max(...lines.map(({ packets }) => packets.length));
    const begin = performance.now();
    for (let index = 0; index < length; index++) {
      for (const [at, { packets }] of lines.entries()) pairs[at]?.send(index, packets[index], silence);
      await systemClock.sleep(Math.max(0, begin + (index + 1) * FRAME_MS - performance.now()));
    }
    await systemClock.sleep(REST_MS);
  } finally {
    for (const pair of pairs) pair.close();
    await janus.stop();
  }
  return await Promise.all(lines.map(async (line, at) => await measure(line, await (pairs[at] as Pair).decode())));
}

async function measure({ said, file }: Line, heard: Float32Array) {
  await writeFile(file, heard);
  const pair = aligned(said, heard);
  const { loudness, truePeak } = referee(file, { input: ["-f", "f32le", "-ar", String(SAMPLE_RATE), "-ac", "1"], from: 5 });
  return { sibilance: Math.abs(sibilanceChange(pair)), lsd: spectralDistance(pair), loudness, truePeak };
}

/** The two of a room: one talks, the other listens. */
class Pair {
  readonly #sockets: readonly [Socket, Socket];
  readonly #seats: readonly [JanusParticipant, JanusParticipant];
  readonly #heard: Uint8Array[] = [];

  private constructor(sockets: readonly [Socket, Socket], seats: readonly [JanusParticipant, JanusParticipant]) {
    this.#sockets = sockets;
    this.#seats = seats;
    sockets[1].on("message", (packet) => this.#heard.push(Uint8Array.from(packet.subarray(RTP_HEADER))));
  }

  static async join(janus: Janus, options: JanusRoomOptions): Promise<Pair> {
    const room = await janus.createRoom(options);
    const [one, other] = [await openSocket(), await openSocket()];
    // A browser's offer and Janus' answer agree on in-band repair; here it is said.
    return new Pair([one, other], [await room.joinRtp(one.address().port, { fec: true }), await room.joinRtp(other.address().port, { fec: true })]);
  }

  /** Sends the talker's packet unless it is lost, and the listener's silence, without which nothing would come. */
  send(index: number, packet: Uint8Array | undefined, silence: Uint8Array): void {
    const [talker, listener] = this.#seats;
    if (packet !== undefined) sendRtp(this.#sockets[0], talker, index, packet);
    sendRtp(this.#sockets[1], listener, index, silence);
  }

  /** All that was heard. Mono f32 at 48 kHz. */
  async decode(): Promise<Float32Array> {
    const decoder = await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: MAX_PACKET_SAMPLES });
    const sound = new Float32Array(this.#heard.length * FRAME_SAMPLES);
    for (const [index, packet] of this.#heard.entries()) sound.set(decoder.decodeFloat(packet).subarray(0, FRAME_SAMPLES), index * FRAME_SAMPLES);
    decoder.free();
    return sound;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

async function encodeSilence(): Promise<Uint8Array> {
  const encoder = await createEncoder({ application: Application.Voip, channels: 1, sampleRate: SAMPLE_RATE, frameSize: FRAME_SAMPLES });
  const packet = encoder.encodeFloat(new Float32Array(FRAME_SAMPLES)).slice();
  encoder.free();
  return packet;
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** @spec RFC 3550 §5.1 */
function sendRtp(socket: Socket, { sendTo, payloadType }: JanusParticipant, index: number, payload: Uint8Array): void {
  const packet = Buffer.alloc(RTP_HEADER + payload.length);
  packet[0] = 0x80;
  packet[1] = payloadType;
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((index * FRAME_SAMPLES) >>> 0, 4);
  packet.writeUInt32BE(sendTo.port, 8);
  packet.set(payload, RTP_HEADER);
  socket.send(packet, sendTo.port, sendTo.address);
}
