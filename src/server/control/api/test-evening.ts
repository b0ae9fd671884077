import assert from "node:assert/strict";
import WebSocket from "ws";
import { EarshotError } from "../../../core/errors.ts";
import { silentLog } from "../../../core/log.ts";
import { type StageManifest, verifySeatToken } from "../../../event/mod.ts";
import { createWerift, Stage } from "../../../stage/mod.ts";
import type { EventView, PersonView } from "../../../wire/api.ts";
import type { HandQueue } from "../../../wire/hands.ts";
import type { RoomMessage } from "../../../wire/room.ts";
import { goodDraft, type Reply, TestHouse, type Visitor } from "../test-house.ts";

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

  async hand(visitor: Visitor): Promise<string> {
    await this.operator.call("POST", this.at("/hand-queue"), { open: true });
    await visitor.call("POST", this.at("/hands"), { name: "Eve" });
    return (await this.operator.call<HandQueue>("GET", this.at("/hands"))).body.hands[0]?.id ?? "";
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
