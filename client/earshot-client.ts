// Made from the API's description by `npm run docs`. A client of Earshot's backstage for browsers and Node; it needs nothing but fetch.

/** A file that is sent. */
export type FileBody = Blob | Uint8Array<ArrayBuffer>;

/** Where the house is and who acts. */
export interface EarshotClientOptions {
  /** Address of the backstage port, such as https://backstage.example.org */
  readonly address: string;
  /** An API token; absent: whoever the cookies of `fetch` say. */
  readonly token?: string;
  /** Absent: the platform's own. */
  readonly fetch?: (address: string, request: RequestInit) => Promise<Response>;
}

/** A refusal as it comes. */
interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** A refusal, as the house told it. @spec RFC 9457 */
export class EarshotProblem extends Error {
  readonly status: number;
  /** Stable name of the failure. */
  readonly code: string;
  /** What to do now. */
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** After how many seconds the same call may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds: number | undefined) {
    super(problem.title);
    this.name = "EarshotProblem";
    this.status = problem.status;
    this.code = problem.code;
    this.action = problem.action;
    this.details = problem.details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Every call of the API. Each throws an EarshotProblem when it is refused. */
export class EarshotClient {
  readonly #options: EarshotClientOptions;

  constructor(options: EarshotClientOptions) {
    this.#options = options;
  }

  /** Signs in with the secret of the host link (works once per start) or of a personal link (opens on one device only); sets the session cookie. `POST /api/enter` */
  postEnter(body: PostEnterBody): Promise<PostEnterAnswer> {
    return this.#ask("POST", `/api/enter`, { json: body });
  }

  /** Who this browser is signed in as. `GET /api/me` */
  getMe(): Promise<GetMeAnswer> {
    return this.#ask("GET", `/api/me`);
  }

  /** Signs out and removes the cookie. `POST /api/leave` */
  async postLeave(): Promise<void> {
    await this.#call("POST", `/api/leave`);
  }

  /** The ways to sign in that this house has. `GET /api/sign-in` */
  getSignIn(): Promise<GetSignInAnswer> {
    return this.#ask("GET", `/api/sign-in`);
  }

  /** Signs in with a passkey's answer; sets the session cookie. `POST /api/sign-in` */
  postSignIn(body: PostSignInBody): Promise<PostSignInAnswer> {
    return this.#ask("POST", `/api/sign-in`, { json: body });
  }

  /** What a browser asks a passkey to sign in; good for five minutes, in this browser, once. `POST /api/sign-in/options` */
  postSignInOptions(): Promise<PostSignInOptionsAnswer> {
    return this.#ask("POST", `/api/sign-in/options`);
  }

  /** Signs in with a printed recovery code; each works once. `POST /api/sign-in/code` */
  postSignInCode(body: PostSignInCodeBody): Promise<PostSignInCodeAnswer> {
    return this.#ask("POST", `/api/sign-in/code`, { json: body });
  }

  /** Where a browser goes to sign in with the house's own service; good for five minutes, in this browser, once. `POST /api/sign-in/provider/start` */
  postSignInProviderStart(): Promise<PostSignInProviderStartAnswer> {
    return this.#ask("POST", `/api/sign-in/provider/start`);
  }

  /** Signs in with what the house's own service sent the browser back with. `POST /api/sign-in/provider` */
  postSignInProvider(body: PostSignInProviderBody): Promise<PostSignInProviderAnswer> {
    return this.#ask("POST", `/api/sign-in/provider`, { json: body });
  }

  /** Sends a link that signs in once, for 15 minutes. The answer is the same whether or not the address is known. `POST /api/sign-in/mail` */
  async postSignInMail(body: PostSignInMailBody): Promise<void> {
    await this.#call("POST", `/api/sign-in/mail`, { json: body });
  }

  /** Signs in with the secret of a link sent by e-mail, after a press of a button: programs that look into mails follow links. `POST /api/sign-in/mail/open` */
  postSignInMailOpen(body: PostSignInMailOpenBody): Promise<PostSignInMailOpenAnswer> {
    return this.#ask("POST", `/api/sign-in/mail/open`, { json: body });
  }

  /** Your account: passkeys, recovery codes, browsers that are signed in. `GET /api/account` */
  getAccount(): Promise<GetAccountAnswer> {
    return this.#ask("GET", `/api/account`);
  }

  /** Changes your name. `PATCH /api/account` */
  patchAccount(body: PatchAccountBody): Promise<PatchAccountAnswer> {
    return this.#ask("PATCH", `/api/account`, { json: body });
  }

  /** Ends your account: nothing signs in to it any more, and every browser is signed out of it. `DELETE /api/account` */
  async deleteAccount(): Promise<void> {
    await this.#call("DELETE", `/api/account`);
  }

  /** Events in which you hold a seat. `GET /api/account/events` */
  getAccountEvents(): Promise<GetAccountEventsAnswer> {
    return this.#ask("GET", `/api/account/events`);
  }

  /** What a browser asks for a new passkey: of your account, or of a new one when you came by the host link or as a host. `POST /api/account/passkeys/options` */
  postAccountPasskeysOptions(body: PostAccountPasskeysOptionsBody): Promise<PostAccountPasskeysOptionsAnswer> {
    return this.#ask("POST", `/api/account/passkeys/options`, { json: body });
  }

  /** Keeps a new passkey; the first one makes the account and signs in to it. `POST /api/account/passkeys` */
  postAccountPasskeys(body: PostAccountPasskeysBody): Promise<PostAccountPasskeysAnswer> {
    return this.#ask("POST", `/api/account/passkeys`, { json: body });
  }

  /** Takes a passkey away and ends the sessions it opened; never the last way into the account. `DELETE /api/account/passkeys/{passkey}` */
  async deleteAccountPasskeysPasskey(at: { readonly passkey: string }): Promise<void> {
    await this.#call("DELETE", `/api/account/passkeys/${part(at.passkey)}`);
  }

  /** Makes ten recovery codes; shown this once, and those made before open nothing any more. `POST /api/account/codes` */
  postAccountCodes(): Promise<PostAccountCodesAnswer> {
    return this.#ask("POST", `/api/account/codes`);
  }

  /** Signs one of your browsers out. `DELETE /api/account/sessions/{session}` */
  async deleteAccountSessionsSession(at: { readonly session: string }): Promise<void> {
    await this.#call("DELETE", `/api/account/sessions/${part(at.session)}`);
  }

  /** Signs every other browser out. `POST /api/account/sessions/end-others` */
  async postAccountSessionsEndOthers(): Promise<void> {
    await this.#call("POST", `/api/account/sessions/end-others`);
  }

  /** Accounts of those who work here, with passkeys or from the house's own sign-in service, for the operator. `GET /api/accounts` */
  getAccounts(): Promise<GetAccountsAnswer> {
    return this.#ask("GET", `/api/accounts`);
  }

  /** Lets an account do what the operator may, or no longer. `PATCH /api/accounts/{account}` */
  async patchAccountsAccount(at: { readonly account: string }, body: PatchAccountsAccountBody): Promise<void> {
    await this.#call("PATCH", `/api/accounts/${part(at.account)}`, { json: body });
  }

  /** Ends an account: nothing signs in to it any more, and every browser is signed out of it. `DELETE /api/accounts/{account}` */
  async deleteAccountsAccount(at: { readonly account: string }): Promise<void> {
    await this.#call("DELETE", `/api/accounts/${part(at.account)}`);
  }

  /** Makes an event. You are its host; every speaker gets a personal link. `POST /api/events` */
  postEvents(body: PostEventsBody): Promise<PostEventsAnswer> {
    return this.#ask("POST", `/api/events`, { json: body });
  }

  /** Your events, the latest start first; the Sound check is not among them. `GET /api/events` */
  getEvents(): Promise<GetEventsAnswer> {
    return this.#ask("GET", `/api/events`);
  }

  /** One event, as you may see it. `GET /api/events/{slug}` */
  getEventsSlug(at: { readonly slug: string }): Promise<GetEventsSlugAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}`);
  }

  /** Changes title, description, times, visibility or speakers; what is absent stays. A new start is a move: it is announced with its reason. `PATCH /api/events/{slug}` */
  patchEventsSlug(at: { readonly slug: string }, body: PatchEventsSlugBody): Promise<PatchEventsSlugAnswer> {
    return this.#ask("PATCH", `/api/events/${part(at.slug)}`, { json: body });
  }

  /** A seat token for you, good for a minute: your own seat, or the host's for the operator. Starts the stage when it is not up yet. `POST /api/events/{slug}/seat` */
  postEventsSlugSeat(at: { readonly slug: string }): Promise<PostEventsSlugSeatAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/seat`);
  }

  /** A seat token for an encoder of yours (OBS and others), good for a day, and the address it sends to. From going live on what it sends is heard and recorded; the ledger notes that you knew. `POST /api/events/{slug}/encoder` */
  postEventsSlugEncoder(at: { readonly slug: string }): Promise<PostEventsSlugEncoderAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/encoder`);
  }

  /** Goes on air. `POST /api/events/{slug}/live` */
  postEventsSlugLive(at: { readonly slug: string }): Promise<PostEventsSlugLiveAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/live`);
  }

  /** Ends the event; the replay is at the same address at once. `POST /api/events/{slug}/end` */
  postEventsSlugEnd(at: { readonly slug: string }): Promise<PostEventsSlugEndAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/end`);
  }

  /** Puts the event off until you name a new time. The address stays; pages, calendars and feeds say so at once. `POST /api/events/{slug}/postpone` */
  postEventsSlugPostpone(at: { readonly slug: string }, body: PostEventsSlugPostponeBody): Promise<PostEventsSlugPostponeAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/postpone`, { json: body });
  }

  /** Gives the event a new time, later or earlier; also brings back one that was postponed or cancelled. The page shows the old and the new time. `POST /api/events/{slug}/reschedule` */
  postEventsSlugReschedule(at: { readonly slug: string }, body: PostEventsSlugRescheduleBody): Promise<PostEventsSlugRescheduleAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/reschedule`, { json: body });
  }

  /** Calls the event off. The address stays and says why. `POST /api/events/{slug}/cancel` */
  postEventsSlugCancel(at: { readonly slug: string }, body: PostEventsSlugCancelBody): Promise<PostEventsSlugCancelAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/cancel`, { json: body });
  }

  /** Tells those who wait for the start something, such as why it begins late and when you expect to begin; an empty message takes it back. The announced time stays. `POST /api/events/{slug}/notice` */
  postEventsSlugNotice(at: { readonly slug: string }, body: PostEventsSlugNoticeBody): Promise<PostEventsSlugNoticeAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/notice`, { json: body });
  }

  /** Takes the latest move, cancellation or correction back; again and again it walks back through all of them. `POST /api/events/{slug}/undo` */
  postEventsSlugUndo(at: { readonly slug: string }, body: PostEventsSlugUndoBody): Promise<PostEventsSlugUndoAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/undo`, { json: body });
  }

  /** Makes an event like this one at another time: same texts and people, a new address and new personal links. `POST /api/events/{slug}/duplicate` */
  postEventsSlugDuplicate(at: { readonly slug: string }, body: PostEventsSlugDuplicateBody): Promise<PostEventsSlugDuplicateAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/duplicate`, { json: body });
  }

  /** Everything that was done to the event, oldest first. Nothing in it is ever changed or removed. `GET /api/events/{slug}/acts` */
  getEventsSlugActs(at: { readonly slug: string }): Promise<GetEventsSlugActsAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/acts`);
  }

  /** Every series of the house. `GET /api/series` */
  getSeries(): Promise<GetSeriesAnswer> {
    return this.#ask("GET", `/api/series`);
  }

  /** Makes a series; events join it by their field `series`. `POST /api/series` */
  postSeries(body: PostSeriesBody): Promise<PostSeriesAnswer> {
    return this.#ask("POST", `/api/series`, { json: body });
  }

  /** Changes what a series is called and about; its address stays. `PATCH /api/series/{slug}` */
  patchSeriesSlug(at: { readonly slug: string }, body: PatchSeriesSlugBody): Promise<PatchSeriesSlugAnswer> {
    return this.#ask("PATCH", `/api/series/${part(at.slug)}`, { json: body });
  }

  /** Makes the event repeat: more evenings like it at the same wall-clock time of its zone, each an event of its own, all in one series. Everything is made or nothing. `POST /api/events/{slug}/repeat` */
  postEventsSlugRepeat(at: { readonly slug: string }, body: PostEventsSlugRepeatBody): Promise<PostEventsSlugRepeatAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/repeat`, { json: body });
  }

  /** Gives the event a picture (PNG, JPEG, WebP as the body); metadata is taken out. With the query `as=cover` a small copy of it, at most 10 KB, for the tag of the recording. `POST /api/events/{slug}/artwork` */
  postEventsSlugArtwork(at: { readonly slug: string }, file: FileBody): Promise<PostEventsSlugArtworkAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/artwork`, { file });
  }

  /** Takes the event's picture away; the drawn one stands for it. Can be undone for thirty days. `DELETE /api/events/{slug}/artwork` */
  deleteEventsSlugArtwork(at: { readonly slug: string }): Promise<DeleteEventsSlugArtworkAnswer> {
    return this.#ask("DELETE", `/api/events/${part(at.slug)}/artwork`);
  }

  /** Personal listener links that open the event, when it is for invited listeners. `GET /api/events/{slug}/listeners` */
  getEventsSlugListeners(at: { readonly slug: string }): Promise<GetEventsSlugListenersAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/listeners`);
  }

  /** Makes a personal listener link for each name. Whoever opens one can listen in that browser until you take the link away. `POST /api/events/{slug}/listeners` */
  postEventsSlugListeners(at: { readonly slug: string }, body: PostEventsSlugListenersBody): Promise<PostEventsSlugListenersAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/listeners`, { json: body });
  }

  /** Takes a listener's link away: within two seconds it opens nothing, and who listens by it hears nothing more. `DELETE /api/events/{slug}/listeners/{id}` */
  async deleteEventsSlugListenersId(at: { readonly slug: string; readonly id: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/listeners/${part(at.id)}`);
  }

  /** Everybody with a seat; hosts see the personal links. `GET /api/events/{slug}/people` */
  getEventsSlugPeople(at: { readonly slug: string }): Promise<GetEventsSlugPeopleAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/people`);
  }

  /** Invites a person: a seat and a personal link. `POST /api/events/{slug}/people` */
  postEventsSlugPeople(at: { readonly slug: string }, body: PostEventsSlugPeopleBody): Promise<PostEventsSlugPeopleAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/people`, { json: body });
  }

  /** Gives a person a new link; the old one opens nothing any more. `POST /api/events/{slug}/people/{person}/link` */
  postEventsSlugPeoplePersonLink(at: { readonly slug: string; readonly person: string }): Promise<PostEventsSlugPeoplePersonLinkAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/people/${part(at.person)}/link`);
  }

  /** A token for an encoder (OBS and others) on a person's seat, good for a day, and the address it sends to. It is shown once; what it sends is heard and recorded in that person's name. A new link for the person ends it. `POST /api/events/{slug}/people/{person}/encoder` */
  postEventsSlugPeoplePersonEncoder(at: { readonly slug: string; readonly person: string }): Promise<PostEventsSlugPeoplePersonEncoderAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/people/${part(at.person)}/encoder`);
  }

  /** Gives a person another name, another role, or a language to interpret into, heard only by those who choose it; an empty one: on the floor again. A host is made by handing over. `PATCH /api/events/{slug}/people/{person}` */
  patchEventsSlugPeoplePerson(
    at: { readonly slug: string; readonly person: string },
    body: PatchEventsSlugPeoplePersonBody,
  ): Promise<PatchEventsSlugPeoplePersonAnswer> {
    return this.#ask("PATCH", `/api/events/${part(at.slug)}/people/${part(at.person)}`, { json: body });
  }

  /** Takes a person's seat and link away. `DELETE /api/events/{slug}/people/{person}` */
  async deleteEventsSlugPeoplePerson(at: { readonly slug: string; readonly person: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/people/${part(at.person)}`);
  }

  /** Takes a speaker off the air for a talk with the producer alone, or brings them on stage again: muted, until they unmute. `POST /api/events/{slug}/people/{person}/aside` */
  async postEventsSlugPeoplePersonAside(at: { readonly slug: string; readonly person: string }, body: PostEventsSlugPeoplePersonAsideBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/people/${part(at.person)}/aside`, { json: body });
  }

  /** What you wrote down for yourself at this event. Nobody else reads it, and it is in no record. `GET /api/events/{slug}/notes` */
  getEventsSlugNotes(at: { readonly slug: string }): Promise<GetEventsSlugNotesAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/notes`);
  }

  /** Replaces what you wrote down for yourself at this event. `POST /api/events/{slug}/notes` */
  async postEventsSlugNotes(at: { readonly slug: string }, body: PostEventsSlugNotesBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/notes`, { json: body });
  }

  /** A listener asks to speak: a place at the end of the queue, kept for this device. `POST /api/events/{slug}/hands` */
  postEventsSlugHands(at: { readonly slug: string }, body: PostEventsSlugHandsBody): Promise<PostEventsSlugHandsAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/hands`, { json: body });
  }

  /** Who asks to speak, the longest waiting first. `GET /api/events/{slug}/hands` */
  getEventsSlugHands(at: { readonly slug: string }): Promise<GetEventsSlugHandsAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/hands`);
  }

  /** How the hand of this device stands: its place in the queue, or whether it is asked on stage. `GET /api/events/{slug}/hands/mine` */
  getEventsSlugHandsMine(at: { readonly slug: string }): Promise<GetEventsSlugHandsMineAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/hands/mine`);
  }

  /** Takes one's own hand down; an invitation ends with it. `DELETE /api/events/{slug}/hands/mine` */
  async deleteEventsSlugHandsMine(at: { readonly slug: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/hands/mine`);
  }

  /** Takes the invitation up, on the device that asked: signs it in to its seat. Works on no other device. `POST /api/events/{slug}/hands/mine/accept` */
  postEventsSlugHandsMineAccept(at: { readonly slug: string }): Promise<PostEventsSlugHandsMineAcceptAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/hands/mine/accept`);
  }

  /** Lets listeners ask to speak, or no longer; the event page shows it. `POST /api/events/{slug}/hand-queue` */
  postEventsSlugHandQueue(at: { readonly slug: string }, body: PostEventsSlugHandQueueBody): Promise<PostEventsSlugHandQueueAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/hand-queue`, { json: body });
  }

  /** Asks a listener on stage: a seat that opens on their device alone; they arrive muted. `POST /api/events/{slug}/hands/{hand}/invite` */
  async postEventsSlugHandsHandInvite(at: { readonly slug: string; readonly hand: string }): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/hands/${part(at.hand)}/invite`);
  }

  /** Asks a listener to a talk with the producer first: a seat off the air, that opens on their device alone. From there they are brought on stage, muted, or sent back. `POST /api/events/{slug}/hands/{hand}/aside` */
  async postEventsSlugHandsHandAside(at: { readonly slug: string; readonly hand: string }): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/hands/${part(at.hand)}/aside`);
  }

  /** Takes a listener's hand down; they may raise it again. `DELETE /api/events/{slug}/hands/{hand}` */
  async deleteEventsSlugHandsHand(at: { readonly slug: string; readonly hand: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/hands/${part(at.hand)}`);
  }

  /** Sends a person back to the audience; they may ask to speak again. A host is not sent back. `POST /api/events/{slug}/people/{person}/audience` */
  async postEventsSlugPeoplePersonAudience(at: { readonly slug: string; readonly person: string }): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/people/${part(at.person)}/audience`);
  }

  /** Leaves the stage by oneself: the seat and its link end, nobody has to allow it. The last host hands over first. `POST /api/events/{slug}/step-down` */
  async postEventsSlugStepDown(at: { readonly slug: string }): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/step-down`);
  }

  /** Makes another person the host; who was host becomes a co-host. Nobody's sound stops. `POST /api/events/{slug}/hand-over` */
  async postEventsSlugHandOver(at: { readonly slug: string }, body: PostEventsSlugHandOverBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/hand-over`, { json: body });
  }

  /** Asks to be reminded, without an account: by mail, which a mail asks to confirm, or by Web Push. Told when it is soon, on air, moved, called off, to be heard again. `POST /api/events/{slug}/reminders` */
  postEventsSlugReminders(at: { readonly slug: string }, body: PostEventsSlugRemindersBody): Promise<PostEventsSlugRemindersAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/reminders`, { json: body });
  }

  /** How many want to be reminded, and how far each notice is: waiting, sent, failed. No address is in it. `GET /api/events/{slug}/reminders` */
  getEventsSlugReminders(at: { readonly slug: string }): Promise<GetEventsSlugRemindersAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/reminders`);
  }

  /** Puts a browser's new push subscription in the place of one that ended, wherever it is reminded; the old one's keys show that it is that browser. `POST /api/reminders/renew` */
  async postRemindersRenew(body: PostRemindersRenewBody): Promise<void> {
    await this.#call("POST", `/api/reminders/renew`, { json: body });
  }

  /** What a link in one of our mails stands for. Looking confirms and ends nothing: mail programs look at every link. `GET /api/reminders/{token}` */
  getRemindersToken(at: { readonly token: string }): Promise<GetRemindersTokenAnswer> {
    return this.#ask("GET", `/api/reminders/${part(at.token)}`);
  }

  /** Confirms a mail address. `POST /api/reminders/{token}/confirm` */
  postRemindersTokenConfirm(at: { readonly token: string }): Promise<PostRemindersTokenConfirmAnswer> {
    return this.#ask("POST", `/api/reminders/${part(at.token)}/confirm`);
  }

  /** Ends a reminder and forgets its address; nothing more is sent. `POST /api/reminders/{token}/end` */
  async postRemindersTokenEnd(at: { readonly token: string }): Promise<void> {
    await this.#call("POST", `/api/reminders/${part(at.token)}/end`);
  }

  /** What this browser wrote, voted for and reacted with, and what moderators told it. `GET /api/events/{slug}/wall/mine` */
  getEventsSlugWallMine(at: { readonly slug: string }): Promise<GetEventsSlugWallMineAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/wall/mine`);
  }

  /** Lets this browser be known on the wall, so that what it writes is its own. A browser that keeps no cookie of this house is a new one each time. `POST /api/events/{slug}/wall/mine` */
  async postEventsSlugWallMine(at: { readonly slug: string }): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/mine`);
  }

  /** Reacts to what is heard at this moment. How many people did so within the last minute stands on the wall, and nothing else about them. `POST /api/events/{slug}/wall/moment` */
  async postEventsSlugWallMoment(at: { readonly slug: string }, body: PostEventsSlugWallMomentBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/moment`, { json: body });
  }

  /** Writes a post, a question or a reply, or shows a post again. Text only; links and markup stay letters. `POST /api/events/{slug}/wall/posts` */
  postEventsSlugWallPosts(at: { readonly slug: string }, body: PostEventsSlugWallPostsBody): Promise<PostEventsSlugWallPostsAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/wall/posts`, { json: body });
  }

  /** Takes one's own post back. `DELETE /api/events/{slug}/wall/posts/{post}` */
  async deleteEventsSlugWallPostsPost(at: { readonly slug: string; readonly post: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/wall/posts/${part(at.post)}`);
  }

  /** Wants a question answered, or no longer; one vote for each browser or account. `POST /api/events/{slug}/wall/posts/{post}/vote` */
  async postEventsSlugWallPostsPostVote(at: { readonly slug: string; readonly post: string }, body: PostEventsSlugWallPostsPostVoteBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/posts/${part(at.post)}/vote`, { json: body });
  }

  /** Reacts to a post, or takes that back. Reactions are counted, never listed. `POST /api/events/{slug}/wall/posts/{post}/reaction` */
  async postEventsSlugWallPostsPostReaction(
    at: { readonly slug: string; readonly post: string },
    body: PostEventsSlugWallPostsPostReactionBody,
  ): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/posts/${part(at.post)}/reaction`, { json: body });
  }

  /** Tells the moderators of a post. `POST /api/events/{slug}/wall/posts/{post}/report` */
  async postEventsSlugWallPostsPostReport(at: { readonly slug: string; readonly post: string }, body: PostEventsSlugWallPostsPostReportBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/posts/${part(at.post)}/report`, { json: body });
  }

  /** Says why an act of moderation against oneself is wrong; once for each act, also while suspended. `POST /api/events/{slug}/wall/appeals` */
  async postEventsSlugWallAppeals(at: { readonly slug: string }, body: PostEventsSlugWallAppealsBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/appeals`, { json: body });
  }

  /** A page of the wall, the newest is 1. Everybody reads it at the event's public address; by invitation only, people of the event and invited listeners read it here. `GET /api/events/{slug}/wall/pages/{page}` */
  getEventsSlugWallPagesPage(at: { readonly slug: string; readonly page: string }): Promise<GetEventsSlugWallPagesPageAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/wall/pages/${part(at.page)}`);
  }

  /** Everything that waits for a moderator, the longest waiting first: held posts, reports, appeals; who is suspended, and what was done lately. `GET /api/events/{slug}/moderation` */
  getEventsSlugModeration(at: { readonly slug: string }): Promise<GetEventsSlugModerationAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/moderation`);
  }

  /** Opens or closes the wall, locks it, sets slow mode, word list, what waits for a moderator, and whether the tally is public. `PATCH /api/events/{slug}/wall` */
  patchEventsSlugWall(at: { readonly slug: string }, body: PatchEventsSlugWallBody): Promise<PatchEventsSlugWallAnswer> {
    return this.#ask("PATCH", `/api/events/${part(at.slug)}/wall`, { json: body });
  }

  /** Holds or removes a post, or suspends whoever wrote it, raised a hand, came to a seat or listens by a personal link, for a time or for good: with a rule and a reason, which they are told at once. `POST /api/events/{slug}/moderation/acts` */
  postEventsSlugModerationActs(at: { readonly slug: string }, body: PostEventsSlugModerationActsBody): Promise<PostEventsSlugModerationActsAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/moderation/acts`, { json: body });
  }

  /** Takes an act back: the held or removed post is what it was, whoever was suspended may what they might before. `POST /api/events/{slug}/moderation/acts/{act}/undo` */
  postEventsSlugModerationActsActUndo(
    at: { readonly slug: string; readonly act: string },
    body: PostEventsSlugModerationActsActUndoBody,
  ): Promise<PostEventsSlugModerationActsActUndoAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/moderation/acts/${part(at.act)}/undo`, { json: body });
  }

  /** Decides an appeal; granting it takes the act back. `POST /api/events/{slug}/moderation/appeals/{act}` */
  async postEventsSlugModerationAppealsAct(at: { readonly slug: string; readonly act: string }, body: PostEventsSlugModerationAppealsActBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/moderation/appeals/${part(at.act)}`, { json: body });
  }

  /** The reports of a post are read, and nothing is done about it. `DELETE /api/events/{slug}/moderation/reports/{post}` */
  async deleteEventsSlugModerationReportsPost(at: { readonly slug: string; readonly post: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/moderation/reports/${part(at.post)}`);
  }

  /** Puts a post above all others, or back; three at most. `POST /api/events/{slug}/wall/posts/{post}/pin` */
  async postEventsSlugWallPostsPostPin(at: { readonly slug: string; readonly post: string }, body: PostEventsSlugWallPostsPostPinBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/wall/posts/${part(at.post)}/pin`, { json: body });
  }

  /** Who listens and who has: now, peak, average, hours, sessions, unique listeners, each by its definition. `GET /api/events/{slug}/audience` */
  getEventsSlugAudience(at: { readonly slug: string }): Promise<GetEventsSlugAudienceAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/audience`);
  }

  /** Orders for the doors: leave them to the server, let everybody in, hold newcomers, set a rate or a cap. Heard by every front within a second or two. `POST /api/events/{slug}/doors` */
  async postEventsSlugDoors(at: { readonly slug: string }, body: PostEventsSlugDoorsBody): Promise<void> {
    await this.#call("POST", `/api/events/${part(at.slug)}/doors`, { json: body });
  }

  /** The recording: its length, where the replay begins, clips, how long it is kept. `GET /api/events/{slug}/recording` */
  getEventsSlugRecording(at: { readonly slug: string }): Promise<GetEventsSlugRecordingAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/recording`);
  }

  /** Decides where the replay begins (the whole stays available), whether listeners may share clips, how long it is kept, and what is kept beside it (speakers' own tracks, FLAC); what is absent stays. `PATCH /api/events/{slug}/recording` */
  patchEventsSlugRecording(at: { readonly slug: string }, body: PatchEventsSlugRecordingBody): Promise<PatchEventsSlugRecordingAnswer> {
    return this.#ask("PATCH", `/api/events/${part(at.slug)}/recording`, { json: body });
  }

  /** Deletes the recording for good. Title, times and the fingerprint of every segment stay public; no sound can be made from them. `DELETE /api/events/{slug}/recording` */
  deleteEventsSlugRecording(at: { readonly slug: string }): Promise<DeleteEventsSlugRecordingAnswer> {
    return this.#ask("DELETE", `/api/events/${part(at.slug)}/recording`);
  }

  /** A speaker's own track, for who may decide about the recording: their own packets as they came, as Ogg Opus, to the sample beside the programme. `GET /api/events/{slug}/tracks/{seat}` */
  async getEventsSlugTracksSeat(at: { readonly slug: string; readonly seat: string }): Promise<Blob> {
    return await (await this.#call("GET", `/api/events/${part(at.slug)}/tracks/${part(at.seat)}`)).blob();
  }

  /** Voice or path? How everybody's voice came in, hop by hop, with every fault from when to when, and who talked how long: while on air and after. It names people's microphones; no public page has it. `GET /api/events/{slug}/voices` */
  getEventsSlugVoices(at: { readonly slug: string }): Promise<GetEventsSlugVoicesAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/voices`);
  }

  /** The event's sounds: jingles, waiting music, streams. `GET /api/events/{slug}/sounds` */
  getEventsSlugSounds(at: { readonly slug: string }): Promise<GetEventsSlugSoundsAnswer> {
    return this.#ask("GET", `/api/events/${part(at.slug)}/sounds`);
  }

  /** Takes in a sound file (MP3, WAV, FLAC, Opus) as the body; its name is the query's `name`. Answers when it is decoded, measured and on the disk. `POST /api/events/{slug}/sounds` */
  postEventsSlugSounds(at: { readonly slug: string }, asked: { readonly name?: string }, file: FileBody): Promise<PostEventsSlugSoundsAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/sounds${query(asked)}`, { file });
  }

  /** Adds a stream (MP3 or Ogg Opus over http or https) as a sound. `POST /api/events/{slug}/streams` */
  postEventsSlugStreams(at: { readonly slug: string }, body: PostEventsSlugStreamsBody): Promise<PostEventsSlugStreamsAnswer> {
    return this.#ask("POST", `/api/events/${part(at.slug)}/streams`, { json: body });
  }

  /** Names a sound, sets its level, whether it plays again and again, goes down while somebody talks, and is the waiting music of listeners; what plays follows at once. `PATCH /api/events/{slug}/sounds/{id}` */
  patchEventsSlugSoundsId(at: { readonly slug: string; readonly id: string }, body: PatchEventsSlugSoundsIdBody): Promise<PatchEventsSlugSoundsIdAnswer> {
    return this.#ask("PATCH", `/api/events/${part(at.slug)}/sounds/${part(at.id)}`, { json: body });
  }

  /** Deletes a sound; one that plays fades out. `DELETE /api/events/{slug}/sounds/{id}` */
  async deleteEventsSlugSoundsId(at: { readonly slug: string; readonly id: string }): Promise<void> {
    await this.#call("DELETE", `/api/events/${part(at.slug)}/sounds/${part(at.id)}`);
  }

  /** Where recordings are kept, for how long, and what waits for a store that takes nothing. `GET /api/storage` */
  getStorage(): Promise<GetStorageAnswer> {
    return this.#ask("GET", `/api/storage`);
  }

  /** Tokens of programs, the newest first; never the tokens themselves. `GET /api/tokens` */
  getTokens(): Promise<GetTokensAnswer> {
    return this.#ask("GET", `/api/tokens`);
  }

  /** Makes a token that may what its scopes say; it is shown this once. `POST /api/tokens` */
  postTokens(body: PostTokensBody): Promise<PostTokensAnswer> {
    return this.#ask("POST", `/api/tokens`, { json: body });
  }

  /** Takes a token away; it opens nothing from now on. `DELETE /api/tokens/{token}` */
  async deleteTokensToken(at: { readonly token: string }): Promise<void> {
    await this.#call("DELETE", `/api/tokens/${part(at.token)}`);
  }

  /** Addresses that are told of what happens. `GET /api/webhooks` */
  getWebhooks(): Promise<GetWebhooksAnswer> {
    return this.#ask("GET", `/api/webhooks`);
  }

  /** Adds an address. Each message is signed as Standard Webhooks has it and sent up to eight times over a day and a half. `POST /api/webhooks` */
  postWebhooks(body: PostWebhooksBody): Promise<PostWebhooksAnswer> {
    return this.#ask("POST", `/api/webhooks`, { json: body });
  }

  /** Tells an address nothing more. `DELETE /api/webhooks/{webhook}` */
  async deleteWebhooksWebhook(at: { readonly webhook: string }): Promise<void> {
    await this.#call("DELETE", `/api/webhooks/${part(at.webhook)}`);
  }

  /** Sends a trial message. `POST /api/webhooks/{webhook}/trial` */
  async postWebhooksWebhookTrial(at: { readonly webhook: string }): Promise<void> {
    await this.#call("POST", `/api/webhooks/${part(at.webhook)}/trial`);
  }

  /** The newest messages of an address: delivered, still tried, or given up, and why. `GET /api/webhooks/{webhook}/deliveries` */
  getWebhooksWebhookDeliveries(at: { readonly webhook: string }): Promise<GetWebhooksWebhookDeliveriesAnswer> {
    return this.#ask("GET", `/api/webhooks/${part(at.webhook)}/deliveries`);
  }

  /** Sends a message that was given up once more. `POST /api/webhooks/{webhook}/deliveries/{delivery}/retry` */
  async postWebhooksWebhookDeliveriesDeliveryRetry(at: { readonly webhook: string; readonly delivery: string }): Promise<void> {
    await this.#call("POST", `/api/webhooks/${part(at.webhook)}/deliveries/${part(at.delivery)}/retry`);
  }

  /** What the house is called, its colours, logo, links and languages. `GET /api/house` */
  getHouse(): Promise<GetHouseAnswer> {
    return this.#ask("GET", `/api/house`);
  }

  /** Changes how the house looks; null goes back to what the settings file says. Colours must be readable on the pages and may not mean on air. `PATCH /api/house` */
  patchHouse(body: PatchHouseBody): Promise<PatchHouseAnswer> {
    return this.#ask("PATCH", `/api/house`, { json: body });
  }

  /** Gives the house a logo (PNG, JPEG, WebP as the body). `POST /api/house/logo` */
  postHouseLogo(file: FileBody): Promise<PostHouseLogoAnswer> {
    return this.#ask("POST", `/api/house/logo`, { file });
  }

  /** Takes the logo away. `DELETE /api/house/logo` */
  deleteHouseLogo(): Promise<DeleteHouseLogoAnswer> {
    return this.#ask("DELETE", `/api/house/logo`);
  }

  /** How the house stands: its processes, its edges, its disk, what failed, who listens now. `GET /api/house/health` */
  getHouseHealth(): Promise<GetHouseHealthAnswer> {
    return this.#ask("GET", `/api/house/health`);
  }

  /** The latest lines of the log of all processes since the start, the newest last. `GET /api/house/log` */
  getHouseLog(): Promise<GetHouseLogAnswer> {
    return this.#ask("GET", `/api/house/log`);
  }
  async #call(method: string, path: string, body?: { readonly json: unknown } | { readonly file: FileBody }): Promise<Response> {
    const { address, token, fetch: ask = fetch } = this.#options;
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const request: RequestInit = { method, headers };
    if (body !== undefined) {
      headers["content-type"] = "json" in body ? "application/json" : "application/octet-stream";
      request.body = "json" in body ? JSON.stringify(body.json) : body.file;
    }
    const response = await ask(`${address}${path}`, request);
    if (response.ok) return response;
    const retryAfter = response.headers.get("retry-after");
    throw new EarshotProblem((await response.json()) as Problem, retryAfter === null ? undefined : Number(retryAfter));
  }

  async #ask<Answer>(method: string, path: string, body?: { readonly json: unknown } | { readonly file: FileBody }): Promise<Answer> {
    return (await (await this.#call(method, path, body)).json()) as Answer;
  }
}

function part(value: string): string {
  return encodeURIComponent(value);
}

function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** What is sent with {@link EarshotClient.postEnter}. */
export type PostEnterBody = { readonly secret: string };
/** What is answered by {@link EarshotClient.postEnter}. */
export type PostEnterAnswer = {
  readonly operator: boolean;
  readonly event?: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly description: string;
    readonly language: string;
    readonly timeZone: string;
    readonly startDate: string;
    readonly doorTime: string;
    readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
    readonly permanent: boolean;
    readonly speakers: readonly {
      readonly id: string;
      readonly name: string;
      readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
      readonly interprets?: string;
    }[];
    readonly visibility: "public" | "unlisted" | "invited";
    readonly handsOpen: boolean;
    readonly embed: boolean;
    readonly mostListeners?: number | null;
    readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
    readonly series?: { readonly slug: string; readonly title: string };
    readonly notice?: { readonly message: string; readonly expectedDate?: string };
    readonly schedule?: {
      readonly timeZone: string;
      readonly plannedMinutes: number;
      readonly sequence: number;
      readonly updatedDate: string;
      readonly previousStartDate?: string;
      readonly reason?: string;
      readonly history: readonly {
        readonly act: "postpone" | "reschedule" | "cancel";
        readonly date: string;
        readonly reason: string;
        readonly from: string;
        readonly to?: string;
        readonly undoneDate?: string;
      }[];
    };
    readonly publicUrl: string;
    readonly studioUrl: string;
    readonly may: readonly string[];
  };
  readonly seat?: {
    readonly token: string;
    readonly seat: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly expiresUnixSeconds: number;
    readonly iceServers: readonly { readonly urls: readonly string[]; readonly username: string; readonly credential: string }[];
  };
};
/** What is answered by {@link EarshotClient.getMe}. */
export type GetMeAnswer = {
  readonly operator: boolean;
  readonly account?: { readonly id: string; readonly kind: "passkey" | "e-mail" | "provider"; readonly name: string };
  readonly mayMakeAccount?: boolean;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly event: { readonly slug: string; readonly title: string };
  }[];
};
/** What is answered by {@link EarshotClient.getSignIn}. */
export type GetSignInAnswer = { readonly passkey: boolean; readonly mail: boolean; readonly provider: string | null };
/** What is sent with {@link EarshotClient.postSignIn}. */
export type PostSignInBody = {
  readonly passkey: {
    readonly id: string;
    readonly rawId: string;
    readonly type: "public-key";
    readonly authenticatorAttachment?: string;
    readonly clientExtensionResults?: Readonly<Record<string, unknown>>;
    readonly response: { readonly clientDataJSON: string; readonly authenticatorData: string; readonly signature: string; readonly userHandle?: string };
  };
};
/** What is answered by {@link EarshotClient.postSignIn}. */
export type PostSignInAnswer = {
  readonly operator: boolean;
  readonly account?: { readonly id: string; readonly kind: "passkey" | "e-mail" | "provider"; readonly name: string };
  readonly mayMakeAccount?: boolean;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly event: { readonly slug: string; readonly title: string };
  }[];
};
/** What is answered by {@link EarshotClient.postSignInOptions}. */
export type PostSignInOptionsAnswer = { readonly options: unknown };
/** What is sent with {@link EarshotClient.postSignInCode}. */
export type PostSignInCodeBody = { readonly code: string };
/** What is answered by {@link EarshotClient.postSignInCode}. */
export type PostSignInCodeAnswer = {
  readonly operator: boolean;
  readonly account?: { readonly id: string; readonly kind: "passkey" | "e-mail" | "provider"; readonly name: string };
  readonly mayMakeAccount?: boolean;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly event: { readonly slug: string; readonly title: string };
  }[];
};
/** What is answered by {@link EarshotClient.postSignInProviderStart}. */
export type PostSignInProviderStartAnswer = { readonly url: string };
/** What is sent with {@link EarshotClient.postSignInProvider}. */
export type PostSignInProviderBody = { readonly query: string };
/** What is answered by {@link EarshotClient.postSignInProvider}. */
export type PostSignInProviderAnswer = {
  readonly operator: boolean;
  readonly account?: { readonly id: string; readonly kind: "passkey" | "e-mail" | "provider"; readonly name: string };
  readonly mayMakeAccount?: boolean;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly event: { readonly slug: string; readonly title: string };
  }[];
};
/** What is sent with {@link EarshotClient.postSignInMail}. */
export type PostSignInMailBody = { readonly address: string; readonly language?: "en" | "de"; readonly event?: string };
/** What is sent with {@link EarshotClient.postSignInMailOpen}. */
export type PostSignInMailOpenBody = { readonly secret: string; readonly name?: string };
/** What is answered by {@link EarshotClient.postSignInMailOpen}. */
export type PostSignInMailOpenAnswer = {
  readonly operator: boolean;
  readonly account?: { readonly id: string; readonly kind: "passkey" | "e-mail" | "provider"; readonly name: string };
  readonly mayMakeAccount?: boolean;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly event: { readonly slug: string; readonly title: string };
  }[];
};
/** What is answered by {@link EarshotClient.getAccount}. */
export type GetAccountAnswer = {
  readonly id: string;
  readonly kind: "passkey" | "e-mail" | "provider";
  readonly name: string;
  readonly operator: boolean;
  readonly fresh: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly label: string;
    readonly synced: boolean;
    readonly createdDate: string;
    readonly usedDate: string | null;
  }[];
  readonly codes: { readonly left: number; readonly madeDate: string } | null;
  readonly sessions: readonly {
    readonly id: string;
    readonly agent: string;
    readonly createdDate: string;
    readonly expiresDate: string;
    readonly own: boolean;
  }[];
};
/** What is sent with {@link EarshotClient.patchAccount}. */
export type PatchAccountBody = { readonly name: string };
/** What is answered by {@link EarshotClient.patchAccount}. */
export type PatchAccountAnswer = {
  readonly id: string;
  readonly kind: "passkey" | "e-mail" | "provider";
  readonly name: string;
  readonly operator: boolean;
  readonly fresh: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly label: string;
    readonly synced: boolean;
    readonly createdDate: string;
    readonly usedDate: string | null;
  }[];
  readonly codes: { readonly left: number; readonly madeDate: string } | null;
  readonly sessions: readonly {
    readonly id: string;
    readonly agent: string;
    readonly createdDate: string;
    readonly expiresDate: string;
    readonly own: boolean;
  }[];
};
/** What is answered by {@link EarshotClient.getAccountEvents}. */
export type GetAccountEventsAnswer = {
  readonly events: readonly {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly description: string;
    readonly language: string;
    readonly timeZone: string;
    readonly startDate: string;
    readonly doorTime: string;
    readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
    readonly permanent: boolean;
    readonly speakers: readonly {
      readonly id: string;
      readonly name: string;
      readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
      readonly interprets?: string;
    }[];
    readonly visibility: "public" | "unlisted" | "invited";
    readonly handsOpen: boolean;
    readonly embed: boolean;
    readonly mostListeners?: number | null;
    readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
    readonly series?: { readonly slug: string; readonly title: string };
    readonly notice?: { readonly message: string; readonly expectedDate?: string };
    readonly schedule?: {
      readonly timeZone: string;
      readonly plannedMinutes: number;
      readonly sequence: number;
      readonly updatedDate: string;
      readonly previousStartDate?: string;
      readonly reason?: string;
      readonly history: readonly {
        readonly act: "postpone" | "reschedule" | "cancel";
        readonly date: string;
        readonly reason: string;
        readonly from: string;
        readonly to?: string;
        readonly undoneDate?: string;
      }[];
    };
    readonly publicUrl: string;
    readonly studioUrl: string;
    readonly may: readonly string[];
  }[];
};
/** What is sent with {@link EarshotClient.postAccountPasskeysOptions}. */
export type PostAccountPasskeysOptionsBody = { readonly name?: string };
/** What is answered by {@link EarshotClient.postAccountPasskeysOptions}. */
export type PostAccountPasskeysOptionsAnswer = { readonly options: unknown };
/** What is sent with {@link EarshotClient.postAccountPasskeys}. */
export type PostAccountPasskeysBody = {
  readonly name?: string;
  readonly passkey: {
    readonly id: string;
    readonly rawId: string;
    readonly type: "public-key";
    readonly authenticatorAttachment?: string;
    readonly clientExtensionResults?: Readonly<Record<string, unknown>>;
    readonly response: { readonly clientDataJSON: string; readonly attestationObject: string; readonly transports?: readonly string[] };
  };
};
/** What is answered by {@link EarshotClient.postAccountPasskeys}. */
export type PostAccountPasskeysAnswer = {
  readonly id: string;
  readonly kind: "passkey" | "e-mail" | "provider";
  readonly name: string;
  readonly operator: boolean;
  readonly fresh: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly label: string;
    readonly synced: boolean;
    readonly createdDate: string;
    readonly usedDate: string | null;
  }[];
  readonly codes: { readonly left: number; readonly madeDate: string } | null;
  readonly sessions: readonly {
    readonly id: string;
    readonly agent: string;
    readonly createdDate: string;
    readonly expiresDate: string;
    readonly own: boolean;
  }[];
};
/** What is answered by {@link EarshotClient.postAccountCodes}. */
export type PostAccountCodesAnswer = { readonly codes: readonly string[] };
/** What is answered by {@link EarshotClient.getAccounts}. */
export type GetAccountsAnswer = {
  readonly accounts: readonly {
    readonly id: string;
    readonly kind: "passkey" | "e-mail" | "provider";
    readonly name: string;
    readonly operator: boolean;
    readonly createdDate: string;
    readonly passkeys: number;
    readonly codesLeft: number;
  }[];
};
/** What is sent with {@link EarshotClient.patchAccountsAccount}. */
export type PatchAccountsAccountBody = { readonly operator: boolean };
/** What is sent with {@link EarshotClient.postEvents}. */
export type PostEventsBody = {
  readonly title: string;
  readonly startDate: string;
  readonly timeZone: string;
  readonly description?: string;
  readonly language?: string;
  readonly slug?: string;
  readonly visibility?: "public" | "unlisted" | "invited";
  readonly plannedMinutes?: number;
  readonly doorsMinutesBefore?: number;
  readonly embed?: boolean;
  readonly mostListeners?: number | null;
  readonly series?: string;
  readonly speakers?: readonly {
    readonly name: string;
    readonly role?: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
};
/** What is answered by {@link EarshotClient.postEvents}. */
export type PostEventsAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is answered by {@link EarshotClient.getEvents}. */
export type GetEventsAnswer = {
  readonly events: readonly {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly description: string;
    readonly language: string;
    readonly timeZone: string;
    readonly startDate: string;
    readonly doorTime: string;
    readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
    readonly permanent: boolean;
    readonly speakers: readonly {
      readonly id: string;
      readonly name: string;
      readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
      readonly interprets?: string;
    }[];
    readonly visibility: "public" | "unlisted" | "invited";
    readonly handsOpen: boolean;
    readonly embed: boolean;
    readonly mostListeners?: number | null;
    readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
    readonly series?: { readonly slug: string; readonly title: string };
    readonly notice?: { readonly message: string; readonly expectedDate?: string };
    readonly schedule?: {
      readonly timeZone: string;
      readonly plannedMinutes: number;
      readonly sequence: number;
      readonly updatedDate: string;
      readonly previousStartDate?: string;
      readonly reason?: string;
      readonly history: readonly {
        readonly act: "postpone" | "reschedule" | "cancel";
        readonly date: string;
        readonly reason: string;
        readonly from: string;
        readonly to?: string;
        readonly undoneDate?: string;
      }[];
    };
    readonly publicUrl: string;
    readonly studioUrl: string;
    readonly may: readonly string[];
  }[];
};
/** What is answered by {@link EarshotClient.getEventsSlug}. */
export type GetEventsSlugAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.patchEventsSlug}. */
export type PatchEventsSlugBody = {
  readonly title?: string;
  readonly description?: string;
  readonly language?: string;
  readonly startDate?: string;
  readonly timeZone?: string;
  readonly doorsMinutesBefore?: number;
  readonly plannedMinutes?: number;
  readonly visibility?: "public" | "unlisted" | "invited";
  readonly embed?: boolean;
  readonly mostListeners?: number | null;
  readonly series?: string;
  readonly reason?: string;
  readonly speakers?: readonly {
    readonly id?: string;
    readonly name: string;
    readonly role?: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
};
/** What is answered by {@link EarshotClient.patchEventsSlug}. */
export type PatchEventsSlugAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is answered by {@link EarshotClient.postEventsSlugSeat}. */
export type PostEventsSlugSeatAnswer = {
  readonly token: string;
  readonly seat: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly expiresUnixSeconds: number;
  readonly iceServers: readonly { readonly urls: readonly string[]; readonly username: string; readonly credential: string }[];
};
/** What is answered by {@link EarshotClient.postEventsSlugEncoder}. */
export type PostEventsSlugEncoderAnswer = {
  readonly token: string;
  readonly seat: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly expiresUnixSeconds: number;
  readonly iceServers: readonly { readonly urls: readonly string[]; readonly username: string; readonly credential: string }[];
  readonly whipUrl: string;
};
/** What is answered by {@link EarshotClient.postEventsSlugLive}. */
export type PostEventsSlugLiveAnswer = { readonly phase: "backstage" | "live" | "ended"; readonly originUnixMs?: number; readonly endedUnixMs?: number };
/** What is answered by {@link EarshotClient.postEventsSlugEnd}. */
export type PostEventsSlugEndAnswer = { readonly phase: "backstage" | "live" | "ended"; readonly originUnixMs?: number; readonly endedUnixMs?: number };
/** What is sent with {@link EarshotClient.postEventsSlugPostpone}. */
export type PostEventsSlugPostponeBody = { readonly reason?: string };
/** What is answered by {@link EarshotClient.postEventsSlugPostpone}. */
export type PostEventsSlugPostponeAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugReschedule}. */
export type PostEventsSlugRescheduleBody = {
  readonly startDate: string;
  readonly timeZone?: string;
  readonly doorsMinutesBefore?: number;
  readonly reason?: string;
};
/** What is answered by {@link EarshotClient.postEventsSlugReschedule}. */
export type PostEventsSlugRescheduleAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugCancel}. */
export type PostEventsSlugCancelBody = { readonly reason?: string };
/** What is answered by {@link EarshotClient.postEventsSlugCancel}. */
export type PostEventsSlugCancelAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugNotice}. */
export type PostEventsSlugNoticeBody = { readonly message: string; readonly expectedMinutes?: number };
/** What is answered by {@link EarshotClient.postEventsSlugNotice}. */
export type PostEventsSlugNoticeAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugUndo}. */
export type PostEventsSlugUndoBody = { readonly act?: number };
/** What is answered by {@link EarshotClient.postEventsSlugUndo}. */
export type PostEventsSlugUndoAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugDuplicate}. */
export type PostEventsSlugDuplicateBody = { readonly startDate: string; readonly timeZone?: string; readonly title?: string; readonly slug?: string };
/** What is answered by {@link EarshotClient.postEventsSlugDuplicate}. */
export type PostEventsSlugDuplicateAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is answered by {@link EarshotClient.getEventsSlugActs}. */
export type GetEventsSlugActsAnswer = {
  readonly acts: readonly {
    readonly number: number;
    readonly act:
      | "edit"
      | "postpone"
      | "reschedule"
      | "cancel"
      | "undo"
      | "make"
      | "open-doors"
      | "go-live"
      | "end"
      | "edit-people"
      | "invite"
      | "revoke"
      | "renew-link"
      | "give-encoder"
      | "hand-over"
      | "set-task"
      | "step-down"
      | "to-audience"
      | "open-hands"
      | "close-hands"
      | "bring-on-stage"
      | "take-aside"
      | "lower-hand"
      | "import"
      | "edit-recording"
      | "set-wall"
      | "pin-post"
      | "unpin-post"
      | "hold-post"
      | "release-post"
      | "remove-post"
      | "restore-post"
      | "suspend"
      | "reinstate"
      | "appeal"
      | "settle-appeal"
      | "delete-recording"
      | "notice"
      | "invite-listeners"
      | "revoke-listener";
    readonly date: string;
    readonly by: { readonly name: string; readonly role: string };
    readonly reason: string;
    readonly undoes: number | null;
    readonly before: Readonly<Record<string, unknown>>;
    readonly after: Readonly<Record<string, unknown>>;
  }[];
  readonly undoable: number | null;
};
/** What is answered by {@link EarshotClient.getSeries}. */
export type GetSeriesAnswer = {
  readonly series: readonly {
    readonly slug: string;
    readonly title: string;
    readonly description: string;
    readonly publicUrl: string;
    readonly feedUrl: string;
    readonly events: number;
  }[];
};
/** What is sent with {@link EarshotClient.postSeries}. */
export type PostSeriesBody = { readonly title: string; readonly description?: string; readonly slug?: string };
/** What is answered by {@link EarshotClient.postSeries}. */
export type PostSeriesAnswer = {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly publicUrl: string;
  readonly feedUrl: string;
  readonly events: number;
};
/** What is sent with {@link EarshotClient.patchSeriesSlug}. */
export type PatchSeriesSlugBody = { readonly title?: string; readonly description?: string };
/** What is answered by {@link EarshotClient.patchSeriesSlug}. */
export type PatchSeriesSlugAnswer = {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly publicUrl: string;
  readonly feedUrl: string;
  readonly events: number;
};
/** What is sent with {@link EarshotClient.postEventsSlugRepeat}. */
export type PostEventsSlugRepeatBody = {
  readonly every: "day" | "week" | "month-day" | "month-weekday";
  readonly interval?: number;
  readonly count: number;
  readonly title?: string;
};
/** What is answered by {@link EarshotClient.postEventsSlugRepeat}. */
export type PostEventsSlugRepeatAnswer = {
  readonly series: {
    readonly slug: string;
    readonly title: string;
    readonly description: string;
    readonly publicUrl: string;
    readonly feedUrl: string;
    readonly events: number;
  };
  readonly made: readonly { readonly slug: string; readonly startDate: string }[];
};
/** What is answered by {@link EarshotClient.postEventsSlugArtwork}. */
export type PostEventsSlugArtworkAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is answered by {@link EarshotClient.deleteEventsSlugArtwork}. */
export type DeleteEventsSlugArtworkAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is answered by {@link EarshotClient.getEventsSlugListeners}. */
export type GetEventsSlugListenersAnswer = {
  readonly listeners: readonly { readonly id: string; readonly name: string; readonly createdDate: string; readonly link: string }[];
};
/** What is sent with {@link EarshotClient.postEventsSlugListeners}. */
export type PostEventsSlugListenersBody = { readonly names: readonly string[] };
/** What is answered by {@link EarshotClient.postEventsSlugListeners}. */
export type PostEventsSlugListenersAnswer = {
  readonly listeners: readonly { readonly id: string; readonly name: string; readonly createdDate: string; readonly link: string }[];
};
/** What is answered by {@link EarshotClient.getEventsSlugPeople}. */
export type GetEventsSlugPeopleAnswer = {
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets: string;
    readonly aside: boolean;
    readonly came: boolean;
    readonly link: string | null;
  }[];
};
/** What is sent with {@link EarshotClient.postEventsSlugPeople}. */
export type PostEventsSlugPeopleBody = {
  readonly name: string;
  readonly role?: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly interprets?: string;
};
/** What is answered by {@link EarshotClient.postEventsSlugPeople}. */
export type PostEventsSlugPeopleAnswer = {
  readonly id: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly interprets: string;
  readonly aside: boolean;
  readonly came: boolean;
  readonly link: string | null;
};
/** What is answered by {@link EarshotClient.postEventsSlugPeoplePersonLink}. */
export type PostEventsSlugPeoplePersonLinkAnswer = {
  readonly id: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly interprets: string;
  readonly aside: boolean;
  readonly came: boolean;
  readonly link: string | null;
};
/** What is answered by {@link EarshotClient.postEventsSlugPeoplePersonEncoder}. */
export type PostEventsSlugPeoplePersonEncoderAnswer = {
  readonly token: string;
  readonly seat: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly expiresUnixSeconds: number;
  readonly iceServers: readonly { readonly urls: readonly string[]; readonly username: string; readonly credential: string }[];
  readonly whipUrl: string;
};
/** What is sent with {@link EarshotClient.patchEventsSlugPeoplePerson}. */
export type PatchEventsSlugPeoplePersonBody = {
  readonly name?: string;
  readonly role?: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly interprets?: string;
};
/** What is answered by {@link EarshotClient.patchEventsSlugPeoplePerson}. */
export type PatchEventsSlugPeoplePersonAnswer = {
  readonly id: string;
  readonly name: string;
  readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
  readonly interprets: string;
  readonly aside: boolean;
  readonly came: boolean;
  readonly link: string | null;
};
/** What is sent with {@link EarshotClient.postEventsSlugPeoplePersonAside}. */
export type PostEventsSlugPeoplePersonAsideBody = { readonly aside: boolean };
/** What is answered by {@link EarshotClient.getEventsSlugNotes}. */
export type GetEventsSlugNotesAnswer = { readonly text: string };
/** What is sent with {@link EarshotClient.postEventsSlugNotes}. */
export type PostEventsSlugNotesBody = { readonly text: string };
/** What is sent with {@link EarshotClient.postEventsSlugHands}. */
export type PostEventsSlugHandsBody = { readonly name: string; readonly topic?: string };
/** What is answered by {@link EarshotClient.postEventsSlugHands}. */
export type PostEventsSlugHandsAnswer = {
  readonly handsOpen: boolean;
  readonly title: string;
  readonly suspended: boolean;
  readonly hand: {
    readonly state: "waiting" | "invited" | "on-stage" | "lowered";
    readonly name: string;
    readonly topic: string;
    readonly position: number;
    readonly waitedSeconds: number;
    readonly aside: boolean;
  } | null;
};
/** What is answered by {@link EarshotClient.getEventsSlugHands}. */
export type GetEventsSlugHandsAnswer = {
  readonly open: boolean;
  readonly hands: readonly {
    readonly id: string;
    readonly name: string;
    readonly topic: string;
    readonly state: "waiting" | "invited" | "on-stage" | "lowered";
    readonly waitedSeconds: number;
    readonly aside: boolean;
    readonly person: string | null;
  }[];
};
/** What is answered by {@link EarshotClient.getEventsSlugHandsMine}. */
export type GetEventsSlugHandsMineAnswer = {
  readonly handsOpen: boolean;
  readonly title: string;
  readonly suspended: boolean;
  readonly hand: {
    readonly state: "waiting" | "invited" | "on-stage" | "lowered";
    readonly name: string;
    readonly topic: string;
    readonly position: number;
    readonly waitedSeconds: number;
    readonly aside: boolean;
  } | null;
};
/** What is answered by {@link EarshotClient.postEventsSlugHandsMineAccept}. */
export type PostEventsSlugHandsMineAcceptAnswer = { readonly studio: string };
/** What is sent with {@link EarshotClient.postEventsSlugHandQueue}. */
export type PostEventsSlugHandQueueBody = { readonly open: boolean };
/** What is answered by {@link EarshotClient.postEventsSlugHandQueue}. */
export type PostEventsSlugHandQueueAnswer = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly timeZone: string;
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: "scheduled" | "doors" | "live" | "ended" | "postponed" | "cancelled";
  readonly permanent: boolean;
  readonly speakers: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: "host" | "co-host" | "speaker" | "producer" | "moderator" | "captioner";
    readonly interprets?: string;
  }[];
  readonly visibility: "public" | "unlisted" | "invited";
  readonly handsOpen: boolean;
  readonly embed: boolean;
  readonly mostListeners?: number | null;
  readonly artwork?: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number };
  readonly series?: { readonly slug: string; readonly title: string };
  readonly notice?: { readonly message: string; readonly expectedDate?: string };
  readonly schedule?: {
    readonly timeZone: string;
    readonly plannedMinutes: number;
    readonly sequence: number;
    readonly updatedDate: string;
    readonly previousStartDate?: string;
    readonly reason?: string;
    readonly history: readonly {
      readonly act: "postpone" | "reschedule" | "cancel";
      readonly date: string;
      readonly reason: string;
      readonly from: string;
      readonly to?: string;
      readonly undoneDate?: string;
    }[];
  };
  readonly publicUrl: string;
  readonly studioUrl: string;
  readonly may: readonly string[];
};
/** What is sent with {@link EarshotClient.postEventsSlugHandOver}. */
export type PostEventsSlugHandOverBody = { readonly person: string };
/** What is sent with {@link EarshotClient.postEventsSlugReminders}. */
export type PostEventsSlugRemindersBody =
  | { readonly kind: "mail"; readonly address: string; readonly language: "en" | "de"; readonly timeZone: string }
  | {
      readonly kind: "push";
      readonly endpoint: string;
      readonly p256dh: string;
      readonly auth: string;
      readonly language: "en" | "de";
      readonly timeZone: string;
    };
/** What is answered by {@link EarshotClient.postEventsSlugReminders}. */
export type PostEventsSlugRemindersAnswer = { readonly state: "asked" | "confirmed"; readonly token?: string };
/** What is answered by {@link EarshotClient.getEventsSlugReminders}. */
export type GetEventsSlugRemindersAnswer = {
  readonly mail: number;
  readonly push: number;
  readonly unconfirmed: number;
  readonly notices: readonly {
    readonly topic: "confirm" | "doors" | "live" | "postponed" | "moved" | "cancelled" | "restored" | "replay";
    readonly date: string;
    readonly waiting: number;
    readonly sent: number;
    readonly failed: number;
    readonly dropped: number;
  }[];
};
/** What is sent with {@link EarshotClient.postRemindersRenew}. */
export type PostRemindersRenewBody = {
  readonly old: { readonly endpoint: string; readonly p256dh: string; readonly auth: string };
  readonly "new": { readonly endpoint: string; readonly p256dh: string; readonly auth: string };
};
/** What is answered by {@link EarshotClient.getRemindersToken}. */
export type GetRemindersTokenAnswer = { readonly state: "asked" | "confirmed" | "ended"; readonly title?: string; readonly url?: string };
/** What is answered by {@link EarshotClient.postRemindersTokenConfirm}. */
export type PostRemindersTokenConfirmAnswer = { readonly state: "asked" | "confirmed" | "ended"; readonly title?: string; readonly url?: string };
/** What is answered by {@link EarshotClient.getEventsSlugWallMine}. */
export type GetEventsSlugWallMineAnswer = {
  readonly title: string;
  readonly name: string;
  readonly named: boolean;
  readonly staff: boolean;
  readonly mark: string;
  readonly suspended: boolean;
  readonly votes: readonly string[];
  readonly reactions: readonly (readonly [string, "clap" | "heart" | "laugh" | "wow"])[];
  readonly posts: readonly {
    readonly id: string;
    readonly kind: "post" | "question" | "reply" | "repost";
    readonly text: string;
    readonly state: "visible" | "held" | "removed" | "withdrawn";
    readonly date: string;
  }[];
  readonly statements: readonly {
    readonly id: string;
    readonly act: "hold" | "remove" | "suspend" | "release" | "restore" | "reinstate";
    readonly date: string;
    readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
    readonly reason: string;
    readonly by: string;
    readonly automated: boolean;
    readonly until: string | null;
    readonly text: string | null;
    readonly inForce: boolean;
    readonly mayAppeal: boolean;
    readonly appeal: { readonly state: "none" | "open" | "granted" | "refused"; readonly text: string; readonly answer: string };
  }[];
};
/** What is sent with {@link EarshotClient.postEventsSlugWallMoment}. */
export type PostEventsSlugWallMomentBody = { readonly reaction: "clap" | "heart" | "laugh" | "wow" };
/** What is sent with {@link EarshotClient.postEventsSlugWallPosts}. */
export type PostEventsSlugWallPostsBody = {
  readonly kind: "post" | "question" | "reply" | "repost";
  readonly text?: string;
  readonly name?: string;
  readonly parent?: string;
};
/** What is answered by {@link EarshotClient.postEventsSlugWallPosts}. */
export type PostEventsSlugWallPostsAnswer = { readonly id: string; readonly state: "visible" | "held" | "removed" | "withdrawn"; readonly text: string };
/** What is sent with {@link EarshotClient.postEventsSlugWallPostsPostVote}. */
export type PostEventsSlugWallPostsPostVoteBody = { readonly on: boolean };
/** What is sent with {@link EarshotClient.postEventsSlugWallPostsPostReaction}. */
export type PostEventsSlugWallPostsPostReactionBody = { readonly reaction: "clap" | "heart" | "laugh" | "wow"; readonly on: boolean };
/** What is sent with {@link EarshotClient.postEventsSlugWallPostsPostReport}. */
export type PostEventsSlugWallPostsPostReportBody = {
  readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
  readonly reason?: string;
};
/** What is sent with {@link EarshotClient.postEventsSlugWallAppeals}. */
export type PostEventsSlugWallAppealsBody = { readonly act: string; readonly text: string };
/** What is answered by {@link EarshotClient.getEventsSlugWallPagesPage}. */
export type GetEventsSlugWallPagesPageAnswer = unknown;
/** What is answered by {@link EarshotClient.getEventsSlugModeration}. */
export type GetEventsSlugModerationAnswer = {
  readonly settings: {
    readonly opening: "off" | "accounts" | "everyone";
    readonly hold: "none" | "guests" | "all";
    readonly slowSeconds: number;
    readonly words: readonly string[];
    readonly locked: boolean;
    readonly tally: boolean;
  };
  readonly held: readonly {
    readonly id: string;
    readonly kind: "post" | "question" | "reply" | "repost";
    readonly name: string;
    readonly role: string;
    readonly account: boolean;
    readonly text: string;
    readonly date: string;
    readonly state: "visible" | "held" | "removed" | "withdrawn";
    readonly pinned: boolean;
    readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
    readonly act: string;
  }[];
  readonly reports: readonly {
    readonly id: string;
    readonly kind: "post" | "question" | "reply" | "repost";
    readonly name: string;
    readonly role: string;
    readonly account: boolean;
    readonly text: string;
    readonly date: string;
    readonly state: "visible" | "held" | "removed" | "withdrawn";
    readonly pinned: boolean;
    readonly reports: number;
    readonly reasons: readonly {
      readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
      readonly reason: string;
    }[];
  }[];
  readonly appeals: readonly {
    readonly id: string;
    readonly act: "hold" | "remove" | "suspend" | "release" | "restore" | "reinstate";
    readonly date: string;
    readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
    readonly reason: string;
    readonly by: string;
    readonly automated: boolean;
    readonly until: string | null;
    readonly text: string | null;
    readonly inForce: boolean;
    readonly mayAppeal: boolean;
    readonly appeal: { readonly state: "none" | "open" | "granted" | "refused"; readonly text: string; readonly answer: string };
    readonly actor: string;
    readonly name: string;
    readonly post: string | null;
  }[];
  readonly suspended: readonly {
    readonly id: string;
    readonly act: "hold" | "remove" | "suspend" | "release" | "restore" | "reinstate";
    readonly date: string;
    readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
    readonly reason: string;
    readonly by: string;
    readonly automated: boolean;
    readonly until: string | null;
    readonly text: string | null;
    readonly inForce: boolean;
    readonly mayAppeal: boolean;
    readonly appeal: { readonly state: "none" | "open" | "granted" | "refused"; readonly text: string; readonly answer: string };
    readonly actor: string;
    readonly name: string;
    readonly post: string | null;
  }[];
  readonly recent: readonly {
    readonly id: string;
    readonly act: "hold" | "remove" | "suspend" | "release" | "restore" | "reinstate";
    readonly date: string;
    readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
    readonly reason: string;
    readonly by: string;
    readonly automated: boolean;
    readonly until: string | null;
    readonly text: string | null;
    readonly inForce: boolean;
    readonly mayAppeal: boolean;
    readonly appeal: { readonly state: "none" | "open" | "granted" | "refused"; readonly text: string; readonly answer: string };
    readonly actor: string;
    readonly name: string;
    readonly post: string | null;
  }[];
  readonly posts: readonly {
    readonly id: string;
    readonly kind: "post" | "question" | "reply" | "repost";
    readonly name: string;
    readonly role: string;
    readonly account: boolean;
    readonly text: string;
    readonly date: string;
    readonly state: "visible" | "held" | "removed" | "withdrawn";
    readonly pinned: boolean;
  }[];
};
/** What is sent with {@link EarshotClient.patchEventsSlugWall}. */
export type PatchEventsSlugWallBody = {
  readonly opening?: "off" | "accounts" | "everyone";
  readonly hold?: "none" | "guests" | "all";
  readonly slowSeconds?: number;
  readonly words?: readonly string[];
  readonly locked?: boolean;
  readonly tally?: boolean;
  readonly reason?: string;
};
/** What is answered by {@link EarshotClient.patchEventsSlugWall}. */
export type PatchEventsSlugWallAnswer = {
  readonly opening: "off" | "accounts" | "everyone";
  readonly hold: "none" | "guests" | "all";
  readonly slowSeconds: number;
  readonly words: readonly string[];
  readonly locked: boolean;
  readonly tally: boolean;
};
/** What is sent with {@link EarshotClient.postEventsSlugModerationActs}. */
export type PostEventsSlugModerationActsBody = {
  readonly act: "hold" | "remove" | "suspend";
  readonly post?: string;
  readonly hand?: string;
  readonly person?: string;
  readonly listener?: string;
  readonly rule: "off-topic" | "spam" | "insult" | "hate" | "threat" | "privacy" | "impersonation" | "illegal" | "word-list" | "pre-moderation" | "other";
  readonly reason: string;
  readonly minutes?: number | null;
  readonly hidePosts?: boolean;
};
/** What is answered by {@link EarshotClient.postEventsSlugModerationActs}. */
export type PostEventsSlugModerationActsAnswer = { readonly id: string };
/** What is sent with {@link EarshotClient.postEventsSlugModerationActsActUndo}. */
export type PostEventsSlugModerationActsActUndoBody = { readonly reason?: string };
/** What is answered by {@link EarshotClient.postEventsSlugModerationActsActUndo}. */
export type PostEventsSlugModerationActsActUndoAnswer = { readonly id: string };
/** What is sent with {@link EarshotClient.postEventsSlugModerationAppealsAct}. */
export type PostEventsSlugModerationAppealsActBody = { readonly grant: boolean; readonly answer?: string };
/** What is sent with {@link EarshotClient.postEventsSlugWallPostsPostPin}. */
export type PostEventsSlugWallPostsPostPinBody = { readonly on: boolean };
/** What is answered by {@link EarshotClient.getEventsSlugAudience}. */
export type GetEventsSlugAudienceAnswer = {
  readonly audience?: {
    readonly definition: 1;
    readonly listeningNow: number;
    readonly low: number;
    readonly high: number;
    readonly asOfUnixMs: number;
    readonly windowMs: number;
    readonly edges: number;
    readonly peak: number;
    readonly peakUnixMs: number;
    readonly lookAgainSeconds: number;
    readonly average: number;
    readonly listeningHours: number;
    readonly listeningHoursGross: number;
    readonly sessions: number;
    readonly sessionsLow: number;
    readonly sessionsHigh: number;
    readonly sessionsGross: number;
    readonly machines: number;
    readonly turnedAway: number;
    readonly waitingNow: number;
    readonly bytes: number;
    readonly uniqueListeners?: number;
    readonly uniqueErrorShare: number;
    readonly forms: Readonly<Record<string, number>>;
    readonly door?: {
      readonly pressure: number;
      readonly step: number;
      readonly waitSeconds: number;
      readonly joinsPerSecond: number;
      readonly admitted: number;
      readonly tickets: number;
      readonly refused: number;
      readonly flooded?: true;
    };
    readonly recent: readonly (readonly [number, number])[];
  };
  readonly orders: { readonly mode: "auto" | "open" | "hold"; readonly joinsPerSecond?: number; readonly mostListeners?: number; readonly message?: string };
  readonly nowUnixMs: number;
  readonly storeLostSinceUnixMs?: number;
};
/** What is sent with {@link EarshotClient.postEventsSlugDoors}. */
export type PostEventsSlugDoorsBody = {
  readonly mode: "auto" | "open" | "hold";
  readonly joinsPerSecond?: number;
  readonly mostListeners?: number;
  readonly message?: string;
};
/** What is answered by {@link EarshotClient.getEventsSlugRecording}. */
export type GetEventsSlugRecordingAnswer = {
  readonly trimStartSeconds: number;
  readonly clips: boolean;
  readonly keepDays: number | null;
  readonly keepTracks: boolean;
  readonly keepLossless: boolean;
  readonly tracks: readonly { readonly seat: string; readonly name: string; readonly bytes: number }[];
  readonly houseKeepDays: number | null;
  readonly keptUntilUnixMs?: number;
  readonly durationSeconds: number | null;
  readonly bytes: number;
  readonly soFar?: {
    readonly seconds: number;
    readonly peaks: readonly number[];
    readonly chapters: readonly { readonly startTime: number; readonly endTime: number; readonly title: string; readonly by: "host" | "talk" }[];
  };
  readonly store?: "sending" | "waits" | "both" | "store-only" | "deleting" | "deletion-waits" | "deleted";
  readonly deletedUnixMs?: number;
  readonly deletedBy?: "host" | "operator" | "retention";
};
/** What is sent with {@link EarshotClient.patchEventsSlugRecording}. */
export type PatchEventsSlugRecordingBody = {
  readonly trimStartSeconds?: number;
  readonly clips?: boolean;
  readonly keepDays?: number | null;
  readonly keepTracks?: boolean;
  readonly keepLossless?: boolean;
};
/** What is answered by {@link EarshotClient.patchEventsSlugRecording}. */
export type PatchEventsSlugRecordingAnswer = {
  readonly trimStartSeconds: number;
  readonly clips: boolean;
  readonly keepDays: number | null;
  readonly keepTracks: boolean;
  readonly keepLossless: boolean;
  readonly tracks: readonly { readonly seat: string; readonly name: string; readonly bytes: number }[];
  readonly houseKeepDays: number | null;
  readonly keptUntilUnixMs?: number;
  readonly durationSeconds: number | null;
  readonly bytes: number;
  readonly soFar?: {
    readonly seconds: number;
    readonly peaks: readonly number[];
    readonly chapters: readonly { readonly startTime: number; readonly endTime: number; readonly title: string; readonly by: "host" | "talk" }[];
  };
  readonly store?: "sending" | "waits" | "both" | "store-only" | "deleting" | "deletion-waits" | "deleted";
  readonly deletedUnixMs?: number;
  readonly deletedBy?: "host" | "operator" | "retention";
};
/** What is answered by {@link EarshotClient.deleteEventsSlugRecording}. */
export type DeleteEventsSlugRecordingAnswer = {
  readonly trimStartSeconds: number;
  readonly clips: boolean;
  readonly keepDays: number | null;
  readonly keepTracks: boolean;
  readonly keepLossless: boolean;
  readonly tracks: readonly { readonly seat: string; readonly name: string; readonly bytes: number }[];
  readonly houseKeepDays: number | null;
  readonly keptUntilUnixMs?: number;
  readonly durationSeconds: number | null;
  readonly bytes: number;
  readonly soFar?: {
    readonly seconds: number;
    readonly peaks: readonly number[];
    readonly chapters: readonly { readonly startTime: number; readonly endTime: number; readonly title: string; readonly by: "host" | "talk" }[];
  };
  readonly store?: "sending" | "waits" | "both" | "store-only" | "deleting" | "deletion-waits" | "deleted";
  readonly deletedUnixMs?: number;
  readonly deletedBy?: "host" | "operator" | "retention";
};
/** What is answered by {@link EarshotClient.getEventsSlugVoices}. */
export type GetEventsSlugVoicesAnswer = {
  readonly path: {
    readonly version: 1;
    readonly writtenUnixMs: number;
    readonly programme: {
      readonly findings: readonly {
        readonly kind:
          | "cut"
          | "duller"
          | "voice-duller"
          | "clipping"
          | "hum"
          | "noise"
          | "dead"
          | "device-rate"
          | "not-opus"
          | "loss"
          | "stutter"
          | "outage"
          | "concealed"
          | "ducked";
        readonly hop: "microphone" | "browser" | "codec" | "network" | "decoder" | "mix" | "encoder";
        readonly verdict: "path" | "voice";
        readonly value: number;
        readonly startUnixMs: number;
        readonly endUnixMs?: number;
      }[];
      readonly omitted: number;
      readonly sibilanceFallDb?: number;
    };
    readonly seats: readonly {
      readonly id: string;
      readonly name: string;
      readonly interprets?: string;
      readonly microphones: readonly {
        readonly atUnixMs: number;
        readonly device: string;
        readonly sampleRate?: number;
        readonly echoCancellation?: boolean;
        readonly noiseSuppression?: boolean;
        readonly autoGainControl?: boolean;
        readonly track?: "live" | "muted" | "ended";
      }[];
      readonly findings: readonly {
        readonly kind:
          | "cut"
          | "duller"
          | "voice-duller"
          | "clipping"
          | "hum"
          | "noise"
          | "dead"
          | "device-rate"
          | "not-opus"
          | "loss"
          | "stutter"
          | "outage"
          | "concealed"
          | "ducked";
        readonly hop: "microphone" | "browser" | "codec" | "network" | "decoder" | "mix" | "encoder";
        readonly verdict: "path" | "voice";
        readonly value: number;
        readonly startUnixMs: number;
        readonly endUnixMs?: number;
      }[];
      readonly omitted: number;
      readonly minutes: readonly {
        readonly atUnixMs: number;
        readonly talkSeconds: number;
        readonly verdict: "path" | "voice" | "unknown";
        readonly hop?: "microphone" | "browser" | "codec" | "network" | "decoder" | "mix" | "encoder";
        readonly rolloffHertz?: number;
        readonly sibilanceDb?: number;
        readonly mixSibilanceDb?: number;
        readonly voiceLufs?: number;
        readonly roomLufs?: number;
        readonly codedHertz?: number;
        readonly packetMs?: number;
        readonly packetsPerSecond: number;
        readonly bitrate: number;
        readonly lossShare: number;
        readonly concealedMs: number;
        readonly repairedMs: number;
      }[];
    }[];
  } | null;
  readonly talk: {
    readonly durationSamples: number;
    readonly speakers: readonly {
      readonly id: string;
      readonly name: string;
      readonly interprets?: string;
      readonly talkSeconds: number;
      readonly share: number;
      readonly longestTurnSeconds: number;
      readonly interruptionsMade: number;
      readonly interruptionsSuffered: number;
      readonly turns: number;
    }[];
    readonly silences: { readonly count: number; readonly seconds: number; readonly longestSeconds: number };
  } | null;
  readonly over: boolean;
};
/** What is answered by {@link EarshotClient.getEventsSlugSounds}. */
export type GetEventsSlugSoundsAnswer = {
  readonly sounds: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: "file" | "stream";
    readonly url?: string;
    readonly codec?: string;
    readonly seconds: number | null;
    readonly bytes: number;
    readonly levelDb: number;
    readonly loop: boolean;
    readonly ducks: boolean;
    readonly language: string;
    readonly waiting: boolean;
    readonly addedUnixMs: number;
  }[];
};
/** What is answered by {@link EarshotClient.postEventsSlugSounds}. */
export type PostEventsSlugSoundsAnswer = {
  readonly id: string;
  readonly name: string;
  readonly kind: "file" | "stream";
  readonly url?: string;
  readonly codec?: string;
  readonly seconds: number | null;
  readonly bytes: number;
  readonly levelDb: number;
  readonly loop: boolean;
  readonly ducks: boolean;
  readonly language: string;
  readonly waiting: boolean;
  readonly addedUnixMs: number;
};
/** What is sent with {@link EarshotClient.postEventsSlugStreams}. */
export type PostEventsSlugStreamsBody = { readonly name: string; readonly url: string };
/** What is answered by {@link EarshotClient.postEventsSlugStreams}. */
export type PostEventsSlugStreamsAnswer = {
  readonly id: string;
  readonly name: string;
  readonly kind: "file" | "stream";
  readonly url?: string;
  readonly codec?: string;
  readonly seconds: number | null;
  readonly bytes: number;
  readonly levelDb: number;
  readonly loop: boolean;
  readonly ducks: boolean;
  readonly language: string;
  readonly waiting: boolean;
  readonly addedUnixMs: number;
};
/** What is sent with {@link EarshotClient.patchEventsSlugSoundsId}. */
export type PatchEventsSlugSoundsIdBody = {
  readonly name?: string;
  readonly levelDb?: number;
  readonly loop?: boolean;
  readonly ducks?: boolean;
  readonly language?: string;
  readonly waiting?: boolean;
};
/** What is answered by {@link EarshotClient.patchEventsSlugSoundsId}. */
export type PatchEventsSlugSoundsIdAnswer = {
  readonly id: string;
  readonly name: string;
  readonly kind: "file" | "stream";
  readonly url?: string;
  readonly codec?: string;
  readonly seconds: number | null;
  readonly bytes: number;
  readonly levelDb: number;
  readonly loop: boolean;
  readonly ducks: boolean;
  readonly language: string;
  readonly waiting: boolean;
  readonly addedUnixMs: number;
};
/** What is answered by {@link EarshotClient.getStorage}. */
export type GetStorageAnswer = {
  readonly place: string | null;
  readonly recordingDays: number | null;
  readonly localDays: number | null;
  readonly files: number;
  readonly bytes: number;
  readonly deletions: number;
  readonly waitingSinceUnixMs: number | null;
  readonly lost: { readonly sinceUnixMs: number; readonly code: "store-away" | "store-refused"; readonly reason: string } | null;
};
/** What is answered by {@link EarshotClient.getTokens}. */
export type GetTokensAnswer = {
  readonly tokens: readonly {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly ("events:read" | "events:write" | "people:read" | "people:write" | "stage")[];
    readonly createdDate: string;
    readonly expiresDate: string | null;
    readonly usedDate: string | null;
  }[];
};
/** What is sent with {@link EarshotClient.postTokens}. */
export type PostTokensBody = {
  readonly name: string;
  readonly scopes: readonly ("events:read" | "events:write" | "people:read" | "people:write" | "stage")[];
  readonly days?: number;
};
/** What is answered by {@link EarshotClient.postTokens}. */
export type PostTokensAnswer = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly ("events:read" | "events:write" | "people:read" | "people:write" | "stage")[];
  readonly createdDate: string;
  readonly expiresDate: string | null;
  readonly usedDate: string | null;
  readonly token: string;
};
/** What is answered by {@link EarshotClient.getWebhooks}. */
export type GetWebhooksAnswer = {
  readonly webhooks: readonly {
    readonly id: string;
    readonly url: string;
    readonly types: readonly (
      | "event.made"
      | "event.edited"
      | "event.postponed"
      | "event.rescheduled"
      | "event.cancelled"
      | "event.restored"
      | "event.doors"
      | "event.live"
      | "event.ended"
      | "event.people"
      | "event.notice"
      | "event.hands"
      | "event.wall"
      | "event.moderation"
      | "event.recording"
      | "event.listeners"
    )[];
    readonly secret: string;
    readonly createdDate: string;
    readonly pending: number;
    readonly dead: number;
  }[];
};
/** What is sent with {@link EarshotClient.postWebhooks}. */
export type PostWebhooksBody = {
  readonly url: string;
  readonly types?: readonly (
    | "event.made"
    | "event.edited"
    | "event.postponed"
    | "event.rescheduled"
    | "event.cancelled"
    | "event.restored"
    | "event.doors"
    | "event.live"
    | "event.ended"
    | "event.people"
    | "event.notice"
    | "event.hands"
    | "event.wall"
    | "event.moderation"
    | "event.recording"
    | "event.listeners"
  )[];
};
/** What is answered by {@link EarshotClient.postWebhooks}. */
export type PostWebhooksAnswer = {
  readonly id: string;
  readonly url: string;
  readonly types: readonly (
    | "event.made"
    | "event.edited"
    | "event.postponed"
    | "event.rescheduled"
    | "event.cancelled"
    | "event.restored"
    | "event.doors"
    | "event.live"
    | "event.ended"
    | "event.people"
    | "event.notice"
    | "event.hands"
    | "event.wall"
    | "event.moderation"
    | "event.recording"
    | "event.listeners"
  )[];
  readonly secret: string;
  readonly createdDate: string;
  readonly pending: number;
  readonly dead: number;
};
/** What is answered by {@link EarshotClient.getWebhooksWebhookDeliveries}. */
export type GetWebhooksWebhookDeliveriesAnswer = {
  readonly deliveries: readonly {
    readonly id: string;
    readonly type: string;
    readonly state: "pending" | "delivered" | "dead";
    readonly attempts: number;
    readonly status: number | null;
    readonly failure: string;
    readonly createdDate: string;
    readonly nextDate: string | null;
  }[];
};
/** What is answered by {@link EarshotClient.getHouse}. */
export type GetHouseAnswer = {
  readonly name: string;
  readonly accent: string | null;
  readonly accentDark: string | null;
  readonly logo: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number } | null;
  readonly imprintUrl: string | null;
  readonly privacyUrl: string | null;
  readonly languages: readonly ("en" | "de")[];
};
/** What is sent with {@link EarshotClient.patchHouse}. */
export type PatchHouseBody = {
  readonly name?: string | null;
  readonly accent?: string | null;
  readonly accentDark?: string | null;
  readonly imprintUrl?: string | null;
  readonly privacyUrl?: string | null;
  readonly languages?: readonly ("en" | "de")[] | null;
};
/** What is answered by {@link EarshotClient.patchHouse}. */
export type PatchHouseAnswer = {
  readonly name: string;
  readonly accent: string | null;
  readonly accentDark: string | null;
  readonly logo: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number } | null;
  readonly imprintUrl: string | null;
  readonly privacyUrl: string | null;
  readonly languages: readonly ("en" | "de")[];
};
/** What is answered by {@link EarshotClient.postHouseLogo}. */
export type PostHouseLogoAnswer = {
  readonly name: string;
  readonly accent: string | null;
  readonly accentDark: string | null;
  readonly logo: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number } | null;
  readonly imprintUrl: string | null;
  readonly privacyUrl: string | null;
  readonly languages: readonly ("en" | "de")[];
};
/** What is answered by {@link EarshotClient.deleteHouseLogo}. */
export type DeleteHouseLogoAnswer = {
  readonly name: string;
  readonly accent: string | null;
  readonly accentDark: string | null;
  readonly logo: { readonly file: string; readonly type: "image/png" | "image/jpeg" | "image/webp"; readonly width: number; readonly height: number } | null;
  readonly imprintUrl: string | null;
  readonly privacyUrl: string | null;
  readonly languages: readonly ("en" | "de")[];
};
/** What is answered by {@link EarshotClient.getHouseHealth}. */
export type GetHouseHealthAnswer = {
  readonly version: string;
  readonly upSeconds: number;
  readonly processes: readonly { readonly name: string; readonly ready: boolean; readonly restarts: number }[];
  readonly edges: readonly {
    readonly name: string;
    readonly connected: boolean;
    readonly sinceUnixMs: number | null;
    readonly listeningNow: number | null;
    readonly asOfUnixMs: number | null;
  }[];
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number; readonly reserveBytes: number };
  readonly failures: { readonly files: number; readonly rounds: number };
  readonly live: readonly { readonly slug: string; readonly title: string; readonly listeningNow: number | null; readonly asOfUnixMs: number | null }[];
};
/** What is answered by {@link EarshotClient.getHouseLog}. */
export type GetHouseLogAnswer = {
  readonly lines: readonly { readonly at: string; readonly level: string; readonly process: string; readonly message: string; readonly more: string }[];
};
