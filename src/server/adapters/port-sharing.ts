import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { once } from "node:events";

/** What `stage.single_port` asks of the system, in the operator's words. */
export const SHARING_RULE = "a system that gives every sender a queue of their own on one UDP port (Linux 5.4 or later)";

/** Strangers who knock: a system that deals datagrams out by chance passes one time in 65,000. */
const STRANGERS = 16;
/** Longest wait for datagrams that only have to cross this machine. Milliseconds. */
const LIMIT_MS = 2_000;

/** Tries on loopback what a stage whose speakers share a port lives by: what comes from an address goes to the socket connected to it, what comes from elsewhere to the one that is not connected. `sharing`: options of sockets that share a port, for the test of a system that knows none. */
export async function canSharePorts(sharing: Partial<SocketOptions> = { reusePort: true }): Promise<boolean> {
  const speaker = createSocket("udp4");
  const strangers = Array.from({ length: STRANGERS }, () => createSocket("udp4"));
  const shared: Socket[] = [];
  try {
    const [door, line] = [createSocket({ type: "udp4", ...sharing }), createSocket({ type: "udp4", ...sharing })];
    shared.push(door, line);
    for (const socket of [...shared, speaker, ...strangers]) socket.on("error", () => {});
    const signal = AbortSignal.timeout(LIMIT_MS);
    await bind(door, 0, signal);
    const { port } = door.address();
    await bind(line, port, signal);
    await bind(speaker, 0, signal);
    line.connect(speaker.address().port, "127.0.0.1");
    await once(line, "connect", { signal });
    const [atDoor, atLine] = [hear(door, STRANGERS, signal), hear(line, 1, signal)];
    speaker.send("speaker", port, "127.0.0.1");
    for (const stranger of strangers) stranger.send("stranger", port, "127.0.0.1");
    const heard = await Promise.all([atDoor, atLine]);
    return heard[0].every((word) => word === "stranger") && heard[1].every((word) => word === "speaker");
  } catch {
    return false;
  } finally {
    for (const socket of [...shared, speaker, ...strangers]) socket.close();
  }
}

async function bind(socket: Socket, port: number, signal: AbortSignal): Promise<void> {
  socket.bind({ port, address: "127.0.0.1", exclusive: true });
  await once(socket, "listening", { signal });
}

/** Resolves with what a socket hears, once it has heard so much. @throws when the time is over */
function hear(socket: Socket, count: number, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const heard: string[] = [];
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    socket.on("message", (word) => {
      heard.push(String(word));
      if (heard.length === count) resolve(heard);
    });
  });
}
