import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";

// Floods 127.0.0.1:<port> until it is ended: as many busy connections as told, and as many that never finish a request.
const [port = 0, busy = 0, slow = 0, perSecond = 0] = process.argv.slice(2).map(Number);
/** Most requests in all; a flood of a bench must end by itself. */
const MOST_REQUESTS = 400_000;
/** Attackers have processors of their own in life; here theirs comes after the server's. Nice value. */
const NICE = 10;
/** How long a connection waits whose turn has not come, because the flood's rate is spent. Milliseconds. */
const TURN_MS = 20;
const started = performance.now();
let requests = 0;
setPriority(NICE);
let connections = 0;

/** Twenty hostile /24s. */
const addressOf = (index: number) => `127.50.${index % 20}.${1 + (Math.floor(index / 20) % 250)}`;
const junk = [
  (n: number) => `GET /${n.toString(36)}?x=${Math.random()} HTTP/1.1\r\nhost: x\r\n\r\n`,
  (n: number) => `GET /live/${n % 7}/stream.mp4?s=attacker-${n} HTTP/1.1\r\nhost: x\r\n\r\n`,
  (n: number) => `HEAD /e/flood?${n} HTTP/1.1\r\nhost: x\r\naccept: text/html\r\n\r\n`,
  (n: number) => `GET /live/flood/opus/part-${n}.m4s HTTP/1.1\r\nhost: x\r\nx-long: ${"a".repeat(2_000)}\r\n\r\n`,
];

function attack(index: number): void {
  const socket = open(index);
  const next = () => {
    if (socket.destroyed || requests >= MOST_REQUESTS) return;
    // The same flood for everybody who is flooded, however fast they answer.
    if (requests >= ((performance.now() - started) / 1_000) * perSecond) return void setTimeout(next, TURN_MS);
    requests++;
    socket.write((junk[requests % junk.length] as (typeof junk)[number])(requests));
  };
  socket.once("connect", next);
  socket.on("data", next);
  // Whoever is thrown out comes again at once, as hostile clients do.
  socket.once("close", () => setTimeout(() => requests < MOST_REQUESTS && attack(index), 20));
}

function dawdle(index: number): void {
  const socket = open(index);
  socket.once("connect", () => socket.write("GET / HTTP/1.1\r\nhost: slow\r\nx-half: "));
  socket.once("close", () => setTimeout(() => dawdle(index), 500));
}

function open(index: number): Socket {
  connections++;
  const socket = connect({ port, host: "127.0.0.1", localAddress: addressOf(index) });
  socket.on("error", () => {});
  return socket;
}

for (let index = 0; index < busy; index++) setTimeout(() => attack(index), index * 2);
for (let index = 0; index < slow; index++) setTimeout(() => dawdle(index), index * 2);
process.on("message", () => process.send?.({ requests, connections }));
process.on("disconnect", () => process.exit(0));
