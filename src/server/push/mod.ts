// Web Push: notices to browsers that asked for them, through the push service each of them names.
// Owner: whoever changes how notices leave the house.
// In: a browser's subscription and a text. Out: one HTTPS request, encrypted for that browser, signed by the house. Retries belong to whoever sends.
// A subscription is a stranger's address: only https on the public internet, checked where it is connected to.
// Specifications: RFC 8030 (HTTP push), RFC 8291 (encryption), RFC 8188 (aes128gcm), RFC 8292 (VAPID), W3C Push API.
export { type PushOutcome, PushSender, type PushSubscription } from "./push-sender.ts";
export { ensureVapidKeys } from "./vapid-keys.ts";
