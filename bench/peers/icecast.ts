import { writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { ProgrammeFeed } from "../load/programme-feed.ts";
import { freePort, openFolder, type Peer, startPeer } from "./peer.ts";

/** Password of the bench's own source, on loopback for the length of a run. */
const PASSWORD = "bench";
/** Where the stream is. */
export const ICECAST_PATH = "/live.mp3";

/** How the source hands icecast its bytes: as ffmpeg does, a little at a time, or in lumps of as many parts as our own streams send at once. */
export type IcecastCadence = { readonly everyMs: number } | { readonly parts: number };

/** Clients where the number is not what is measured. Debian's own file says {@link STOCK_CLIENTS}. */
const MANY_CLIENTS = 20_000;
/** Clients in the file that Debian's package brings. */
export const STOCK_CLIENTS = 100;

/** Starts Debian's icecast2 with its stock limits but for the number of clients, and feeds it the programme's MP3. */
export async function startIcecast(name: string, feed: ProgrammeFeed, cadence: IcecastCadence, clients = MANY_CLIENTS): Promise<Peer> {
  const folder = await openFolder("icecast");
  const port = await freePort();
  const config = `<icecast>
  <limits><clients>${clients}</clients><sources>2</sources><queue-size>524288</queue-size><client-timeout>30</client-timeout>
    <header-timeout>15</header-timeout><source-timeout>10</source-timeout><burst-on-connect>1</burst-on-connect><burst-size>65535</burst-size></limits>
  <authentication><source-password>${PASSWORD}</source-password><admin-user>admin</admin-user><admin-password>${PASSWORD}</admin-password></authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>${port}</port></listen-socket>
  <fileserve>0</fileserve>
  <paths><basedir>/usr/share/icecast2</basedir><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>1</loglevel></logging>
  <security><chroot>0</chroot><changeowner><user>nobody</user><group>nogroup</group></changeowner></security>
</icecast>`;
  await writeFile(join(folder, "icecast.xml"), config);
  const peer = await startPeer({ name, command: "icecast2", args: ["-c", join(folder, "icecast.xml")], port, folder });
  const source = await openSource(port);
  const stopFeeding = feedSource(source, feed, cadence);
  return {
    ...peer,
    async stop() {
      stopFeeding();
      source.destroy();
      await peer.stop();
    },
  };
}

async function openSource(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  const authorization = Buffer.from(`source:${PASSWORD}`).toString("base64");
  socket.write(
    `PUT ${ICECAST_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic ${authorization}\r\nContent-Type: audio/mpeg\r\nIce-Public: 0\r\nExpect: 100-continue\r\n\r\n`,
  );
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("icecast closed the source's connection")));
  });
  if (!/^HTTP\/1\.[01] (100|200)/.test(answer)) throw new Error(`icecast refused the source: ${answer.split("\r\n")[0]}`);
  socket.on("error", () => {});
  return socket;
}

function feedSource(source: Socket, feed: ProgrammeFeed, cadence: IcecastCadence): () => void {
  let held: Uint8Array[] = [];
  if ("parts" in cadence)
    return feed.listen((bytes) => {
      held.push(bytes);
      if (held.length < cadence.parts) return;
      source.write(Buffer.concat(held));
      held = [];
    });
  // A part is spread over its own duration, as an encoder that writes frame by frame would.
  let queue = Buffer.alloc(0);
  let owed = 0;
  const stop = feed.listen((bytes) => {
    queue = Buffer.concat([queue, bytes]);
  });
  const timer = setInterval(() => {
    owed += (48_000 / 8 / 1000) * cadence.everyMs;
    const take = Math.min(queue.length, Math.floor(owed));
    owed -= take;
    if (take > 0) source.write(queue.subarray(0, take));
    queue = queue.subarray(take);
  }, cadence.everyMs);
  return () => {
    stop();
    clearInterval(timer);
  };
}
