/** Names of column types and table options in one dialect, so that the same migration serves every engine. */
export interface MigrationDialect {
  readonly integer: string;
  readonly bytes: string;
  /** A primary key that the engine counts up itself, in the order of the commits. */
  readonly counter: string;
  /** Appended to every `create table`. */
  readonly tableOptions: string;
}

/** SQLite: STRICT, because without it a number column takes any text. */
export const sqliteMigrationDialect: MigrationDialect = {
  integer: "integer",
  bytes: "blob",
  counter: "integer primary key autoincrement",
  tableOptions: "strict",
};

/**
 * Every change of the schema in order; the position is its number. Append only: a number that has run somewhere never changes.
 * Each is one transaction.
 */
export const migrations: readonly ((dialect: MigrationDialect) => readonly string[])[] = [
  ({ integer, bytes, tableOptions }) => [
    `create table live_event (
      id text primary key,
      slug text not null unique,
      title text not null,
      description text not null,
      language text not null,
      time_zone text not null,
      start_ms ${integer} not null,
      door_ms ${integer} not null,
      status text not null check (status in ('scheduled', 'doors', 'live', 'ended', 'postponed', 'cancelled')),
      permanent ${integer} not null check (permanent in (0, 1)),
      created_ms ${integer} not null,
      live_ms ${integer},
      ended_ms ${integer},
      backstage_ms ${integer},
      revision ${integer} not null
    ) ${tableOptions}`,
    `create table person (
      id text primary key,
      event_id text not null references live_event (id),
      name text not null,
      role text not null check (role in ('host', 'co-host', 'speaker')),
      position ${integer} not null,
      generation ${integer} not null,
      secret_hash ${bytes} not null unique,
      created_ms ${integer} not null,
      revoked_ms ${integer}
    ) ${tableOptions}`,
    "create index person_by_event on person (event_id, position)",
    `create table session (
      id_hash ${bytes} primary key,
      operator ${integer} not null check (operator in (0, 1)),
      created_ms ${integer} not null,
      expires_ms ${integer} not null
    ) ${tableOptions}`,
    "create index session_by_end on session (expires_ms)",
    `create table session_person (
      session_hash ${bytes} not null references session (id_hash) on delete cascade,
      person_id text not null references person (id),
      granted_ms ${integer} not null,
      primary key (session_hash, person_id)
    ) ${tableOptions}`,
    `create table used_host_link (
      secret_hash ${bytes} primary key,
      used_ms ${integer} not null
    ) ${tableOptions}`,
  ],
  ({ integer, counter, tableOptions }) => [
    "alter table live_event add column visibility text not null default 'public'",
    `alter table live_event add column planned_minutes ${integer} not null default 60`,
    `alter table live_event add column sequence ${integer} not null default 0`,
    `alter table live_event add column updated_ms ${integer} not null default 0`,
    `alter table live_event add column previous_start_ms ${integer}`,
    "alter table live_event add column reason text not null default ''",
    `alter table live_event add column hands_open ${integer} not null default 0`,
    "update live_event set updated_ms = created_ms",
    `create table event_act (
      number ${counter},
      event_id text not null references live_event (id),
      at_ms ${integer} not null,
      act text not null,
      actor_name text not null,
      actor_role text not null,
      reason text not null,
      before_json text not null,
      after_json text not null,
      undoes ${integer} unique references event_act (number)
    ) ${tableOptions}`,
    "create index event_act_by_event on event_act (event_id, number)",
  ],
  ({ integer, bytes, tableOptions }) => [
    `alter table person add column device_hash ${bytes}`,
    `alter table person add column arrives_muted ${integer} not null default 0`,
    `alter table person add column barred ${integer} not null default 0`,
    `create table hand (
      id text primary key,
      event_id text not null references live_event (id),
      name text not null,
      topic text not null,
      device_hash ${bytes} not null,
      raised_ms ${integer} not null,
      state text not null check (state in ('waiting', 'invited', 'on-stage', 'lowered')),
      person_id text references person (id),
      changed_ms ${integer} not null
    ) ${tableOptions}`,
    "create unique index hand_up on hand (event_id, device_hash) where state <> 'lowered'",
    "create index hand_by_event on hand (event_id, state, raised_ms)",
  ],
  ({ integer, bytes, tableOptions }) => [
    `create table api_token (
      id text primary key,
      name text not null,
      secret_hash ${bytes} not null unique,
      scopes text not null,
      created_ms ${integer} not null,
      expires_ms ${integer},
      used_ms ${integer},
      revoked_ms ${integer}
    ) ${tableOptions}`,
    `create table webhook (
      id text primary key,
      url text not null,
      types text not null,
      position ${integer} not null,
      created_ms ${integer} not null,
      ended_ms ${integer}
    ) ${tableOptions}`,
    `create table delivery (
      id text primary key,
      webhook_id text not null references webhook (id),
      act_number ${integer} references event_act (number),
      type text not null,
      body text not null,
      state text not null check (state in ('pending', 'delivered', 'dead')),
      attempts ${integer} not null,
      next_ms ${integer} not null,
      status ${integer},
      failure text not null,
      created_ms ${integer} not null,
      done_ms ${integer},
      unique (webhook_id, act_number)
    ) ${tableOptions}`,
    "create index delivery_due on delivery (state, next_ms)",
  ],
  () => ["alter table person add column interprets text not null default ''"],
  ({ integer, bytes, tableOptions }) => [
    `create table account (
      id text primary key,
      kind text not null check (kind in ('passkey', 'e-mail', 'provider')),
      name text not null,
      email_hash ${bytes} unique,
      operator ${integer} not null check (operator in (0, 1)),
      created_ms ${integer} not null,
      ended_ms ${integer}
    ) ${tableOptions}`,
    `create table passkey (
      credential_id text primary key,
      account_id text not null references account (id),
      public_key ${bytes} not null,
      counter ${integer} not null,
      transports text not null,
      label text not null,
      synced ${integer} not null check (synced in (0, 1)),
      created_ms ${integer} not null,
      used_ms ${integer}
    ) ${tableOptions}`,
    "create index passkey_by_account on passkey (account_id)",
    `create table recovery_code (
      code_hash ${bytes} primary key,
      account_id text not null references account (id),
      created_ms ${integer} not null,
      used_ms ${integer}
    ) ${tableOptions}`,
    "create index recovery_code_by_account on recovery_code (account_id)",
    `create table account_person (
      account_id text not null references account (id),
      person_id text not null references person (id),
      granted_ms ${integer} not null,
      primary key (account_id, person_id)
    ) ${tableOptions}`,
    "create index account_person_by_person on account_person (person_id)",
    `create table sign_in_link (
      secret_hash ${bytes} primary key,
      email_hash ${bytes} not null,
      expires_ms ${integer} not null
    ) ${tableOptions}`,
    "create index sign_in_link_by_end on sign_in_link (expires_ms)",
    `create table used_challenge (
      challenge_hash ${bytes} primary key,
      expires_ms ${integer} not null
    ) ${tableOptions}`,
    "create index used_challenge_by_end on used_challenge (expires_ms)",
    "alter table session add column account_id text references account (id)",
    "alter table session add column passkey_id text",
    `alter table session add column proven_ms ${integer}`,
    "alter table session add column agent text not null default ''",
    "create index session_by_account on session (account_id)",
  ],
  ({ integer, tableOptions }) => [
    // More roles. SQLite changes no check in place, and dropping the table would break whoever refers to it: a new column takes over instead.
    "alter table person add column new_role text not null default 'speaker' check (new_role in ('host', 'co-host', 'speaker', 'producer', 'moderator', 'captioner'))",
    "update person set new_role = role",
    "alter table person drop column role",
    "alter table person rename column new_role to role",
    `alter table person add column aside ${integer} not null default 0`,
    `create table person_note (
      person_id text primary key references person (id),
      text text not null,
      changed_ms ${integer} not null
    ) ${tableOptions}`,
  ],
  ({ integer, tableOptions }) => [
    `create table series (
      id text primary key,
      slug text not null unique,
      title text not null,
      description text not null,
      created_ms ${integer} not null
    ) ${tableOptions}`,
    "alter table live_event add column series_id text references series (id)",
    "alter table live_event add column artwork text not null default ''",
    "alter table live_event add column cover text not null default ''",
    `alter table live_event add column embed ${integer} not null default 1`,
    `alter table live_event add column most_listeners ${integer}`,
    "alter table live_event add column notice text not null default ''",
    `alter table live_event add column expected_ms ${integer}`,
    "create index live_event_by_series on live_event (series_id)",
    `create table listener_link (
      id text primary key,
      event_id text not null references live_event (id),
      name text not null,
      created_ms ${integer} not null,
      revoked_ms ${integer}
    ) ${tableOptions}`,
    "create index listener_link_by_event on listener_link (event_id, created_ms)",
    `create table house_setting (
      name text primary key,
      value text not null
    ) ${tableOptions}`,
  ],
  ({ tableOptions }) => [
    `create table account_identity (
      issuer text not null,
      subject text not null,
      account_id text not null references account (id),
      primary key (issuer, subject)
    ) ${tableOptions}`,
    "create index account_identity_by_account on account_identity (account_id)",
  ],
  ({ integer, bytes, tableOptions }) => [
    `create table reminder (
      id text primary key,
      event_id text not null references live_event (id),
      kind text not null check (kind in ('mail', 'push')),
      address_hash ${bytes} not null,
      address_sealed ${bytes} not null,
      language text not null,
      time_zone text not null,
      state text not null check (state in ('asked', 'confirmed')),
      asks ${integer} not null,
      asked_ms ${integer} not null,
      confirmed_ms ${integer},
      unique (event_id, address_hash)
    ) ${tableOptions}`,
    "create index reminder_by_state on reminder (state, event_id)",
    `create table reminder_wave (
      id text primary key,
      event_id text not null references live_event (id),
      topic text not null,
      mark text not null,
      reason text not null,
      previous_ms ${integer},
      created_ms ${integer} not null,
      ends_ms ${integer} not null,
      unique (event_id, mark)
    ) ${tableOptions}`,
    `create table reminder_notice (
      wave_id text not null references reminder_wave (id),
      reminder_id text not null,
      state text not null check (state in ('pending', 'sending', 'sent', 'failed', 'dropped')),
      attempts ${integer} not null,
      next_ms ${integer} not null,
      failure text not null,
      done_ms ${integer},
      primary key (wave_id, reminder_id)
    ) ${tableOptions}`,
    "create index reminder_notice_due on reminder_notice (state, next_ms)",
    "create index reminder_notice_by_reminder on reminder_notice (reminder_id)",
    `create table reminder_position (number ${integer} not null) ${tableOptions}`,
    "insert into reminder_position (number) select coalesce(max(number), 0) from event_act",
  ],
  ({ integer, counter, tableOptions }) => [
    `create table wall (
      event_id text primary key references live_event (id),
      opening text not null check (opening in ('off', 'accounts', 'everyone')),
      hold text not null check (hold in ('none', 'guests', 'all')),
      slow_seconds ${integer} not null,
      words text not null,
      locked ${integer} not null check (locked in (0, 1)),
      tally ${integer} not null check (tally in (0, 1))
    ) ${tableOptions}`,
    `create table post (
      id text primary key,
      event_id text not null references live_event (id),
      kind text not null check (kind in ('post', 'question', 'reply', 'repost')),
      parent_id text references post (id),
      author_key text not null,
      device_key text not null,
      name text not null,
      role text not null,
      text text not null,
      state text not null check (state in ('visible', 'held', 'removed', 'withdrawn')),
      at_ms ${integer} not null,
      pinned_ms ${integer}
    ) ${tableOptions}`,
    "create index post_by_event on post (event_id, state, kind, at_ms)",
    "create index post_by_author on post (event_id, author_key, at_ms)",
    "create index post_by_device on post (event_id, device_key, at_ms)",
    "create index post_by_parent on post (parent_id, kind, state)",
    "create unique index post_repost on post (parent_id, author_key) where kind = 'repost' and state <> 'withdrawn'",
    `create table post_vote (
      post_id text not null references post (id),
      voter_key text not null,
      primary key (post_id, voter_key)
    ) ${tableOptions}`,
    "create index post_vote_by_voter on post_vote (voter_key, post_id)",
    `create table post_reaction (
      post_id text not null references post (id),
      author_key text not null,
      reaction text not null,
      primary key (post_id, author_key, reaction)
    ) ${tableOptions}`,
    "create index post_reaction_by_author on post_reaction (author_key, post_id)",
    `create table post_report (
      post_id text not null references post (id),
      reporter_key text not null,
      rule text not null,
      reason text not null,
      at_ms ${integer} not null,
      settled_ms ${integer},
      primary key (post_id, reporter_key)
    ) ${tableOptions}`,
    `create table moderation (
      number ${counter},
      id text not null unique,
      event_id text not null references live_event (id),
      at_ms ${integer} not null,
      act text not null check (act in ('hold', 'remove', 'suspend', 'release', 'restore', 'reinstate')),
      post_id text references post (id),
      author_key text not null,
      device_key text not null,
      name text not null,
      rule text not null,
      reason text not null,
      automated ${integer} not null check (automated in (0, 1)),
      until_ms ${integer},
      hides ${integer} not null check (hides in (0, 1)),
      undoes text unique references moderation (id),
      actor_name text not null,
      actor_role text not null
    ) ${tableOptions}`,
    "create index moderation_by_event on moderation (event_id, act, number)",
    "create index moderation_by_post on moderation (post_id)",
    "create index moderation_by_author on moderation (event_id, author_key)",
    "create index moderation_by_device on moderation (event_id, device_key)",
    "create index moderation_by_end on moderation (until_ms)",
    `create table appeal (
      act_id text primary key references moderation (id),
      event_id text not null references live_event (id),
      text text not null,
      at_ms ${integer} not null,
      state text not null check (state in ('open', 'granted', 'refused')),
      answer text not null,
      settled_ms ${integer}
    ) ${tableOptions}`,
    "create index appeal_by_event on appeal (event_id, state, at_ms)",
  ],
];
