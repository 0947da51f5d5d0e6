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
]
