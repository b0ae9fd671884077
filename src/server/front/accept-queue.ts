import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";

/** The kernel's tables of sockets. Listening ones come first in both. @spec proc(5), Linux Documentation/networking/proc_net_tcp.rst */
const TABLES = ["/proc/self/net/tcp", "/proc/self/net/tcp6"] as const;
/** State of a listening socket, as the tables write it. @spec Linux include/net/tcp_states.h */
const LISTENING = "0A";
/** Most read of a table. Bytes; two hundred listening sockets, and none of the thousands of connections behind them. */
const HEAD_BYTES = 32 * 1024;
/** What the kernel cuts every backlog to. */
const MOST_FILE = "/proc/sys/net/core/somaxconn";
/** What the kernel counted since its start, in lines of names each followed by a line of values. */
const COUNTS_FILE = "/proc/self/net/netstat";

/** How full an accept queue is. */
export interface AcceptQueueReading {
  /** Connections that stand and have not been accepted. */
  readonly waiting: number;
  /** How many may; the kernel turns away whoever comes beyond. */
  readonly most: number;
}

/**
 * Connections that stand and wait for this process to accept them, as Linux tells it; other systems do not tell it to a process without rights.
 * Reads the head of one table, so that a look costs the same however many connections there are.
 */
export class AcceptQueue {
  readonly #table: string;
  readonly #inode: string;
  readonly #most: number;
  readonly #head = Buffer.alloc(HEAD_BYTES);

  private constructor(table: string, inode: string, most: number) {
    this.#table = table;
    this.#inode = inode;
    this.#most = most;
  }

  /** The queue of this process' socket that listens at `port` with this backlog; undefined where the system does not tell. */
  static find(port: number, backlog: number): AcceptQueue | undefined {
    try {
      const mine = ownSockets();
      const most = Math.min(backlog, Number(readFileSync(MOST_FILE, "latin1")));
      const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
      for (const table of TABLES) {
        const line = listeners(readHead(table, Buffer.alloc(HEAD_BYTES))).find(({ local, inode }) => local.endsWith(suffix) && mine.has(inode));
        if (line !== undefined && most > 0) return new AcceptQueue(table, line.inode, most);
      }
    } catch {
      // No such files: another system, or a sandbox that hides them.
    }
    return undefined;
  }

  /** How it stands now; undefined when the socket listens no more. */
  read(): AcceptQueueReading | undefined {
    try {
      const line = listeners(readHead(this.#table, this.#head)).find(({ inode }) => inode === this.#inode);
      return line === undefined ? undefined : { waiting: line.waiting, most: this.#most };
    } catch {
      return undefined;
    }
  }
}

/** Connections the kernel turned away since its start because an accept queue was full, of every program on this machine (or in this container); undefined where it does not tell. */
export function listenOverflows(): number | undefined {
  try {
    const lines = readFileSync(COUNTS_FILE, "latin1").split("\n");
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const place = (lines[at] as string).split(" ").indexOf("ListenOverflows");
      if (place > 0) return Number((lines[at + 1] as string).split(" ")[place]);
    }
  } catch {
    // Another system.
  }
  return undefined;
}

/** Numbers of the sockets this process has open, as the kernel names them. */
function ownSockets(): Set<string> {
  const inodes = new Set<string>();
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed since the list was made.
    }
  }
  return inodes;
}

/** As much of a table as holds the listening sockets, or as fits. */
function readHead(table: string, into: Buffer): string {
  const file = openSync(table, "r");
  try {
    let length = 0;
    // The kernel gives about a page at a time.
    for (;;) {
      const bytes = readSync(file, into, length, into.length - length, null);
      length += bytes;
      const text = into.toString("latin1", 0, length);
      if (bytes === 0 || length === into.length || isPastListeners(text)) return text;
    }
  } finally {
    closeSync(file);
  }
}

/** Whether the last whole line is a connection: no listening socket follows. */
function isPastListeners(text: string): boolean {
  const end = text.lastIndexOf("\n");
  return stateOf(text.slice(text.lastIndexOf("\n", end - 1) + 1, end)) !== LISTENING;
}

function* lines(text: string): Generator<string[]> {
  // The first line is the columns' names, the last one may be cut off.
  for (const line of text.split("\n").slice(1, -1)) yield line.trim().split(/\s+/);
}

function stateOf(line: string): string {
  return line.trim().split(/\s+/)[3] ?? "";
}

/** The listening sockets of a table's head; `waiting` stands where a connection has its unread bytes. */
function listeners(text: string): { readonly local: string; readonly inode: string; readonly waiting: number }[] {
  const found = [];
  for (const [, local = "", , state, queues = "", , , , , inode = ""] of lines(text)) {
    if (state !== LISTENING) break;
    found.push({ local, inode, waiting: Number.parseInt(queues.slice(queues.indexOf(":") + 1), 16) });
  }
  return found;
}
