BEGIN TRANSACTION;
CREATE TABLE kept_file (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  turns_ago INTEGER NOT NULL DEFAULT 0,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  content TEXT NOT NULL,
  file TEXT NOT NULL,
  kept_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE pairing_approval (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  approved_at_ms INTEGER NOT NULL, login_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_request (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL, message_id TEXT NOT NULL DEFAULT '', login_id TEXT NOT NULL DEFAULT '', sender_name TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_wrong_code (at_ms INTEGER NOT NULL, account_id TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE session_turn (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  user_text TEXT NOT NULL,
  assistant_text TEXT NOT NULL,
  at_ms INTEGER NOT NULL, notes TEXT NOT NULL DEFAULT '',
  UNIQUE (session_key, turn_id)
) STRICT;
INSERT INTO "session_turn" VALUES(1,'agent:main:wechat:default:dm:oAnn@im.wechat','default/8c123626-0699-4d29-8fd9-77e78bd0148b','old one','echo: old one',1795913497804,'');
CREATE INDEX session_turn_order ON session_turn (session_key, seq);
CREATE INDEX kept_file_session ON kept_file (session_key, seq);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('session_turn',1);
PRAGMA user_version = 6;
COMMIT;
