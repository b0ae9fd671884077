import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventView, PersonView } from "../../../wire/api.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

// "-" = 401 unauthorised, "x" = 403 forbidden, "ok" = anything but those two (a stage that is not up is no matter of permission).
const MATRIX = `
                                          operator host co-host speaker producer moderator captioner guest-of-another stranger
  POST   /api/events                      ok       x    x       x       x        x         x         x                -
  GET    /api/events                      ok       x    x       x       x        x         x         x                -
  GET    /api/events/E                    ok       ok   ok      ok      ok       ok        ok        x                -
  PATCH  /api/events/E                    ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/postpone           ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/reschedule         ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/cancel             ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/undo               ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/duplicate          ok       x    x       x       x        x         x         x                -
  GET    /api/events/E/acts               ok       ok   ok      x       ok       ok        x         x                -
  GET    /api/events/E/people             ok       ok   ok      x       ok       ok        x         x                -
  POST   /api/events/E/people             ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/people/P/link      ok       ok   x       x       x        x         x         x                -
  DELETE /api/events/E/people/P           ok       ok   x       x       x        x         x         x                -
  GET    /api/events/E/recording          ok       ok   x       x       x        x         x         x                -
  PATCH  /api/events/E/recording          ok       ok   x       x       x        x         x         x                -
  DELETE /api/events/E/recording          ok       ok   x       x       x        x         x         x                -
  GET    /api/events/E/voices             ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/seat               ok       ok   ok      ok      ok       ok        ok        x                -
  POST   /api/events/E/live               ok       ok   ok      x       x        x         x         x                -
  POST   /api/events/E/end                ok       ok   x       x       x        x         x         x                -
  GET    /api/events/E/audience           ok       ok   ok      ok      ok       ok        ok        x                -
  POST   /api/events/E/doors              ok       ok   ok      x       ok       x         x         x                -
  GET    /api/events/E/sounds             ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/sounds             ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/streams            ok       ok   ok      x       ok       x         x         x                -
  PATCH  /api/events/E/sounds/S           ok       ok   ok      x       ok       x         x         x                -
  DELETE /api/events/E/sounds/S           ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/people/P/aside     ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/people/P/encoder   ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/people/P/audience  ok       ok   ok      x       ok       ok        x         x                -
  GET    /api/events/E/notes              x        ok   ok      ok      ok       ok        ok        x                -
  POST   /api/events/E/notes              x        ok   ok      ok      ok       ok        ok        x                -
  GET    /api/events/E/hands              ok       ok   ok      x       ok       ok        x         x                -
  POST   /api/events/E/hand-queue         ok       ok   ok      x       ok       ok        x         x                -
  POST   /api/events/E/hands/H/invite     ok       ok   ok      x       ok       x         x         x                -
  POST   /api/events/E/hands/H/aside      ok       ok   ok      x       ok       x         x         x                -
  DELETE /api/events/E/hands/H            ok       ok   ok      x       ok       ok        x         x                -
  POST   /api/events/E/notice             ok       ok   ok      x       x        x         x         x                -
  POST   /api/events/E/repeat             ok       x    x       x       x        x         x         x                -
  POST   /api/events/E/artwork            ok       ok   x       x       x        x         x         x                -
  DELETE /api/events/E/artwork            ok       ok   x       x       x        x         x         x                -
  GET    /api/events/E/listeners          ok       ok   x       x       x        x         x         x                -
  POST   /api/events/E/listeners          ok       ok   x       x       x        x         x         x                -
  DELETE /api/events/E/listeners/L        ok       ok   x       x       x        x         x         x                -
  GET    /api/series                      ok       x    x       x       x        x         x         x                -
  POST   /api/series                      ok       x    x       x       x        x         x         x                -
  PATCH  /api/series/T                    ok       x    x       x       x        x         x         x                -
  GET    /api/account/events              ok       ok   ok      ok      ok       ok        ok        ok               -
  POST   /api/account/passkeys/options    ok       ok   ok      x       ok       ok        x         ok               -
  GET    /api/account                     -        -    -       -       -        -         -         -                -
  POST   /api/account/codes               -        -    -       -       -        -         -         -                -
  GET    /api/accounts                    ok       x    x       x       x        x         x         x                -
  PATCH  /api/accounts/a                  ok       x    x       x       x        x         x         x                -
  DELETE /api/accounts/a                  ok       x    x       x       x        x         x         x                -
`;

const BODIES: Readonly<Record<string, object>> = {
  "POST /api/events": goodDraft,
  "PATCH /api/events/E": { description: "new" },
  "PATCH /api/events/E/recording": { clips: false },
  "POST /api/events/E/people": { name: "Eve" },
  "POST /api/events/E/postpone": {},
  "POST /api/events/E/reschedule": { startDate: goodDraft.startDate },
  "POST /api/events/E/cancel": {},
  "POST /api/events/E/undo": {},
  "POST /api/events/E/duplicate": { startDate: goodDraft.startDate },
  "POST /api/events/E/notice": { message: "A moment, please" },
  "POST /api/events/E/repeat": { every: "week", count: 2 },
  "POST /api/events/E/listeners": { names: ["Eve"] },
  "POST /api/account/passkeys/options": {},
  "PATCH /api/accounts/a": { operator: true },
  "POST /api/series": { title: "Nights" },
  "PATCH /api/series/T": { title: "Days" },
  "POST /api/events/E/streams": { name: "Radio", url: "http://radio.example/live" },
  "PATCH /api/events/E/sounds/S": { loop: true },
  "POST /api/events/E/people/P/aside": { aside: true },
  "POST /api/events/E/notes": { text: "Ask about the loom." },
  "POST /api/events/E/hand-queue": { open: true },
  "POST /api/events/E/doors": { mode: "hold", message: "A moment, please" },
};

test("every request is allowed to exactly those whom the matrix names", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const enter = async (slug: string, role: string): Promise<Visitor> => {
    const { people } = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
    const visitor = house.visitor();
    await visitor.call("POST", "/api/enter", { secret: people.find((person) => person.role === role)?.link?.split("#")[1] });
    return visitor;
  };
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  for (const role of ["producer", "moderator", "captioner"]) await operator.call("POST", `/api/events/${slug}/people`, { name: role, role });
  const other = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, title: "Another" })).body.slug;
  const visitors: Readonly<Record<string, Visitor>> = {
    operator: operator,
    host: await enter(slug, "host"),
    "co-host": await enter(slug, "co-host"),
    speaker: await enter(slug, "speaker"),
    producer: await enter(slug, "producer"),
    moderator: await enter(slug, "moderator"),
    captioner: await enter(slug, "captioner"),
    "guest-of-another": await enter(other, "host"),
    stranger: house.visitor(),
  };
  const [names = [], ...rows] = MATRIX.trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  for (const [method = "", path = "", ...cells] of rows) {
    for (const [index, name] of names.entries()) {
      const visitor = visitors[name];
      assert.ok(visitor, name);
      const person = path.includes("/P") ? (await operator.call<PersonView>("POST", `/api/events/${slug}/people`, { name: "Somebody" })).body.id : "";
      const { status, body } = await visitor.call<ProblemDetails>(method, path.replace("E", slug).replace("/P", `/${person}`), BODIES[`${method} ${path}`]);
      const verdict = status === 401 ? "-" : status === 403 ? "x" : "ok";
      assert.equal(verdict, cells[index], `${name}: ${method} ${path} gave ${status} ${body?.code ?? ""}`);
      if (person !== "") await operator.call("DELETE", `/api/events/${slug}/people/${person}`);
    }
  }
});

test("a co-host sees who is there but nobody's link", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
  const coHost = house.visitor();
  await coHost.call("POST", "/api/enter", { secret: people.find((person) => person.role === "co-host")?.link?.split("#")[1] });
  const seen = (await coHost.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body.people;
  assert.deepEqual(
    seen,
    people.map((person) => ({ ...person, link: null, came: person.role === "co-host" })),
  );
});
