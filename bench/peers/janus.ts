import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostAddresses } from "../../src/stage/host-addresses.ts";

const PROGRAM = "janus";
const HOST = "127.0.0.1";
/** UDP ports a Janus gets, from two above its WebSocket. Ports; its AudioBridge takes one per participant. */
const RTP_PORTS = 200;
/** Payload type of Opus in both directions. */
const PAYLOAD_TYPE = 111;
/** Longest wait for Janus to start and for an answer. Milliseconds. */
const START_MS = 10_000;
const ANSWER_MS = 5_000;
const RETRY_MS = 50;
/** Time Janus gets to end by itself. Milliseconds. */
const STOP_MS = 3_000;

/** Settings of an AudioBridge room; what is left out keeps Janus' own default (16 kHz, six packets of buffer, libopus' bit rate). */
export interface JanusRoomOptions {
  /** Rate at which it mixes. Hertz. */
  readonly samplingRate?: 8_000 | 16_000 | 24_000 | 48_000;
  /** Packets held before a participant is decoded. */
  readonly prebuffering?: number;
  /** Bit rate of the mixes. Bits per second. */
  readonly bitrate?: number;
  /** Loss the mixes' in-band repair is made for. Percent, 0 to 20. */
  readonly expectedLoss?: number;
}

/** A participant by plain RTP: Opus goes to `sendTo`, and the mix of all others comes from there to the port that was named. Nothing comes before the first packet went. */
export interface JanusParticipant {
  readonly sendTo: { readonly address: string; readonly port: number };
  readonly receiveFrom: { readonly address: string; readonly port: number };
  readonly payloadType: number;
}

export interface JanusRoom {
  /** Joins a participant who receives on this loopback UDP port. `fec`: Janus decodes and sends in-band repair. */
  joinRtp(opusPort: number, options?: { readonly fec?: boolean }): Promise<JanusParticipant>;
  /** Joins a participant by WebRTC, as a browser does: takes an offer with its candidates, gives the answer. */
  joinWebRtc(offer: string): Promise<string>;
}

export interface Janus {
  readonly pid: number;
  /** Makes an AudioBridge room that lasts as long as this Janus. */
  createRoom(options?: JanusRoomOptions): Promise<JanusRoom>;
  stop(): Promise<void>;
}

/** Whether Debian's Janus is on this machine. */
export function hasJanus(): boolean {
  return spawnSync(PROGRAM, ["--help"], { stdio: "ignore" }).status === 0;
}

/** Starts a Janus with nothing but its AudioBridge, on loopback, with a configuration of its own. `port`: TCP port of its API; UDP ports follow above. */
export async function startJanus({ port }: { readonly port: number }): Promise<Janus> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-janus-"));
  await writeConfiguration(folder, port);
  const child = spawn(PROGRAM, ["-C", join(folder, "janus.jcfg"), "-F", folder, "-o"], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let socket: WebSocket | undefined;
  const stop = async () => {
    socket?.close();
    child.kill("SIGTERM");
    const timer = setTimeout(kill, STOP_MS);
    await ended;
    clearTimeout(timer);
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    socket = await connect(`ws://${HOST}:${port}`, () => child.exitCode !== null);
    const api = new Api(socket);
    const session = idOf(await api.request({ janus: "create" }));
    let rooms = 0;
    return {
      pid: child.pid as number,
      stop,
      createRoom: async (options = {}) => {
        const room = ++rooms;
        const manager = await api.attach(session);
        await api.message(session, manager, {
          request: "create",
          room,
          allow_rtp_participants: true,
          ...(options.samplingRate === undefined ? {} : { sampling_rate: options.samplingRate }),
          ...(options.prebuffering === undefined ? {} : { default_prebuffering: options.prebuffering }),
          ...(options.bitrate === undefined ? {} : { default_bitrate: options.bitrate }),
          ...(options.expectedLoss === undefined ? {} : { default_expectedloss: options.expectedLoss }),
        });
        return {
          joinRtp: async (opusPort, { fec = false } = {}) => {
            const handle = await api.attach(session);
            const joined = await api.message(session, handle, {
              request: "join",
              room,
              muted: false,
              rtp: { ip: HOST, port: opusPort, payload_type: PAYLOAD_TYPE, fec },
            });
            const { port: janusPort } = joined.rtp as { readonly port: number };
            const address = { address: HOST, port: janusPort };
            return { sendTo: address, receiveFrom: address, payloadType: PAYLOAD_TYPE };
          },
          joinWebRtc: async (offer) => {
            const handle = await api.attach(session);
            const body = { request: "join", room, muted: false };
            const { jsep } = await api.request({ janus: "message", session_id: session, handle_id: handle, body, jsep: { type: "offer", sdp: offer } });
            if (jsep === undefined) throw new Error("janus did not answer the offer");
            return (jsep as { readonly sdp: string }).sdp;
          },
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeConfiguration(folder: string, port: number): Promise<void> {
  // Only the folder's own files are read: plugins and transports that are not wanted are named, or all would be loaded.
  const otherTransports = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"].map((name) => `libjanus_${name}.so`).join(",");
  const otherPlugins = ["duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "videoroom", "voicemail"]
    .map((name) => `libjanus_${name}.so`)
    .join(",");
  const files = {
    "janus.jcfg": `general: { configs_folder = "${folder}"  debug_level = 2  session_timeout = 0 }
nat: { ice_enforce_list = "${hostAddresses(false).v4[0] ?? HOST}" }
plugins: { disable = "${otherPlugins}" }
transports: { disable = "${otherTransports}" }
`,
    "janus.transport.websockets.jcfg": `general: { ws = true  ws_port = ${port}  ws_ip = "${HOST}"  wss = false }
admin: { admin_ws = false  admin_wss = false }
`,
    "janus.plugin.audiobridge.jcfg": `general: { local_ip = "${HOST}"  rtp_port_range = "${port + 2}-${port + 2 + RTP_PORTS}"  events = false }
`,
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

async function connect(address: string, hasEnded: () => boolean): Promise<WebSocket> {
  const end = performance.now() + START_MS;
  while (performance.now() < end && !hasEnded()) {
    const socket = new WebSocket(address, "janus-protocol");
    const open = await new Promise<boolean>((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    });
    if (open) return socket;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`janus does not answer on ${address}; is it installed (Debian package janus), is the port free?`);
}

type Json = Record<string, unknown>;

/** Requests and answers of Janus' WebSocket protocol. */
class Api {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (answer: Json) => void>();
  #sent = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(String(data)) as Json;
      // An acknowledgement only says that the answer comes later.
      if (answer.janus !== "ack") this.#waiting.get(String(answer.transaction))?.(answer);
    };
  }

  async request(body: Json): Promise<Json> {
    const transaction = `t${++this.#sent}`;
    const answer = await new Promise<Json>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`janus did not answer ${JSON.stringify(body)}`)), ANSWER_MS);
      this.#waiting.set(transaction, (got) => {
        clearTimeout(timer);
        resolve(got);
      });
      this.#socket.send(JSON.stringify({ ...body, transaction }));
    });
    this.#waiting.delete(transaction);
    if (answer.janus === "error") throw new Error(`janus refused ${JSON.stringify(body)}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  async attach(session: number): Promise<number> {
    return idOf(await this.request({ janus: "attach", session_id: session, plugin: "janus.plugin.audiobridge" }));
  }

  /** A message to the AudioBridge, and what it said. */
  async message(session: number, handle: number, body: Json): Promise<Json> {
    const { plugindata } = await this.request({ janus: "message", session_id: session, handle_id: handle, body });
    const { data } = plugindata as { readonly data: Json };
    if (data.error !== undefined) throw new Error(`janus refused ${JSON.stringify(body)}: ${String(data.error)}`);
    return data;
  }
}

function idOf({ data }: Json): number {
  return (data as { readonly id: number }).id;
}
