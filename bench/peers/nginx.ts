import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgrammeFeed } from "../load/programme-feed.ts";
import { freePort, openFolder, type Peer, startPeer } from "./peer.ts";

/** Parts in a segment of the HLS nginx serves: 4.032 s, as our own. */
const PARTS_PER_SEGMENT = 8;
const SEGMENT_SECONDS = (PARTS_PER_SEGMENT * 21 * 1152) / 48_000;
/** How often each of nginx' listeners asks for playlist and segment. Milliseconds. */
export const NGINX_SEGMENT_MS = SEGMENT_SECONDS * 1000;
const SEGMENTS_LISTED = 6;
/** Where the playlist is. */
export const NGINX_PLAYLIST = "/hls/index.m3u8";

/** Wraps the parts of a configuration that differ into what all of the bench's nginx have: one worker, no logs, connections that stay. */
function configuration(folder: string, listen: string | number, locations: string, outside = ""): string {
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit; worker_rlimit_nofile 20000;
events { worker_connections 19000; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 120s; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  types { application/vnd.apple.mpegurl m3u8; audio/mpeg mp3; } default_type application/octet-stream;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;
  ${outside}
  server { listen ${listen} backlog=16384; root ${folder}; ${locations} }
}
`;
}

async function start(name: string, folder: string, port: number, text: string): Promise<Peer> {
  await writeFile(join(folder, "nginx.conf"), text);
  return await startPeer({ name, command: "nginx", args: ["-p", folder, "-c", join(folder, "nginx.conf")], port, folder });
}

/** Starts Debian's nginx with the programme's MP3 as plain HLS files. */
export async function startNginxHls(feed: ProgrammeFeed): Promise<Peer> {
  const folder = await openFolder("nginx-hls");
  const port = await freePort();
  await mkdir(join(folder, "hls"));
  const stopWriting = await writeHls(feed, join(folder, "hls"));
  const peer = await start("nginx HLS", folder, port, configuration(folder, port, ""));
  return {
    ...peer,
    async stop() {
      stopWriting();
      await peer.stop();
    },
  };
}

/** Starts Debian's nginx as a cache before an origin, requests for one thing at a time merged by its lock. */
export async function startNginxCache(originPort: number): Promise<Peer> {
  const folder = await openFolder("nginx-cache");
  const port = await freePort();
  const outside = `proxy_cache_path ${folder}/cache keys_zone=live:4m; upstream origin { server 127.0.0.1:${originPort}; keepalive 64; }`;
  const location = `location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache live; proxy_cache_lock on; proxy_cache_lock_timeout 15s; proxy_cache_lock_age 15s; proxy_read_timeout 15s; }`;
  return await start("nginx cache", folder, port, configuration(folder, port, location, outside));
}

/** Starts Debian's nginx to take TLS off an origin's endless streams. */
export async function startNginxTls(originPort: number, { cert, key }: { readonly cert: string; readonly key: string }, http2 = false): Promise<Peer> {
  const folder = await openFolder("nginx-tls");
  const port = await freePort();
  const outside = `ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.3;`;
  const location = `location / { proxy_pass http://127.0.0.1:${originPort}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_buffer_size 4k; }`;
  return await start("nginx TLS", folder, port, configuration(folder, `${port} ssl${http2 ? " http2" : ""}`, location, outside));
}

/** Starts Debian's nginx with one file of this length at `/object`. */
export async function startNginxFile(length: number): Promise<Peer> {
  const folder = await openFolder("nginx-file");
  const port = await freePort();
  await writeFile(join(folder, "object"), Buffer.alloc(length, "a"));
  return await start("nginx", folder, port, configuration(folder, port, ""));
}

async function writeHls(feed: ProgrammeFeed, folder: string): Promise<() => void> {
  let held: Uint8Array[] = [];
  let newest = -1;
  let writing = Promise.resolve();
  const segment = (number: number) => `segment-${number}.mp3`;
  const publish = async (bytes: Uint8Array) => {
    newest++;
    await writeFile(join(folder, segment(newest)), bytes);
    const first = Math.max(0, newest - SEGMENTS_LISTED + 1);
    const lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", `#EXT-X-MEDIA-SEQUENCE:${first}`];
    for (let number = first; number <= newest; number++) lines.push(`#EXTINF:${SEGMENT_SECONDS},`, segment(number));
    await writeFile(join(folder, "index.new"), `${lines.join("\n")}\n`);
    await rename(join(folder, "index.new"), join(folder, "index.m3u8"));
    await rm(join(folder, segment(first - 4)), { force: true });
  };
  await publish(Buffer.alloc(PARTS_PER_SEGMENT * 3024));
  return feed.listen((bytes) => {
    held.push(bytes);
    if (held.length < PARTS_PER_SEGMENT) return;
    const whole = Buffer.concat(held);
    held = [];
    writing = writing.then(() => publish(whole)).catch(() => {});
  });
}
