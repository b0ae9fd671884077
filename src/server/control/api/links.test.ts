import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { listenerKey, mintSeatToken, mintWritingToken, verifySeatToken } from "../../../event/mod.ts";
import type { ActList, EventView, PersonView } from "../../../wire/api.ts";
import type { OwnHandAnswer } from "../../../wire/hands.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { INVITATION_HEADER } from "../../../wire/wall.ts";
import { goodDraft, type Reply, TestHouse, type Visitor } from "../test-house.ts";
import { Evening } from "./test-evening.ts";

const DAY_MS = 86_400_000;

const codeOf = async (reply: Promise<Reply<{ code?: string }>>) => (await reply).body.code ?? String((await reply).status);
const withEnd = (secret: string, end: string) => secret.slice(0, -end.length) + (secret.endsWith(end) ? "_".repeat(end.length) : end);

/** Each case: what is tried, how it must be refused, and the try. */
const CASES: readonly (readonly [tried: string, refusal: string, attempt: (evening: Evening) => Promise<string>])[] = [
  // The personal link.
  ["the same link on a second device", "link-used", async (e) => codeOf(e.enter(e.stranger(), await e.secret("Ada")))],
  [
    "the link on a second device after the first signed out",
    "link-used",
    async (e) => {
      await e.ada.call("POST", "/api/leave");
      return codeOf(e.enter(e.stranger(), await e.secret("Ada")));
    },
  ],
  [
    "one link on two devices at the same moment: the later one",
    "link-used",
    async (e) => {
      await e.renew("Ada");
      const secret = await e.secret("Ada");
      const codes = await Promise.all([e.enter(e.stranger(), secret), e.enter(e.stranger(), secret)]);
      return codes.map(({ status, body }) => (status === 200 ? "" : (body.code ?? ""))).join("");
    },
  ],
  [
    "a revoked link on its own device",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.revoke("Ada");
      return codeOf(e.enter(e.ada, secret));
    },
  ],
  [
    "a revoked link on another device",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.revoke("Ada");
      return codeOf(e.enter(e.stranger(), secret));
    },
  ],
  [
    "the old link after it was renewed, on its own device",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.renew("Ada");
      return codeOf(e.enter(e.ada, secret));
    },
  ],
  [
    "the old link after it was renewed, on another device",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.renew("Ada");
      return codeOf(e.enter(e.stranger(), secret));
    },
  ],
  [
    "the link of a person who stepped down",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.ada.call("POST", e.at("/step-down"));
      return codeOf(e.enter(e.ada, secret));
    },
  ],
  [
    "the link of a person who was sent back to the audience",
    "unauthorised",
    async (e) => {
      const secret = await e.secret("Ada");
      await e.operator.call("POST", e.at(`/people/${(await e.person("Ada")).id}/audience`));
      return codeOf(e.enter(e.ada, secret));
    },
  ],
  ["a link edited at its end", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), withEnd(await e.secret("Ada"), "A")))],
  ["a link one character short", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), (await e.secret("Ada")).slice(0, -1)))],
  ["a link one character long", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), `${await e.secret("Ada")}A`))],
  ["a link in capitals", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), (await e.secret("Ada")).toUpperCase()))],
  ["a person's id in place of a secret", "invalid-field", async (e) => codeOf(e.enter(e.stranger(), (await e.person("Ada")).id))],
  ["the host link a second time", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), e.house.config.hostSecret))],
  ["the host link edited", "unauthorised", async (e) => codeOf(e.enter(e.stranger(), withEnd(e.house.config.hostSecret, "A")))],
  // The session.
  ["a speaker's session at another event", "forbidden", async (e) => codeOf(e.ada.call("GET", `/api/events/${(await e.another()).slug}`))],
  ["a co-host's session changing another event", "forbidden", async (e) => codeOf(e.jean.call("POST", `/api/events/${(await e.another()).slug}/live`))],
  [
    "the session of a person whose seat was taken away, reading",
    "forbidden",
    async (e) => {
      await e.revoke("Ada");
      return codeOf(e.ada.call("GET", e.at()));
    },
  ],
  [
    "the session of a person whose seat was taken away, asking for a seat",
    "forbidden",
    async (e) => {
      await e.revoke("Ada");
      return codeOf(e.ada.call("POST", e.at("/seat")));
    },
  ],
  [
    "the session that a renewed link had opened, asking for a seat",
    "forbidden",
    async (e) => {
      await e.renew("Ada");
      return codeOf(e.ada.call("POST", e.at("/seat")));
    },
  ],
  [
    "a session after thirty days",
    "unauthorised",
    async (e) => {
      e.house.clock.advance(30 * DAY_MS);
      return codeOf(e.ada.call("POST", e.at("/seat")));
    },
  ],
  [
    "an edited cookie",
    "unauthorised",
    async (e) => {
      e.ada.cookie = withEnd(e.ada.cookie ?? "", "AAAA");
      return codeOf(e.ada.call("POST", e.at("/seat")));
    },
  ],
  [
    "the cookie of before, a minute after entering again",
    "unauthorised",
    async (e) => {
      const copy = e.stranger();
      copy.cookie = e.ada.cookie;
      await e.enter(e.ada, await e.secret("Ada"));
      e.house.clock.advance(61_000);
      return codeOf(copy.call("POST", e.at("/seat")));
    },
  ],
  [
    "a copied cookie after its owner signed out",
    "unauthorised",
    async (e) => {
      const copy = e.stranger();
      copy.cookie = e.ada.cookie;
      await e.ada.call("POST", "/api/leave");
      return codeOf(copy.call("POST", e.at("/seat")));
    },
  ],
  // Climbing.
  ["a co-host ending the event", "forbidden", (e) => codeOf(e.jean.call("POST", e.at("/end")))],
  ["a co-host inviting", "forbidden", (e) => codeOf(e.jean.call("POST", e.at("/people"), { name: "Mallory", role: "host" }))],
  ["a co-host editing roles", "forbidden", (e) => codeOf(e.jean.call("PATCH", e.at(), { speakers: [{ name: "Jean", role: "host" }] }))],
  ["a co-host renewing the host's link", "forbidden", async (e) => codeOf(e.jean.call("POST", e.at(`/people/${(await e.person("Grace")).id}/link`)))],
  ["a co-host removing the host", "forbidden", async (e) => codeOf(e.jean.call("DELETE", e.at(`/people/${(await e.person("Grace")).id}`)))],
  [
    "a co-host sending the host to the audience",
    "forbidden",
    async (e) => codeOf(e.jean.call("POST", e.at(`/people/${(await e.person("Grace")).id}/audience`))),
  ],
  [
    "a co-host handing the event to herself",
    "forbidden",
    async (e) => codeOf(e.jean.call("POST", e.at("/hand-over"), { person: (await e.person("Jean")).id })),
  ],
  ["a co-host calling the event off", "forbidden", (e) => codeOf(e.jean.call("POST", e.at("/cancel"), {}))],
  ["a speaker going live", "forbidden", (e) => codeOf(e.ada.call("POST", e.at("/live")))],
  ["a speaker opening the hand queue", "forbidden", (e) => codeOf(e.ada.call("POST", e.at("/hand-queue"), { open: true }))],
  ["a speaker making an event", "forbidden", (e) => codeOf(e.ada.call("POST", "/api/events", goodDraft))],
  [
    "a demoted co-host going live",
    "forbidden",
    async (e) => {
      await e.demote("Jean");
      return codeOf(e.jean.call("POST", e.at("/live")));
    },
  ],
  [
    "a host who handed over ending the event",
    "forbidden",
    async (e) => {
      const grace = e.stranger();
      await e.enter(grace, await e.secret("Grace"));
      await grace.call("POST", e.at("/hand-over"), { person: (await e.person("Jean")).id });
      return codeOf(grace.call("POST", e.at("/end")));
    },
  ],
  // The seat token at the stage.
  [
    "a seat token of another event",
    "unauthorised",
    async (e) => {
      const { slug } = await e.another();
      return e.publish((await e.operator.call<{ token: string }>("POST", `/api/events/${slug}/seat`)).body.token);
    },
  ],
  [
    "a seat token after its seat was taken away",
    "removed",
    async (e) => {
      const token = await e.token(e.ada);
      await e.revoke("Ada");
      return e.publish(token);
    },
  ],
  [
    "a seat token after its link was renewed",
    "removed",
    async (e) => {
      const token = await e.token(e.ada);
      await e.renew("Ada");
      return e.publish(token);
    },
  ],
  [
    "a seat token a day later",
    "unauthorised",
    async (e) => {
      const token = await e.token(e.ada);
      e.house.clock.advance(DAY_MS + 1_000);
      return e.publish(token);
    },
  ],
  [
    "a seat token with its role edited",
    "unauthorised",
    async (e) => {
      const [prefix = "", payload = "", mac = ""] = (await e.token(e.ada)).split(".");
      const claims = Buffer.from(payload, "base64url").toString().replace('"speaker"', '"host"');
      return e.publish([prefix, Buffer.from(claims).toString("base64url"), mac].join("."));
    },
  ],
  [
    "a seat token signed by another house",
    "unauthorised",
    async (e) => {
      const checked = verifySeatToken(await e.token(e.ada), e.house.houseKey, e.house.clock.wallMs());
      assert.ok(checked.ok);
      return e.publish(mintSeatToken({ ...checked.claims, role: "host" }, new Uint8Array(randomBytes(32))));
    },
  ],
  [
    "going live in the room with a token from before a demotion",
    "forbidden",
    async (e) => {
      const token = await e.token(e.jean);
      await e.demote("Jean");
      return e.askRoom(token, { type: "go-live" });
    },
  ],
  [
    "a speaker muting the host in the room",
    "forbidden",
    async (e) => e.askRoom(await e.token(e.ada), { type: "mute", muted: true, seat: (await e.person("Grace")).id }),
  ],
  // Behind the stage.
  ["a moderator sending sound", "forbidden", async (e) => e.publish(await e.crewToken("moderator"))],
  ["a captioner sending sound", "forbidden", async (e) => e.publish(await e.crewToken("captioner"))],
  ["a producer going live", "forbidden", async (e) => codeOf((await e.crew("producer")).call("POST", e.at("/live")))],
  ["a producer ending the event in the room", "forbidden", async (e) => e.askRoom(await e.crewToken("producer"), { type: "end" })],
  [
    "a moderator removing a speaker for good",
    "forbidden",
    async (e) => codeOf((await e.crew("moderator")).call("DELETE", e.at(`/people/${(await e.person("Ada")).id}`))),
  ],
  [
    "a moderator bringing a speaker on the air",
    "forbidden",
    async (e) => codeOf((await e.crew("moderator")).call("POST", e.at(`/people/${(await e.person("Ada")).id}/aside`), { aside: false })),
  ],
  [
    "a producer taking the host off the air",
    "forbidden",
    async (e) => codeOf((await e.crew("producer")).call("POST", e.at(`/people/${(await e.person("Grace")).id}/aside`), { aside: true })),
  ],
  [
    "a producer sending a co-host to the audience",
    "forbidden",
    async (e) => codeOf((await e.crew("producer")).call("POST", e.at(`/people/${(await e.person("Jean")).id}/audience`))),
  ],
  ["a speaker captioning", "forbidden", async (e) => e.askRoom(await e.token(e.ada), { type: "caption", text: "Mine" })],
  ["a speaker telling all listeners", "forbidden", async (e) => e.askRoom(await e.token(e.ada), { type: "announce", text: "Mine" })],
  [
    "a captioner muting a speaker",
    "forbidden",
    async (e) => e.askRoom(await e.crewToken("captioner"), { type: "mute", muted: true, seat: (await e.person("Ada")).id }),
  ],
  [
    "a co-host who was made a captioner sending sound with the token from before",
    "forbidden",
    async (e) => {
      const token = await e.token(e.jean);
      await e.demote("Jean", "captioner");
      return e.publish(token);
    },
  ],
  [
    "somebody taken aside putting themselves on the air",
    "forbidden",
    async (e) => {
      const at = e.at(`/people/${(await e.person("Ada")).id}/aside`);
      await e.operator.call("POST", at, { aside: true });
      return codeOf(e.ada.call("POST", at, { aside: false }));
    },
  ],
  [
    "the operator reading the notes of a host who came by a link of their own",
    "forbidden",
    async (e) => {
      await e.enter(e.stranger(), await e.secret("Grace"));
      return codeOf(e.operator.call("GET", e.at("/notes")));
    },
  ],
  // Races.
  [
    "a page of before acting after the same seat connected anew",
    "seat-taken",
    async (e) => {
      const token = await e.token(e.jean);
      return e.reconnect(token);
    },
  ],
  [
    "a seat that is taken away in the middle of its reconnecting",
    "removed",
    async (e) => {
      const token = await e.token(e.ada);
      const [answer] = await Promise.all([e.operator.call("DELETE", e.at(`/people/${(await e.person("Ada")).id}`)), e.ada.call("POST", e.at("/seat"))]);
      assert.equal(answer.status, 204);
      return e.publish(token);
    },
  ],
  // Other origins, other devices.
  ["the room's WebSocket from a page of another origin", "403", (e) => e.upgrade("https://evil.test")],
  [
    "a change from a page of another origin, with the host's cookie",
    "forbidden",
    (e) => codeOf(e.operator.call("POST", e.at("/cancel"), {}, { origin: "https://evil.test" })),
  ],
  [
    "an invitation from the queue taken up on another device",
    "not-found",
    async (e) => {
      const hand = await e.hand(e.stranger());
      await e.operator.call("POST", e.at(`/hands/${hand}/invite`));
      return codeOf(e.stranger().call("POST", e.at("/hands/mine/accept")));
    },
  ],
  [
    "an invitation from the queue after the host took it back",
    "not-found",
    async (e) => {
      const eve = e.stranger();
      const hand = await e.hand(eve);
      await e.operator.call("POST", e.at(`/hands/${hand}/invite`));
      await e.operator.call("DELETE", e.at(`/hands/${hand}`));
      return codeOf(eve.call("POST", e.at("/hands/mine/accept")));
    },
  ],
  [
    "the guest's link from the queue on the host's other device",
    "link-used",
    async (e) => {
      const hand = await e.hand(e.stranger());
      await e.operator.call("POST", e.at(`/hands/${hand}/invite`));
      return codeOf(e.enter(e.stranger(), await e.secret("Eve")));
    },
  ],
  // An event by invitation: whoever is not invited.
  ...(["studio", "hand", "wall", "moderate"] as const).map(
    (page) =>
      [
        `reading an event by invitation on its page /${page} without a seat or a link`,
        "nothing",
        async (e: Evening) => {
          await e.inviteListener();
          return e.told(e.stranger(), page);
        },
      ] as const,
  ),
  [
    "reading an event by invitation by a seat at another one",
    "nothing",
    async (e) => {
      const { slug } = await e.another();
      const { people } = (await e.operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
      await e.inviteListener();
      const visitor = e.stranger();
      await e.enter(visitor, people[0]?.link?.split("#")[1] ?? "");
      return e.told(visitor, "studio");
    },
  ],
  [
    "reading an event by invitation by a seat that was taken away",
    "nothing",
    async (e) => {
      await e.inviteListener();
      await e.revoke("Ada");
      return e.told(e.ada, "studio");
    },
  ],
  [
    "a stranger asking how a hand stands at an event by invitation",
    "invitation-needed",
    async (e) => {
      await e.inviteListener();
      return codeOf(e.stranger().call("GET", e.at("/hands/mine")));
    },
  ],
  [
    "a stranger raising a hand at an event by invitation",
    "invitation-needed",
    async (e) => {
      await e.inviteListener();
      return e.raise(e.stranger());
    },
  ],
  [
    "a hand raised with the link of a listener that was taken away",
    "invitation-needed",
    async (e) => {
      const { id, headers } = await e.inviteListener();
      await e.operator.call("DELETE", e.at(`/listeners/${id}`));
      return e.raise(e.stranger(), headers);
    },
  ],
  [
    "a hand raised with a listener's link to another event",
    "invitation-needed",
    async (e) => {
      const { id } = await e.inviteListener();
      const token = mintWritingToken(listenerKey(e.house.houseKey), (await e.another()).id, id);
      return e.raise(e.stranger(), { [INVITATION_HEADER]: token });
    },
  ],
  // Suspending upwards.
  ["a moderator suspending a co-host by her seat", "forbidden", async (e) => e.suspend({ person: (await e.person("Jean")).id }, await e.crew("moderator"))],
  [
    "a moderator suspending a co-host by the hand she raised",
    "forbidden",
    async (e) => {
      const hand = await e.hand(e.jean);
      return e.suspend({ hand }, await e.crew("moderator"));
    },
  ],
  [
    "a co-host suspending the host by the hand that was raised on the same device",
    "forbidden",
    async (e) => {
      const grace = e.stranger();
      await e.enter(grace, await e.secret("Grace"));
      return e.suspend({ hand: await e.hand(grace) }, e.jean);
    },
  ],
  [
    "the operator suspending the host by the seat",
    "forbidden",
    async (e) => {
      await e.enter(e.stranger(), await e.secret("Grace"));
      return e.suspend({ person: (await e.person("Grace")).id });
    },
  ],
  ["a speaker suspending a listener who raised a hand", "forbidden", async (e) => e.suspend({ hand: await e.hand(e.stranger()) }, e.ada)],
  ["a producer suspending a listener who raised a hand", "forbidden", async (e) => e.suspend({ hand: await e.hand(e.stranger()) }, await e.crew("producer"))],
  [
    "suspending whoever comes to a link that nobody opened",
    "transition-invalid",
    async (e) => {
      await e.renew("Ada");
      return e.suspend({ person: (await e.person("Ada")).id });
    },
  ],
  // Roles given by hand.
  ["a co-host making herself the host", "forbidden", (e) => edit(e, e.jean, "Jean", { role: "host" })],
  ["a co-host making a speaker a co-host", "forbidden", (e) => edit(e, e.jean, "Ada", { role: "co-host" })],
  ["a speaker giving herself another name", "forbidden", (e) => edit(e, e.ada, "Ada", { name: "Grace Hopper" })],
  ["a moderator making herself a co-host", "forbidden", async (e) => edit(e, await e.crew("moderator"), "moderator", { role: "co-host" })],
  ["making a second host without handing over", "forbidden", (e) => edit(e, e.operator, "Jean", { role: "host" })],
  ["taking the host's role without handing over", "forbidden", (e) => edit(e, e.operator, "Grace", { role: "speaker" })],
  ["a captioner with a language to interpret into", "invalid-field", (e) => edit(e, e.operator, "Ada", { role: "captioner", interprets: "de" })],
  [
    "going live in the room with a token from before her role was changed in the list of people",
    "forbidden",
    async (e) => {
      const token = await e.token(e.jean);
      assert.equal(await edit(e, e.operator, "Jean", { role: "captioner" }), "200");
      return e.askRoom(token, { type: "go-live" });
    },
  ],
  [
    "sending sound with a token from before her role was changed in the list of people",
    "forbidden",
    async (e) => {
      const token = await e.token(e.ada);
      assert.equal(await edit(e, e.operator, "Ada", { role: "moderator" }), "200");
      return e.publish(token);
    },
  ],
  // Suspended, and back by another way.
  [
    "a hand raised again by somebody who was suspended for the last one",
    "suspended",
    async (e) => {
      const eve = e.stranger();
      await e.suspend({ hand: await e.hand(eve) });
      return e.raise(eve);
    },
  ],
  [
    "the seat of a speaker who was suspended by the seat",
    "suspended",
    async (e) => {
      await e.suspend({ person: (await e.person("Ada")).id });
      return codeOf(e.ada.call("POST", e.at("/seat")));
    },
  ],
  [
    "the seat token of a speaker who was suspended by the seat",
    "removed",
    async (e) => {
      const token = await e.token(e.ada);
      await e.suspend({ person: (await e.person("Ada")).id });
      return e.publish(token);
    },
  ],
  [
    "the personal link of a speaker who was suspended by the seat",
    "suspended",
    async (e) => {
      await e.suspend({ person: (await e.person("Ada")).id });
      return codeOf(e.enter(e.ada, await e.secret("Ada")));
    },
  ],
  [
    "a hand raised by a suspended account from another browser",
    "suspended",
    async (e) => {
      const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
      await e.suspendForPost(phone);
      return e.raise(laptop);
    },
  ],
  [
    "a hand raised with a suspended listener's link from another browser",
    "suspended",
    async (e) => {
      const { headers } = await e.inviteListener();
      await e.suspendForPost(e.stranger(), headers);
      return e.raise(e.stranger(), headers);
    },
  ],
  [
    "a suspended listener's link after its owner signed in to an account",
    "suspended",
    async (e) => {
      const { headers } = await e.inviteListener();
      await e.suspendForPost(e.stranger(), headers);
      const [signedIn = e.ada] = await e.signedIn(1);
      return e.raise(signedIn, headers);
    },
  ],
  [
    "an account's way back by the listener's link it was suspended with",
    "suspended",
    async (e) => {
      const { headers } = await e.inviteListener();
      const [signedIn = e.ada] = await e.signedIn(1);
      await e.suspendForPost(signedIn, headers);
      return e.raise(e.stranger(), headers);
    },
  ],
  [
    "a hand of an account that was suspended on another browser, when the host asks it on stage",
    "suspended",
    async (e) => {
      const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
      const hand = await e.hand(phone);
      await e.suspendForPost(laptop);
      return codeOf(e.operator.call("POST", e.at(`/hands/${hand}/invite`)));
    },
  ],
  [
    "an invitation on stage taken up after the account was suspended on another browser and signed out on this one",
    "suspended",
    async (e) => {
      const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
      const hand = await e.hand(phone);
      await e.operator.call("POST", e.at(`/hands/${hand}/invite`));
      await e.suspendForPost(laptop);
      await phone.call("POST", "/api/leave");
      return codeOf(phone.call("POST", e.at("/hands/mine/accept")));
    },
  ],
  [
    "the seat of somebody from the audience whose account was suspended on another browser",
    "suspended",
    async (e) => codeOf((await onStageAndSuspended(e)).call("POST", e.at("/seat"))),
  ],
  [
    "the seat token of somebody from the audience whose account was suspended on another browser",
    "removed",
    async (e) => {
      const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
      await onStage(e, phone);
      const token = await e.token(phone);
      await e.suspendForPost(laptop);
      return e.publish(token);
    },
  ],
  [
    "a personal link opened by somebody signed in to a suspended account",
    "suspended",
    async (e) => {
      const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
      await e.suspendForPost(laptop);
      await e.renew("Ada");
      return codeOf(e.enter(phone, await e.secret("Ada")));
    },
  ],
];

/** What whoever changes a person is told: the code of the refusal, or the status. */
async function edit(e: Evening, by: Visitor, name: string, changes: object): Promise<string> {
  return codeOf(by.call("PATCH", e.at(`/people/${(await e.person(name)).id}`), changes));
}

/** Brings somebody from the audience on stage. */
async function onStage(e: Evening, visitor: Visitor): Promise<void> {
  const hand = await e.hand(visitor);
  await e.operator.call("POST", e.at(`/hands/${hand}/invite`));
  assert.equal((await visitor.call("POST", e.at("/hands/mine/accept"))).status, 200);
}

/** Somebody from the audience on stage, whose account was then suspended for what it wrote on another browser. */
async function onStageAndSuspended(e: Evening): Promise<Visitor> {
  const [phone = e.ada, laptop = e.ada] = await e.signedIn(2);
  await onStage(e, phone);
  await e.suspendForPost(laptop);
  return phone;
}

test("every way of using a link, a session or a token that is not one's own is refused", async (context) => {
  assert.ok(CASES.length >= 40);
  for (const [tried, refusal, attempt] of CASES) {
    await context.test(`${tried} is refused`, async () => {
      await using house = await TestHouse.open();
      assert.equal(await attempt(await Evening.open(house)), refusal);
    });
  }
});

test("the same checks let the right person in", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  assert.equal((await evening.enter(evening.ada, await evening.secret("Ada"))).status, 200);
  assert.equal(await evening.publish(await evening.token(evening.ada)), "sdp-invalid");
  await evening.renew("Ada");
  const laptop = evening.stranger();
  assert.equal((await evening.enter(laptop, await evening.secret("Ada"))).status, 200);
  assert.equal(await evening.publish(await evening.token(laptop)), "sdp-invalid");
  assert.equal(await evening.askRoom(await evening.token(evening.jean), { type: "ping" }), "done");
});

test("a host who tries a guest's link does not use it up", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  await evening.renew("Ada");
  assert.equal((await evening.enter(evening.operator, await evening.secret("Ada"))).status, 200);
  assert.equal((await evening.enter(evening.stranger(), await evening.secret("Ada"))).status, 200);
});

test("the invited know of their event and ask to speak: by a seat, by running the house, by a personal link", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  const { headers } = await evening.inviteListener();
  for (const visitor of [evening.operator, evening.ada])
    for (const page of ["studio", "hand", "wall", "moderate"] as const) assert.match(await evening.told(visitor, page), /An evening with Ada.*Grace/);
  const eve = evening.stranger();
  assert.equal(await evening.raise(eve, headers), "201");
  const mine = async (more: Record<string, string>, visitor = eve) =>
    (await visitor.call<OwnHandAnswer>("GET", evening.at("/hands/mine"), undefined, more)).body;
  assert.deepEqual(
    [(await mine(headers)).title, (await mine({})).hand?.state],
    ["An evening with Ada", "waiting"],
    "the device whose hand is up is known by it",
  );
  assert.equal((await mine(headers, evening.stranger())).title, "An evening with Ada");
  for (const visitor of [evening.operator, evening.ada]) assert.equal(await evening.raise(visitor), "201");
});

test("unlisted events are for whoever has the address, without a link", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  await evening.operator.call("PATCH", evening.at(), { visibility: "unlisted" });
  for (const page of ["studio", "hand", "wall", "moderate"] as const) assert.match(await evening.told(evening.stranger(), page), /An evening with Ada/);
  assert.equal(await evening.raise(evening.stranger()), "201");
});

test("whoever is reinstated has back what they had, by every way: the place in the queue, the seat, the account on another browser", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  const [phone = evening.ada, laptop = evening.ada] = await evening.signedIn(2);
  await onStage(evening, phone);
  const before = await house.readJson<{ revision?: number }>("events", evening.event.id, "event.json");
  const act = await evening.suspendForPost(laptop);
  assert.equal(await codeOf(phone.call("POST", evening.at("/seat"))), "suspended");
  const own = (await laptop.call<OwnHandAnswer>("GET", evening.at("/hands/mine"))).body;
  assert.deepEqual([own.suspended, own.hand], [true, null]);
  await evening.reinstate(act);
  assert.equal((await phone.call("POST", evening.at("/seat"))).status, 200);
  assert.equal(await evening.raise(laptop), "201");
  assert.deepEqual(await house.readJson("events", evening.event.id, "event.json"), before);
});

test("a role and a name given in the list of people hold on stage and on the page; what only the old role had is gone", async () => {
  await using house = await TestHouse.open();
  const evening = await Evening.open(house);
  assert.equal(await edit(evening, evening.operator, "Ada", { interprets: "de" }), "200");
  assert.equal(await edit(evening, evening.operator, "Ada", { name: "Ada Lovelace", role: "co-host" }), "200");
  const { role, interprets } = await evening.person("Ada Lovelace");
  assert.deepEqual([role, interprets], ["co-host", ""]);
  assert.ok((await evening.ada.call<EventView>("GET", evening.at())).body.may.includes("go-live"));
  const { speakers } = await house.readJson<PublicEvent>("public", `${evening.event.slug}.json`);
  assert.deepEqual(
    speakers.map((one) => `${one.name} ${one.role}`),
    ["Grace host", "Ada Lovelace co-host", "Jean co-host"],
  );
  assert.equal(await evening.publish(await evening.token(evening.ada)), "sdp-invalid");
  const acts = (await evening.operator.call<ActList>("GET", evening.at("/acts"))).body.acts.slice(-2);
  assert.deepEqual(
    acts.map(({ act, before, after }) => [act, before.role, after.role, after.name]),
    [
      ["set-task", undefined, undefined, "Ada"],
      ["edit-people", "speaker", "co-host", "Ada Lovelace"],
    ],
  );
});
