import type { ErrorCode } from "../../../core/errors.ts";
import type { Delivery, Webhook } from "../../../event/mod.ts";
import {
  deliveryList,
  type DeliveryView,
  tokenDraft,
  tokenList,
  tokenMade,
  type TokenView,
  webhookDraft,
  webhookList,
  type WebhookView,
  webhookView,
} from "../../../wire/access.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

const PROBLEMS: readonly ErrorCode[] = ["unauthorised", "forbidden"];

/** Programs that act (tokens) and programs that are told (webhooks). The operator alone decides, in a browser. */
export function accessRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { tokens, webhooks, log } = house;

  const viewWebhook = async ({ id, url, types, createdMs }: Webhook): Promise<WebhookView> => {
    const { pending, dead } = await webhooks.counts(id);
    return { id, url, types: [...types], secret: webhooks.secretOf(id), createdDate: iso(createdMs), pending, dead };
  };

  return [
    route("GET /api/tokens", {
      summary: "Tokens of programs, the newest first; never the tokens themselves.",
      answer: tokenList,
      problems: PROBLEMS,
      handle: async ({ session }) => {
        authorise(session, "manage-access");
        return { tokens: (await tokens.all()).map(viewToken) };
      },
    }),
    route("POST /api/tokens", {
      summary: "Makes a token that may what its scopes say; it is shown this once.",
      status: 201,
      body: tokenDraft,
      answer: tokenMade,
      problems: [...PROBLEMS, "invalid-field"],
      handle: async ({ session, body }) => {
        authorise(session, "manage-access");
        const made = await tokens.make(body);
        log.info("an API token was made", { token: made.id, scopes: made.scopes.join(" ") });
        return { ...viewToken(made), token: made.secret };
      },
    }),
    route("DELETE /api/tokens/:token", {
      summary: "Takes a token away; it opens nothing from now on.",
      problems: [...PROBLEMS, "not-found"],
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        await tokens.revoke(param("token"));
      },
    }),
    route("GET /api/webhooks", {
      summary: "Addresses that are told of what happens.",
      answer: webhookList,
      problems: PROBLEMS,
      handle: async ({ session }) => {
        authorise(session, "manage-access");
        return { webhooks: await Promise.all((await webhooks.all()).map(viewWebhook)) };
      },
    }),
    route("POST /api/webhooks", {
      summary: "Adds an address. Each message is signed as Standard Webhooks has it and sent up to eight times over a day and a half.",
      status: 201,
      body: webhookDraft,
      answer: webhookView,
      problems: [...PROBLEMS, "invalid-field"],
      handle: async ({ session, body }) => {
        authorise(session, "manage-access");
        return await viewWebhook(await webhooks.add(body.url, body.types));
      },
    }),
    route("DELETE /api/webhooks/:webhook", {
      summary: "Tells an address nothing more.",
      problems: [...PROBLEMS, "not-found"],
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        await webhooks.end(param("webhook"));
      },
    }),
    route("POST /api/webhooks/:webhook/trial", {
      summary: "Sends a trial message.",
      problems: [...PROBLEMS, "not-found"],
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        await webhooks.tryOut(param("webhook"));
      },
    }),
    route("GET /api/webhooks/:webhook/deliveries", {
      summary: "The newest messages of an address: delivered, still tried, or given up, and why.",
      answer: deliveryList,
      problems: PROBLEMS,
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        return { deliveries: (await webhooks.deliveries(param("webhook"))).map(viewDelivery) };
      },
    }),
    route("POST /api/webhooks/:webhook/deliveries/:delivery/retry", {
      summary: "Sends a message that was given up once more.",
      problems: [...PROBLEMS, "not-found"],
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        await webhooks.revive(param("webhook"), param("delivery"));
      },
    }),
  ];
}

const iso = (unixMs: number): string => new Date(unixMs).toISOString();
const isoOrNull = (unixMs: number | null): string | null => (unixMs === null ? null : iso(unixMs));

function viewToken({ id, name, scopes, createdMs, expiresMs, usedMs }: Awaited<ReturnType<ApiHouse["tokens"]["all"]>>[number]): TokenView {
  return { id, name, scopes: [...scopes], createdDate: iso(createdMs), expiresDate: isoOrNull(expiresMs), usedDate: isoOrNull(usedMs) };
}

function viewDelivery({ id, type, state, attempts, status, failure, createdMs, nextMs }: Delivery): DeliveryView {
  return { id, type, state, attempts, status, failure, createdDate: iso(createdMs), nextDate: state === "pending" ? iso(nextMs) : null };
}
