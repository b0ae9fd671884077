import { connect, createServer, type Socket } from "node:net";

/** What befalls requests on their way: the front is away, fails without a word of explanation, or its answer breaks off after so many bytes. */
type Fault = "away" | "fails" | { readonly breaksAfterBytes: number };

/** A line between a cache and the front that can be spoilt. */
export interface FaultyLine {
  readonly port: number;
  /** Requests that came over it so far. */
  requests: number;
  /** What befalls every request from now on, or the next one alone. */
  spoil(fault: Fault | undefined, only?: "next"): void;
  /** From now on nothing comes over the connections there are, and only who says something on one is told: what a machine finds when it wakes up. */
  forget(): void;
  close(): void;
}

const FAILURE = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** Opens a line to a port of this machine. */
export async function openFaultyLine(toPort: number): Promise<FaultyLine> {
  let fault: Fault | undefined;
  let once = false;
  const sockets = new Set<Socket>();
  const forgotten = new WeakSet<Socket>();
  const server = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    let left = Number.POSITIVE_INFINITY;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes: Buffer) => {
      if (forgotten.has(near)) return near.destroy();
      if (bytes.toString("latin1", 0, 4) === "GET ") {
        line.requests++;
        const befalls = fault;
        if (once) fault = undefined;
        if (befalls === "away") return near.destroy();
        if (befalls === "fails") return near.end(FAILURE);
        left = befalls?.breaksAfterBytes ?? Number.POSITIVE_INFINITY;
      }
      far.write(bytes);
    });
    far.on("data", (bytes: Buffer) => {
      if (forgotten.has(far)) return;
      near.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) near.destroySoon();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const line: FaultyLine = {
    port: (server.address() as { port: number }).port,
    requests: 0,
    spoil(next, only) {
      fault = next;
      once = only === "next";
      // A front that goes away takes all its connections with it.
      if (next === "away") for (const socket of sockets) socket.destroy();
    },
    forget() {
      for (const socket of sockets) forgotten.add(socket);
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return line;
}
