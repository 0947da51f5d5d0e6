/**
 * The schema of `gateway.sqlite`, which sessions and pairing share. `openDatabase` counts these scripts, so there is
 * one list for all rooms: append, and never edit or reorder what was released.
 */

const sessions = `
CREATE TABLE session_turn (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  user_text TEXT NOT NULL,
  assistant_text TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (session_key, turn_id)
) STRICT;
CREATE INDEX session_turn_order ON session_turn (session_key, seq);`

const pairing = `
CREATE TABLE pairing_request (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_approval (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  approved_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_wrong_code (at_ms INTEGER NOT NULL) STRICT;`

const pairingScopes = `
ALTER TABLE pairing_request ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_request ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_approval ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_wrong_code ADD COLUMN account_id TEXT NOT NULL DEFAULT '';`

export const gatewayMigrations: readonly string[] = [sessions, pairing, pairingScopes]
