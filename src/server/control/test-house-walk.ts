import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StageManifest } from "../../event/mod.ts";
import { drawCard } from "../../record/mod.ts";
import type { DeliveryView, WebhookView } from "../../wire/access.ts";
import type { AccountList, AccountView } from "../../wire/accounts.ts";
import type { ActList, EventView, PersonView } from "../../wire/api.ts";
import type { DoorRecord } from "../../wire/door.ts";
import type { HouseLook } from "../../wire/house.ts";
import type { RecordingAnswer } from "../../wire/recording.ts";
import type { ReminderAnswer, ReminderProgress } from "../../wire/reminders.ts";
import type { RepeatAnswer, SeriesView } from "../../wire/series.ts";
import type { SoundList, SoundRecord } from "../../wire/sounds.ts";
import { REACTIONS } from "../../wire/wall.ts";
import type { ModerationQueue, OwnWall } from "../../wire/wall-api.ts";
import type { TestPushService } from "../push/test-push-service.ts";
import { makePasskey, signIn } from "./accounts/test-sign-in.ts";
import { tomorrow } from "./test-control-process.ts";
import { goodDraft, type Visitor } from "./test-house.ts";
import { toneWav } from "./test-sound-bytes.ts";

/** What holds once an act was acknowledged, until another act about the same. @throws AssertionError when it does not */
export type Fact = () => Promise<void>;

/** Something a user does and is told that it is done; `about`: what it changes. */
interface Act {
  readonly about: string;
  readonly run: () => Promise<Fact>;
}

type Passkey = Awaited<ReturnType<typeof makePasskey>>["key"];

const act = (about: string, run: () => Promise<Fact>): Act => ({ about, run });

/** What a walk through a house works with. */
interface WalkedHouse {
  /** Opens a browser of its own, which finds the house again after a restart. */
  readonly browser: () => Visitor;
  readonly hostSecret: string;
  readonly dataFolder: string;
  readonly pushes: TestPushService;
}

/** The body of an answer. @throws AssertionError when the act was refused */
async function ask<Body>(who: Visitor, method: string, path: string, body?: unknown): Promise<Body> {
  const reply = await who.call<Body>(method, path, body);
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

async function upload<Body>({ url, cookie = "" }: Visitor, path: string, bytes: Uint8Array): Promise<Body> {
  const response = await fetch(`${url}${path}`, { method: "POST", headers: { cookie }, body: new Uint8Array(bytes) });
  assert.ok(response.status < 300, `POST ${path}: ${response.status}`);
  return (await response.json()) as Body;
}

/** One walk through a house, by browsers of its own: everything a user can do besides what the victims of the desk, of moderators and of reminders do. */
export class HouseWalk {
  readonly #house: WalkedHouse;
  /** Makes what the walk names its own. */
  readonly #round: number;
  readonly #operator: Visitor;
  #slug = "";

  constructor(house: WalkedHouse, round: number) {
    this.#house = house;
    this.#round = round;
    this.#operator = house.browser();
  }

  /**
   * The acts, in an order in which they can be done. What is taken back is also done once to stay: a house that forgot both would pass. Left out: reactions to a
   * moment, which are counted in memory for a minute and are nobody's; what needs a mail or the house's own sign-in service; taking a recording away, which needs a
   * stage.
   */
  acts(): readonly Act[] {
    const own = [...this.#eventActs(), ...this.#shelfActs(), ...this.#wallActs(), ...this.#programActs(), ...this.#accountActs()];
    return [...own.map(({ about, run }) => act(`${this.#round} ${about}`, run)), ...this.#houseActs()];
  }

  #eventActs(): readonly Act[] {
    const [operator, round] = [this.#operator, this.#round];
    const draft = { ...tomorrow(), speakers: [...goodDraft.speakers, { name: "Mo", role: "moderator" }] };
    let series = "";
    let copy = "";
    const seriesNow = async () => (await ask<{ series: SeriesView[] }>(operator, "GET", "/api/series")).series.find(({ slug }) => slug === series);
    const titleOf = async (slug: string) => (await ask<EventView>(operator, "GET", `/api/events/${slug}`)).title;
    return [
      act("host link", async () => {
        await ask(operator, "POST", "/api/enter", { secret: this.#house.hostSecret });
        return () => isSignedIn(operator, true);
      }),
      act("series", async () => {
        series = (await ask<SeriesView>(operator, "POST", "/api/series", { title: `Nights ${round}` })).slug;
        return async () => assert.equal((await seriesNow())?.title, `Nights ${round}`);
      }),
      act("series", async () => {
        await ask(operator, "PATCH", `/api/series/${series}`, { description: "Every week." });
        return async () => assert.equal((await seriesNow())?.description, "Every week.");
      }),
      act("event", async () => {
        this.#slug = (await ask<EventView>(operator, "POST", "/api/events", { ...draft, title: `Evening ${round}`, series })).slug;
        return async () => assert.equal((await this.#event()).series?.slug, series);
      }),
      act("copy", async () => {
        copy = (await ask<EventView>(operator, "POST", this.#at("/duplicate"), { startDate: draft.startDate, title: `Copy ${round}` })).slug;
        return async () => assert.equal(await titleOf(copy), `Copy ${round}`);
      }),
      act("repetition", async () => {
        const { made } = await ask<RepeatAnswer>(operator, "POST", `/api/events/${copy}/repeat`, { every: "week", count: 3, title: `Weeks ${round}` });
        return async () => {
          for (const { slug } of made) assert.equal(await titleOf(slug), `Copy ${round}`);
        };
      }),
      act("recording", async () => {
        await ask(operator, "PATCH", this.#at("/recording"), { keepDays: 30, clips: false });
        return async () => {
          const { keepDays, clips } = await ask<RecordingAnswer>(operator, "GET", this.#at("/recording"));
          assert.deepEqual([keepDays, clips], [30, false]);
        };
      }),
      act("doors", async () => {
        const { id } = await this.#event();
        await ask(operator, "POST", this.#at("/doors"), { mode: "hold", message: `Soon ${round}` });
        return async () => assert.equal((await this.#read<DoorRecord>("events", id, "doors.json")).message, `Soon ${round}`);
      }),
      act("encoder", async () => {
        await ask(operator, "POST", this.#at(`/people/${(await this.#person("Ada")).id}/encoder`));
        return () => this.#isLogged("give-encoder");
      }),
    ];
  }

  #shelfActs(): readonly Act[] {
    const operator = this.#operator;
    const added = { jingle: "", applause: "" };
    const sounds = async () => (await ask<SoundList>(operator, "GET", this.#at("/sounds"))).sounds;
    const add = (name: keyof typeof added) =>
      act(name, async () => {
        const made = await upload<SoundRecord>(operator, this.#at(`/sounds?name=${name}`), toneWav(1));
        added[name] = made.id;
        return async () => assert.ok((await sounds()).some(({ id, bytes }) => id === made.id && bytes === made.bytes));
      });
    return [
      act("picture", async () => {
        await upload(operator, this.#at("/artwork"), this.#picture("another picture"));
        await ask(operator, "DELETE", this.#at("/artwork"));
        return async () => assert.equal((await this.#event()).artwork, undefined);
      }),
      act("picture", async () => {
        const { artwork } = await upload<EventView>(operator, this.#at("/artwork"), this.#picture("picture"));
        return async () => {
          assert.deepEqual((await this.#event()).artwork, artwork);
          await access(join(this.#house.dataFolder, "pictures", artwork?.file ?? "none"));
        };
      }),
      act("cover", async () => {
        const { id } = await upload<EventView>(operator, this.#at("/artwork?as=cover"), this.#picture("cover"));
        return async () => assert.ok((await this.#read<StageManifest>("events", id, "event.json")).cover !== undefined);
      }),
      add("jingle"),
      act("jingle", async () => {
        await ask(operator, "PATCH", this.#at(`/sounds/${added.jingle}`), { levelDb: -6, loop: true });
        return async () => assert.ok((await sounds()).some(({ id, levelDb, loop }) => id === added.jingle && levelDb === -6 && loop));
      }),
      add("applause"),
      act("applause", async () => {
        await ask(operator, "DELETE", this.#at(`/sounds/${added.applause}`));
        return async () => assert.ok(!(await sounds()).some(({ id }) => id === added.applause));
      }),
      act("stream", async () => {
        const stream = (await ask<SoundRecord>(operator, "POST", this.#at("/streams"), { name: "Radio", url: "http://radio.example/live" })).id;
        return async () => assert.ok((await sounds()).some(({ id }) => id === stream));
      }),
    ];
  }

  #wallActs(): readonly Act[] {
    const operator = this.#operator;
    const [eve, bob] = [this.#house.browser(), this.#house.browser()];
    const posts = { post: "", question: "", reply: "" };
    let holding = "";
    const wall = (path: string) => this.#at(`/wall${path}`);
    const mine = (who: Visitor) => ask<OwnWall>(who, "GET", wall("/mine"));
    const queue = () => ask<ModerationQueue>(operator, "GET", this.#at("/moderation"));
    const write = (who: Visitor, kind: keyof typeof posts, parent?: keyof typeof posts) =>
      act(kind, async () => {
        const draft = { kind, text: `A ${kind}`, name: "Eve", ...(parent === undefined ? {} : { parent: posts[parent] }) };
        const { id } = await ask<{ id: string }>(who, "POST", wall("/posts"), draft);
        posts[kind] = id;
        return async () => assert.ok((await mine(who)).posts.some((post) => post.id === id && post.state === "visible"));
      });
    const vote = (who: Visitor, name: string, on: boolean) =>
      act(`vote of ${name}`, async () => {
        await ask(who, "POST", wall(`/posts/${posts.question}/vote`), { on });
        return async () => assert.equal((await mine(who)).votes.includes(posts.question), on);
      });
    const react = (who: Visitor, name: string, on: boolean) =>
      act(`reaction of ${name}`, async () => {
        await ask(who, "POST", wall(`/posts/${posts.post}/reaction`), { reaction: REACTIONS[0], on });
        return async () => assert.deepEqual((await mine(who)).reactions, on ? [[posts.post, REACTIONS[0]]] : []);
      });
    const pin = (on: boolean) =>
      act(on ? "pin" : "unpin", async () => {
        await ask(operator, "POST", wall(`/posts/${posts.post}/pin`), { on });
        return () => this.#isLogged(on ? "pin-post" : "unpin-post");
      });
    const report = (kind: keyof typeof posts) =>
      act(`report of ${kind}`, async () => {
        await ask(bob, "POST", wall(`/posts/${posts[kind]}/report`), { rule: "spam" });
        return async () => assert.ok((await queue()).reports.some(({ id }) => id === posts[kind]));
      });
    return [
      act("wall", async () => {
        await ask(operator, "PATCH", wall(""), { opening: "everyone", slowSeconds: 0 });
        return async () => assert.equal((await queue()).settings.opening, "everyone");
      }),
      write(eve, "post"),
      write(eve, "question"),
      write(bob, "reply", "post"),
      vote(bob, "Bob", true),
      vote(eve, "Eve", true),
      vote(eve, "Eve", false),
      react(bob, "Bob", true),
      react(eve, "Eve", true),
      react(eve, "Eve", false),
      pin(true),
      pin(false),
      report("post"),
      act("report of post", async () => {
        await ask(operator, "DELETE", this.#at(`/moderation/reports/${posts.post}`));
        return async () => assert.ok(!(await queue()).reports.some(({ id }) => id === posts.post));
      }),
      act("question", async () => {
        const held = { act: "hold", post: posts.question, rule: "spam", reason: "A moment." };
        holding = (await ask<{ id: string }>(operator, "POST", this.#at("/moderation/acts"), held)).id;
        return async () => assert.ok((await queue()).held.some(({ id }) => id === posts.question));
      }),
      act("question", async () => {
        await ask(operator, "POST", this.#at(`/moderation/acts/${holding}/undo`), {});
        return async () => {
          assert.deepEqual((await queue()).held, []);
          await this.#isLogged("release-post");
        };
      }),
      report("question"),
      act("reply", async () => {
        await ask(bob, "DELETE", wall(`/posts/${posts.reply}`));
        return async () => assert.ok(!(await mine(bob)).posts.some(({ id, state }) => id === posts.reply && state === "visible"));
      }),
      act("wall", async () => {
        await ask(operator, "PATCH", wall(""), { locked: true });
        return async () => assert.equal((await queue()).settings.locked, true);
      }),
    ];
  }

  /** What is told, and to whom: programs and browsers that wait for news. */
  #programActs(): readonly Act[] {
    const operator = this.#operator;
    const eve = this.#house.browser();
    const hooks = { kept: "", ended: "" };
    let token = "";
    let subscription: ReturnType<TestPushService["subscribe"]> | undefined;
    const webhooks = async () => (await ask<{ webhooks: WebhookView[] }>(operator, "GET", "/api/webhooks")).webhooks;
    const browsersTold = async () => (await ask<ReminderProgress>(operator, "GET", this.#at("/reminders"))).push;
    const subscribe = (name: keyof typeof hooks) =>
      act(`${name} webhook`, async () => {
        const draft = { url: `${this.#house.pushes.url}/${name}`, types: ["event.cancelled"] };
        hooks[name] = (await ask<WebhookView>(operator, "POST", "/api/webhooks", draft)).id;
        return async () => assert.ok((await webhooks()).some(({ id }) => id === hooks[name]));
      });
    const remind = (browsers: number) =>
      act("reminder", async () => {
        subscription = this.#house.pushes.subscribe(`/${this.#round}-${browsers}`);
        const draft = { kind: "push", ...subscription, language: "en", timeZone: "Europe/Berlin" };
        token = (await ask<ReminderAnswer>(eve, "POST", this.#at("/reminders"), draft)).token ?? "";
        return async () => assert.equal(await browsersTold(), browsers);
      });
    return [
      subscribe("kept"),
      act("trial", async () => {
        await ask(operator, "POST", `/api/webhooks/${hooks.kept}/trial`);
        return async () => {
          const { deliveries } = await ask<{ deliveries: DeliveryView[] }>(operator, "GET", `/api/webhooks/${hooks.kept}/deliveries`);
          assert.equal(deliveries.length, 1);
        };
      }),
      subscribe("ended"),
      act("ended webhook", async () => {
        await ask(operator, "DELETE", `/api/webhooks/${hooks.ended}`);
        return async () => assert.ok(!(await webhooks()).some(({ id }) => id === hooks.ended));
      }),
      remind(1),
      remind(2),
      act("reminder", async () => {
        const old = subscription;
        subscription = this.#house.pushes.subscribe(`/${this.#round}-renewed`);
        await ask(eve, "POST", "/api/reminders/renew", { old, new: subscription });
        return async () => assert.equal(await browsersTold(), 2);
      }),
      act("reminder", async () => {
        await ask(eve, "POST", `/api/reminders/${token}/end`);
        return async () => assert.equal(await browsersTold(), 1);
      }),
    ];
  }

  #accountActs(): readonly Act[] {
    const operator = this.#operator;
    const { browser } = this.#house;
    const [grace, laptop, tablet, phone] = [browser(), browser(), browser(), browser()];
    let id = "";
    let keys: Passkey[] = [];
    let codes: readonly string[] = [];
    const account = () => ask<AccountView>(grace, "GET", "/api/account");
    const addPasskey = (left: number) =>
      act("passkeys", async () => {
        const made = await passkeyOf(grace);
        id = made.account;
        keys = [...keys, made.key];
        return async () => assert.equal((await account()).passkeys.length, left);
      });
    const enter = (who: Visitor, name: string) =>
      act(name, async () => {
        assert.equal((await signIn(who, keys[0] ?? assert.fail("no passkey"))).status, 200);
        return () => isSignedIn(who, true);
      });
    return [
      act("link of Grace", async () => {
        await this.#come(grace, "Grace");
        return () => isSignedIn(grace, true);
      }),
      addPasskey(1),
      addPasskey(2),
      act("passkeys", async () => {
        const [first] = keys;
        await ask(grace, "DELETE", `/api/account/passkeys/${first?.id.toString("base64url")}`);
        keys = keys.slice(1);
        return async () => assert.equal((await account()).passkeys.length, 1);
      }),
      act("name", async () => {
        await ask(grace, "PATCH", "/api/account", { name: `Grace ${this.#round}` });
        return async () => assert.equal((await account()).name, `Grace ${this.#round}`);
      }),
      act("codes", async () => {
        ({ codes } = await ask<{ codes: string[] }>(grace, "POST", "/api/account/codes"));
        return async () => assert.equal((await account()).codes?.left, 10);
      }),
      act("codes", async () => {
        await ask(phone, "POST", "/api/sign-in/code", { code: codes[0] });
        return async () => assert.equal((await account()).codes?.left, 9);
      }),
      enter(laptop, "laptop"),
      act("laptop", async () => {
        const { cookie } = laptop;
        await ask(laptop, "POST", "/api/leave");
        return () => {
          laptop.cookie = cookie;
          return isSignedIn(laptop, false);
        };
      }),
      enter(laptop, "laptop"),
      act("laptop", async () => {
        const own = (await ask<AccountView>(laptop, "GET", "/api/account")).sessions.find((session) => session.own);
        await ask(grace, "DELETE", `/api/account/sessions/${own?.id}`);
        return () => isSignedIn(laptop, false);
      }),
      enter(tablet, "tablet"),
      act("tablet", async () => {
        await ask(grace, "POST", "/api/account/sessions/end-others");
        return () => isSignedIn(tablet, false);
      }),
      enter(phone, "phone"),
      act("standing", async () => {
        await ask(operator, "PATCH", `/api/accounts/${id}`, { operator: true });
        return async () => assert.equal((await this.#listed(id))?.operator, true);
      }),
      ...this.#endedAccount("Jean", (ended) => ask(operator, "DELETE", `/api/accounts/${ended}`)),
      ...this.#endedAccount("Mo", (_, mo) => ask(mo, "DELETE", "/api/account")),
    ];
  }

  /** An account that is made and ended again. */
  #endedAccount(name: string, end: (account: string, who: Visitor) => Promise<unknown>): readonly Act[] {
    const who = this.#house.browser();
    let id = "";
    return [
      act(`account of ${name}`, async () => {
        await this.#come(who, name);
        id = (await passkeyOf(who)).account;
        return async () => assert.equal((await this.#listed(id))?.name, name);
      }),
      act(`account of ${name}`, async () => {
        await end(id, who);
        return async () => assert.equal(await this.#listed(id), undefined);
      }),
    ];
  }

  /** What every walk changes anew, because a house has one of it. */
  #houseActs(): readonly Act[] {
    const operator = this.#operator;
    const look = () => ask<HouseLook>(operator, "GET", "/api/house");
    return [
      act("house", async () => {
        await ask(operator, "PATCH", "/api/house", { name: `House ${this.#round}` });
        return async () => assert.equal((await look()).name, `House ${this.#round}`);
      }),
      act("logo", async () => {
        await upload(operator, "/api/house/logo", this.#picture("another logo"));
        await ask(operator, "DELETE", "/api/house/logo");
        return async () => assert.equal((await look()).logo, null);
      }),
      act("logo", async () => {
        const { logo } = await upload<HouseLook>(operator, "/api/house/logo", this.#picture("logo"));
        return async () => assert.deepEqual((await look()).logo, logo);
      }),
    ];
  }

  #at(path = ""): string {
    return `/api/events/${this.#slug}${path}`;
  }

  #event(): Promise<EventView> {
    return ask<EventView>(this.#operator, "GET", this.#at());
  }

  async #person(name: string): Promise<PersonView> {
    const { people } = await ask<{ people: PersonView[] }>(this.#operator, "GET", this.#at("/people"));
    return people.find((person) => person.name === name) ?? assert.fail(`no ${name}`);
  }

  /** Somebody comes by their personal link. */
  async #come(who: Visitor, name: string): Promise<void> {
    await ask(who, "POST", "/api/enter", { secret: (await this.#person(name)).link?.split("#")[1] });
  }

  /** An account as the operator sees it; undefined: there is none. */
  async #listed(id: string): Promise<AccountList["accounts"][number] | undefined> {
    return (await ask<AccountList>(this.#operator, "GET", "/api/accounts")).accounts.find((account) => account.id === id);
  }

  async #isLogged(wanted: string): Promise<void> {
    const { acts } = await ask<ActList>(this.#operator, "GET", this.#at("/acts"));
    assert.ok(
      acts.some((logged) => logged.act === wanted),
      wanted,
    );
  }

  async #read<Value>(...path: string[]): Promise<Value> {
    return JSON.parse(await readFile(join(this.#house.dataFolder, ...path), "utf8")) as Value;
  }

  #picture(seed: string): Uint8Array {
    return drawCard({ width: 128, height: 64, peaks: [], seed: `${this.#round} ${seed}` });
  }
}

/** Makes a passkey in a browser that may, and with the first one an account. */
async function passkeyOf(who: Visitor): Promise<{ readonly key: Passkey; readonly account: string }> {
  const { key, reply } = await makePasskey(who);
  assert.equal(reply.status, 201);
  return { key, account: reply.body.id };
}

async function isSignedIn(who: Visitor, wanted: boolean): Promise<void> {
  assert.equal((await who.call("GET", "/api/me")).status, wanted ? 200 : 401);
}
