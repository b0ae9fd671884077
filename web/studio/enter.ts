import { lang } from "../words/language.ts";
import { say } from "../words/studio.ts";
import { call, takeSecret, tell as tellProblem } from "./api.ts";

document.documentElement.lang = lang;
const status = document.getElementById("status");
const title = document.getElementById("title");
if (title !== null) title.textContent = "Earshot";
const tell = (text: string) => {
  if (status !== null) status.textContent = text;
};

tell(say("entering"));
const secret = takeSecret();
const entered = secret === undefined ? undefined : await call<{ event?: { slug: string } }>("POST", "/api/enter", { secret });
if (entered?.ok === true) {
  tell(say("entered"));
  location.replace(entered.answer.event === undefined ? "/studio" : `/studio/${entered.answer.event.slug}`);
} else tell(entered?.ok === false && entered.problem.code === "link-used" ? tellProblem(entered.problem) : say("badLink"));
