import assert from "node:assert/strict";
import WebSocket from "ws";
import { EarshotError } from "../../../core/errors.ts";
import { silentLog } from "../../../core/log.ts";
import { newId } from "../../../core/ids.ts";
import { Accounts, listenerKey, mintWritingToken, Sessions, type StageManifest, verifySeatToken } from "../../../event/mod.ts";
import { createWerift, Stage } from "../../../stage/mod.ts";
import type { EventView, PersonView } from "../../../wire/api.ts";
import type { HandQueue } from "../../../wire/hands.ts";
import type { ListenerView } from "../../../wire/listeners.ts";
import type { RoomMessage } from "../../../wire/room.ts";
import { INVITATION_HEADER } from "../../../wire/wall.ts";
import { goodDraft, type Reply, TestHouse, type Visitor } from "../test-house.ts";
import { cookieName } from "./cookie.ts";

/** A personal listener link. */
interface Invited {
  readonly id: string;
  readonly headers: Record<string, string>;
}

/** An evening with Grace (host), Ada (speaker, came by her link) and Jean (co-host, came by hers). */
export class Evening {
  readonly house: TestHouse;
  readonly operator: Visitor;
  readonly event: EventView;
  readonly ada: Visitor;
  readonly jean: Visitor;

  private constructor(house: TestHouse, operator: Visitor, event: EventView) {
    this.house = house;
    this.operator = operator;
    this.event = event;
    this.ada = house.visitor();
    this.jean = house.visitor();
  }

  static async open(house: TestHouse): Promise<Evening> {
    const operator = await house.operator();
    const evening = new Evening(house, operator, (await operator.call<EventView>("POST", "/api/events", goodDraft)).body);
    await evening.enter(evening.ada, await evening.secret("Ada"));
    await evening.enter(evening.jean, await evening.secret("Jean"));
    return evening;
  }

  at(path = ""): string {
    return `/api/events/${this.event.slug}${path}`;
  }

  enter(visitor: Visitor, secret: string): Promise<Reply<{ code?: string }>> {
    return visitor.call("POST", "/api/enter", { secret });
  }

  /** A visitor who never was here. */
  stranger(): Visitor {
    return this.house.visitor();
  }

  async person(name: string): Promise<PersonView> {
    const { people } = (await this.operator.call<{ people: PersonView[] }>("GET", this.at("/people"))).body;
    const person = people.find((one) => one.name === name);
    assert.ok(person, name);
    return person;
  }

  async secret(name: string): Promise<string> {
    return (await this.person(name)).link?.split("#")[1] ?? "";
  }

  async revoke(name: string): Promise<void> {
    assert.equal((await this.operator.call("DELETE", this.at(`/people/${(await this.person(name)).id}`))).status, 204);
  }

  async renew(name: string): Promise<void> {
    assert.equal((await this.operator.call("POST", this.at(`/people/${(await this.person(name)).id}/link`))).status, 200);
  }

  /** Somebody behind the stage who came by their link. */
  async crew(role: "producer" | "moderator" | "captioner"): Promise<Visitor> {
    const { body } = await this.operator.call<PersonView>("POST", this.at("/people"), { name: role, role });
    const visitor = this.stranger();
    await this.enter(visitor, body.link?.split("#")[1] ?? "");
    return visitor;
  }

  async crewToken(role: "producer" | "moderator" | "captioner"): Promise<string> {
    return await this.token(await this.crew(role));
  }

  async demote(name: string, role = "speaker"): Promise<void> {
    const { id } = await this.person(name);
    const { people } = (await this.operator.call<{ people: PersonView[] }>("GET", this.at("/people"))).body;
    const speakers = people.map((person) => ({ id: person.id, name: person.name, role: person.id === id ? role : person.role }));
    assert.equal((await this.operator.call("PATCH", this.at(), { speakers })).status, 200);
  }

  async token(visitor: Visitor): Promise<string> {
    return (await visitor.call<{ token: string }>("POST", this.at("/seat"))).body.token;
  }

  /** A second evening, with links and people of its own. */
  async another(): Promise<EventView> {
    return (await this.operator.call<EventView>("POST", "/api/events", { ...goodDraft, title: "Another" })).body;
  }

  /** The event's stage as it stands on disk now. */
  async stage(): Promise<Stage> {
    return await Stage.open({
      manifest: await this.house.readJson<StageManifest>("events", this.event.id, "event.json"),
      transport: createWerift({ udpPorts: [40_000, 40_001], announce: [], iceTcp: false, loopback: true, log: silentLog }),
      verifyToken: (token) => verifySeatToken(token, this.house.houseKey, this.house.clock.wallMs()),
      clock: this.house.clock,
      log: silentLog,
      phase: () => ({ phase: "backstage" }),
      onGoLive: () => assert.fail("went live"),
      onEnd: () => assert.fail("ended"),
      onChange: () => {},
    });
  }

  /** What the stage says to a token: the code of its refusal. `sdp-invalid` means that the token was good. */
  async publish(token: string): Promise<string> {
    const stage = await this.stage();
    try {
      await stage.whip({
        method: "POST",
        session: undefined,
        ifMatch: undefined,
        authorization: `Bearer ${token}`,
        contentType: "application/sdp",
        body: "no offer",
      });
      return "let in";
    } catch (error) {
      return error instanceof EarshotError ? error.code : String(error);
    } finally {
      await stage.close();
    }
  }

  /** What the room answers when the owner of a token asks for something. */
  async askRoom(token: string, request: object): Promise<string> {
    const stage = await this.stage();
    const heard: RoomMessage[] = [];
    const connection = stage.room.join(
      (message) => heard.push(message),
      () => {},
    );
    connection.receive(JSON.stringify({ type: "hello", token }));
    connection.receive(JSON.stringify(request));
    await stage.close();
    return heard.findLast((message) => message.type === "error")?.code ?? "done";
  }

  /** What the older of two pages of one seat is told, which then tries to go live: `open` fails when anybody does. */
  async reconnect(token: string): Promise<string> {
    const stage = await this.stage();
    const heard: RoomMessage[] = [];
    const join = () =>
      stage.room.join(
        (message) => heard.push(message),
        () => {},
      );
    const [older, newer] = [join(), join()];
    for (const page of [older, newer]) page.receive(JSON.stringify({ type: "hello", token }));
    older.receive('{"type":"go-live"}');
    await stage.close();
    return heard.find((message) => message.type === "error")?.code ?? "done";
  }

  /** What a visitor who asks to speak is told: the code of the refusal, or the status. */
  async raise(visitor: Visitor, headers: Record<string, string> = {}): Promise<string> {
    await this.operator.call("POST", this.at("/hand-queue"), { open: true });
    const { status, body } = await visitor.call<{ code?: string }>("POST", this.at("/hands"), { name: "Eve" }, headers);
    return body.code ?? String(status);
  }

  async hand(visitor: Visitor, headers: Record<string, string> = {}): Promise<string> {
    assert.equal(await this.raise(visitor, headers), "201");
    return (await this.operator.call<HandQueue>("GET", this.at("/hands"))).body.hands[0]?.id ?? "";
  }

  /** Makes the event one by invitation, for one listener; gives back their link and the header by which the API knows it. */
  async inviteListener(name = "Eve"): Promise<Invited> {
    assert.equal((await this.operator.call("PATCH", this.at(), { visibility: "invited" })).status, 200);
    const { listeners } = (await this.operator.call<{ listeners: ListenerView[] }>("POST", this.at("/listeners"), { names: [name] })).body;
    const { id } = listeners[0] ?? assert.fail("no link");
    return { id, headers: { [INVITATION_HEADER]: mintWritingToken(listenerKey(this.house.houseKey), this.event.id, id) } };
  }

  /** Browsers that are signed in to one account that is none of the people of the event. */
  async signedIn(browsers: number): Promise<readonly Visitor[]> {
    const { database, clock } = this.house;
    const accounts = new Accounts(database, clock);
    const account = { id: newId(clock.wallMs()), kind: "passkey", name: "Olga", operator: false, createdMs: clock.wallMs() } as const;
    await database.write([accounts.insert(account)]);
    const sessions = new Sessions(database, clock);
    return await Promise.all(
      Array.from({ length: browsers }, async () => {
        const grant = { accountId: account.id, agent: "", steps: [] };
        return Object.assign(this.stranger(), { cookie: `${cookieName(false)}=${await sessions.enter(grant, undefined)}` });
      }),
    );
  }

  /** Writes on the wall and is suspended for it; gives back the act. */
  async suspendForPost(visitor: Visitor, headers: Record<string, string> = {}): Promise<string> {
    await this.operator.call("PATCH", this.at("/wall"), { opening: "everyone" });
    const post = await visitor.call<{ id: string }>("POST", this.at("/wall/posts"), { kind: "post", text: "You fools", name: "Eve" }, headers);
    assert.equal(post.status, 201, JSON.stringify(post.body));
    return await this.suspend({ post: post.body.id });
  }

  /** Suspends whoever is named; gives back the act. */
  async suspend(whom: object, by = this.operator): Promise<string> {
    const request = { act: "suspend", rule: "insult", reason: "Not like this.", minutes: 60, ...whom };
    const { status, body } = await by.call<{ id: string; code?: string }>("POST", this.at("/moderation/acts"), request);
    return status === 201 ? body.id : (body.code ?? String(status));
  }

  async reinstate(act: string): Promise<void> {
    assert.equal((await this.operator.call("POST", this.at(`/moderation/acts/${act}/undo`), {})).status, 201);
  }

  /** What of an event by invitation a page tells: its title, a description, who speaks, when; "nothing" when the page is there and tells none of it. */
  async told(visitor: Visitor, page: "studio" | "hand" | "wall" | "moderate"): Promise<string> {
    const { status, body } = await visitor.call<string>("GET", `/${page}/${this.event.slug}`);
    assert.equal(status, 200);
    const { title, description, startDate } = goodDraft;
    return [title, description, startDate.slice(0, 10), "Grace", "Ada"].filter((text) => body.includes(text)).join(", ") || "nothing";
  }

  upgrade(origin: string): Promise<string> {
    const socket = new WebSocket(`${this.house.control.url.replace("http", "ws")}/room/${this.event.slug}`, { origin });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve("let in"));
      socket.once("unexpected-response", (_, response) => {
        response.resume();
        resolve(String(response.statusCode));
      });
      socket.once("error", reject);
    });
  }
}
