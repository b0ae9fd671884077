import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { relayServers } from "../../src/event/mod.ts";
import { TurnClient } from "../interop/turn-client.ts";

const CONF = join(import.meta.dirname, "../../deploy/turnserver.conf");
const SECRET = "a secret of sixteen";
/** Stands for the stage's announced address: inside a range that is refused, allowed by a line of its own. */
const STAGE = "127.0.0.2";
const FORBIDDEN = 403;
/** One of each kind of address that is nobody's business: this machine, its network, a cloud's own services, and what has a meaning of its own. */
const INTERNAL = [
  ...["0.0.0.0", "10.0.0.1", "10.255.255.254", "100.64.0.1", "127.0.0.1", "127.0.0.3", "169.254.169.254", "172.16.0.1", "172.31.255.254"],
  ...["192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.251", "255.255.255.255"],
];
const INTERNAL_6 = ["::1", "::ffff:a00:1", "64:ff9b::a00:1", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "ff02::1"];

let folder = "";
let relay: ChildProcess;
let port = 0;
let stage: Socket;
let machine: Socket;
const heard: string[] = [];
const clients: TurnClient[] = [];

async function listenUdp(address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  socket.on("message", (message) => heard.push(`${address} ${message.toString()}`));
  return socket;
}
const portOf = (socket: Socket) => (socket.address() as AddressInfo).port;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-relay-"));
  stage = await listenUdp(STAGE);
  machine = await listenUdp("127.0.0.1");
  const free = createSocket("udp4");
  free.bind(0, "127.0.0.1");
  await once(free, "listening");
  port = portOf(free);
  free.close();
  // The shipped file as it is; the operator's own three lines, and what keeps it on this machine.
  const own = [`--static-auth-secret=${SECRET}`, "--realm=relay.test", `--allowed-peer-ip=${STAGE}`];
  const here = ["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--relay-ip=::1", `--listening-port=${port}`, "--no-tls", "--no-dtls"];
  // Without this flag coturn refuses loopback by itself, and the file would not be what is tried.
  const tried = ["--allow-loopback-peers", "--log-file=stdout", `--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`];
  relay = spawn("turnserver", ["-c", CONF, ...own, ...here, ...tried], { stdio: "ignore" });
});
after(async () => {
  relay?.kill();
  for (const client of clients) client.close();
  for (const socket of [stage, machine]) socket?.close();
  await rm(folder, { recursive: true, force: true });
});

function open(username: string, credential: string): TurnClient {
  const client = new TurnClient({ port, username, credential });
  clients.push(client);
  return client;
}
function openSeat(): TurnClient {
  const [server] = relayServers({ urls: [`turn:127.0.0.1:${port}`], secret: SECRET }, "ada", Date.now());
  return open(server?.username ?? "", server?.credential ?? "");
}

test("the relay of the shipped file sends to the stage and to nothing else inside, whatever it is asked", { timeout: 400_000 }, async () => {
  const speaker = openSeat();
  assert.equal(await speaker.allocate(), 0, "the seat's own credentials open it");
  assert.equal(await speaker.permit(STAGE), 0, "the stage's announced address may be reached");
  for (const address of INTERNAL) {
    assert.equal(await speaker.permit(address), FORBIDDEN, `leave for ${address}`);
    assert.equal(await speaker.bind(address, 80), FORBIDDEN, `a channel to ${address}`);
  }
  // A packet to this machine goes first: when the stage's has come, it would have come too.
  await speaker.send("127.0.0.1", portOf(machine), Buffer.from("inside"));
  while (!heard.includes(`${STAGE} voice`)) {
    await speaker.send(STAGE, portOf(stage), Buffer.from("voice"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual([...new Set(heard)], [`${STAGE} voice`]);
});

test("it refuses the same by IPv6", { timeout: 400_000 }, async (context) => {
  const speaker = openSeat();
  const allocated = await speaker.allocate(6);
  // 440: this machine has no IPv6 at all. @spec RFC 8656 §7.2
  if (allocated === 440) context.skip("no IPv6 here");
  else {
    assert.equal(allocated, 0);
    for (const address of INTERNAL_6) assert.equal(await speaker.permit(address), FORBIDDEN, `leave for ${address}`);
  }
});

test("whoever forges credentials gets no address to send from", { timeout: 400_000 }, async () => {
  const stranger = open(`${Math.floor(Date.now() / 1_000) + 600}:eve`, "forged");
  assert.equal(await stranger.allocate(), 401);
});
