/// <reference lib="webworker" />
import { noticeDelay, readNotice } from "./notice.ts";
import { PUSH_SHELF, renewPush } from "./push-renewal.ts";

/** A cache per kind of thing; the number rises when what is kept changes its form. */
const SHELL = "earshot-shell-1";
/** Pages kept: the last events somebody opened. */
const MAX_PAGES = 12;
/** Scripts kept; a page has about ten, and old ones leave first. */
const MAX_SCRIPTS = 60;
/** How long the network is waited for before the kept page is shown. Milliseconds; a listener would rather look again than stare. */
const NETWORK_MS = 4_000;

// The page's own types know only windows.
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

// A new version serves at once: pages of another version ask for scripts by other names.
worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  // Sound is never kept here: it is live, or large.
  if (url.pathname.startsWith("/assets/")) event.respondWith(fromShelf(request));
  else if (request.mode === "navigate" && /^\/(?:e\/[a-z0-9-]+)?$/.test(url.pathname)) event.respondWith(fromNetwork(request, url.pathname));
});

worker.addEventListener("push", (event) => event.waitUntil(showNotice(event.data?.text() ?? "")));
// Browsers end subscriptions by themselves, after an update or a long time: the server must know the one that follows.
worker.addEventListener("pushsubscriptionchange", (event) => (event as ExtendableEvent).waitUntil(renew()));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage((event.notification.data as { readonly url: string }).url));
});

async function showNotice(text: string): Promise<void> {
  const notice = readNotice(text);
  if (notice === undefined) return;
  const { title, body, tag, url, lang } = notice;
  await new Promise((resolve) => setTimeout(resolve, noticeDelay(notice, Date.now(), Math.random())));
  await worker.registration.showNotification(title, { body, tag, lang, icon: "/icon-192.png", data: { url } });
}

async function renew(): Promise<void> {
  const { pushManager } = worker.registration;
  const sleep = async (ms: number) => await new Promise<void>((resolve) => setTimeout(resolve, ms));
  await renewPush({ caches, pushManager, fetch: (address, init) => fetch(address, init), sleep });
}

/** The event's page comes to the front where it is open already. */
async function openPage(url: string): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === url);
  await (open === undefined ? worker.clients.openWindow(url) : open.focus());
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("earshot-") && name !== SHELL && name !== PUSH_SHELF) await caches.delete(name);
  await worker.clients.claim();
}

/** Scripts carry the hash of their content in their name: what is kept is right for ever. */
async function fromShelf(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) await keep(request.url, response.clone(), "/assets/", MAX_SCRIPTS);
  return response;
}

/** Pages tell what is true now; the kept one is for those without a network. */
async function fromNetwork(request: Request, path: string): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(NETWORK_MS) });
    if (response.ok) await keep(path, response.clone(), "/e/", MAX_PAGES);
    return response;
  } catch (error) {
    const kept = await caches.match(path);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function keep(name: string, response: Response, kind: string, most: number): Promise<void> {
  const shelf = await caches.open(SHELL);
  await shelf.put(name, response);
  const same = (await shelf.keys()).filter(({ url }) => new URL(url).pathname.startsWith(kind));
  for (const old of same.slice(0, Math.max(0, same.length - most))) await shelf.delete(old);
}
