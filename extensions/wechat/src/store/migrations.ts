/**
 * The tables, oldest script first. A released script is never edited; a change is a new one.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE journal (
    seq               INTEGER PRIMARY KEY,
    account_id        TEXT NOT NULL,
    conversation_kind TEXT NOT NULL,
    conversation_id   TEXT NOT NULL,
    message_id        TEXT NOT NULL,
    state             TEXT NOT NULL,
    reason            TEXT NOT NULL DEFAULT '',
    turn_id           TEXT,
    received_ms       INTEGER NOT NULL,
    message           TEXT NOT NULL,
    UNIQUE (account_id, conversation_kind, conversation_id, message_id)
  ) STRICT;
  CREATE INDEX journal_open ON journal (account_id, state, conversation_kind, conversation_id, seq)
    WHERE state IN ('accepted', 'dispatched');
  CREATE INDEX journal_ended ON journal (received_ms) WHERE state NOT IN ('accepted', 'dispatched');

  CREATE TABLE outbox (
    id                INTEGER PRIMARY KEY,
    account_id        TEXT NOT NULL,
    conversation_kind TEXT NOT NULL,
    conversation_id   TEXT NOT NULL,
    group_id          TEXT NOT NULL,
    text              TEXT NOT NULL,
    client_id         TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL,
    reason            TEXT NOT NULL DEFAULT '',
    attempts          INTEGER NOT NULL DEFAULT 0,
    created_ms        INTEGER NOT NULL,
    attempted_ms      INTEGER,
    not_before_ms     INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX outbox_open ON outbox (account_id, conversation_kind, conversation_id, id)
    WHERE state IN ('queued', 'attempted', 'parked');
  CREATE INDEX outbox_troubled ON outbox (account_id) WHERE state IN ('uncertain', 'failed', 'expired');
  CREATE INDEX outbox_group ON outbox (account_id, group_id);
  CREATE INDEX outbox_ended ON outbox (created_ms) WHERE state NOT IN ('queued', 'attempted', 'parked');
  `,
  `
  ALTER TABLE journal ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX journal_recorded ON journal (account_id, conversation_kind, conversation_id, seq)
    WHERE state = 'recorded';
  ALTER TABLE outbox ADD COLUMN file TEXT;
  CREATE TABLE history_mark (
    account_id        TEXT NOT NULL,
    conversation_kind TEXT NOT NULL,
    conversation_id   TEXT NOT NULL,
    seq               INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_kind, conversation_id)
  ) STRICT;
  `,
  `ALTER TABLE outbox ADD COLUMN quote_message_id TEXT;`,
  `CREATE TABLE last_puppet (account_id TEXT PRIMARY KEY, puppet TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `
  ALTER TABLE journal ADD COLUMN sender_id TEXT;
  ALTER TABLE journal ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
  UPDATE journal SET sender_id = message ->> '$.sender.id' WHERE json_valid(message);
  UPDATE journal SET attempts = 1 WHERE state = 'dispatched' AND turn_id IS NOT NULL;
  CREATE INDEX journal_texts ON journal (account_id, received_ms)
    WHERE message <> '' AND state NOT IN ('accepted', 'dispatched');
  CREATE INDEX journal_set_aside ON journal (account_id) WHERE state IN ('unreadable', 'set-aside');

  ALTER TABLE outbox ADD COLUMN cause TEXT;
  ALTER TABLE outbox ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox ADD COLUMN first_attempt_ms INTEGER;
  UPDATE outbox SET first_attempt_ms = attempted_ms WHERE state = 'attempted';
  UPDATE outbox SET cause = CASE
      WHEN reason LIKE 'window-closed:%' THEN 'window' WHEN reason LIKE 'quota:%' THEN 'quota' ELSE 'rate' END
    WHERE state = 'parked';
  CREATE INDEX outbox_set_aside ON outbox (account_id) WHERE state = 'set-aside';

  CREATE TABLE lease (account_id TEXT PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE puppet_state (
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX puppet_state_age ON puppet_state (account_id, kind, at_ms, key);
  `,
  `
  ALTER TABLE outbox ADD COLUMN purpose TEXT NOT NULL DEFAULT 'answer';
  ALTER TABLE outbox ADD COLUMN is_reported INTEGER NOT NULL DEFAULT 0;
  UPDATE outbox SET purpose = 'notice' WHERE group_id GLOB 'notice-*' OR group_id GLOB 'progress-*';
  UPDATE outbox SET is_reported = 1 WHERE state IN ('uncertain', 'failed', 'expired');
  CREATE INDEX outbox_unreported ON outbox (account_id, conversation_kind, conversation_id, id)
    WHERE state IN ('uncertain', 'failed', 'expired') AND purpose = 'answer' AND is_reported = 0;
  CREATE INDEX outbox_loss ON outbox (account_id, conversation_kind, conversation_id, created_ms)
    WHERE purpose = 'loss';
  DROP INDEX outbox_troubled;
  CREATE INDEX outbox_troubled ON outbox (account_id, id)
    WHERE state IN ('uncertain', 'failed', 'expired') AND purpose <> 'loss';
  `,
  `
  CREATE INDEX journal_refused ON journal (account_id, seq) WHERE state = 'refused';
  CREATE INDEX journal_turns ON journal (account_id, conversation_kind, conversation_id, received_ms)
    WHERE turn_id IS NOT NULL;
  `,
  `
  ALTER TABLE journal ADD COLUMN claim_fence INTEGER;
  ALTER TABLE journal ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE rest (
    account_id    TEXT PRIMARY KEY,
    until_ms      INTEGER NOT NULL,
    pause_ms      INTEGER NOT NULL,
    refusals      INTEGER NOT NULL,
    early_from_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `CREATE TABLE silence (account_id TEXT PRIMARY KEY, bot_id TEXT NOT NULL, sends INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  `
  ALTER TABLE outbox ADD COLUMN merged_into INTEGER;
  CREATE INDEX outbox_merged ON outbox (merged_into) WHERE merged_into IS NOT NULL;
  `,
  `ALTER TABLE journal ADD COLUMN steps TEXT NOT NULL DEFAULT '';`,
  'ALTER TABLE lease ADD COLUMN term INTEGER NOT NULL DEFAULT 0;',
  `
  CREATE TABLE webhook_event (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id    TEXT NOT NULL,
    webhook       TEXT NOT NULL,
    event_id      TEXT NOT NULL,
    type          TEXT NOT NULL,
    body          TEXT NOT NULL,
    state         TEXT NOT NULL DEFAULT 'waiting',
    attempts      INTEGER NOT NULL DEFAULT 0,
    reason        TEXT NOT NULL DEFAULT '',
    created_ms    INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, webhook, event_id)
  ) STRICT;
  CREATE INDEX webhook_event_order ON webhook_event (account_id, webhook, state, id);
  CREATE INDEX webhook_event_age ON webhook_event (created_ms);
  `,
]
