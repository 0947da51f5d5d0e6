BEGIN TRANSACTION;
CREATE TABLE history_mark (
    account_id        TEXT NOT NULL,
    conversation_kind TEXT NOT NULL,
    conversation_id   TEXT NOT NULL,
    seq               INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_kind, conversation_id)
  ) STRICT;
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
    message           TEXT NOT NULL, blocks INTEGER NOT NULL DEFAULT 0, sender_id TEXT, attempts INTEGER NOT NULL DEFAULT 0, claim_fence INTEGER, deaths INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, conversation_kind, conversation_id, message_id)
  ) STRICT;
INSERT INTO "journal" VALUES(1,'default','direct','oAnn@im.wechat','7532607166260183041','answered','','8c123626-0699-4d29-8fd9-77e78bd0148b',1795913497521,'{"accountId":"default","id":"7532607166260183041","conversation":{"kind":"direct","id":"oAnn@im.wechat"},"sender":{"id":"oAnn@im.wechat","label":"oAnn"},"bot":{"id":"@BOT@","name":"bot"},"idStability":"stable","kind":"text","text":"old one","timestampMs":1795913497510,"ownerId":"oAnn@im.wechat"}',0,'oAnn@im.wechat',1,1,0);
CREATE TABLE last_puppet (account_id TEXT PRIMARY KEY, puppet TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "last_puppet" VALUES('default','wechaty-puppet-ilink');
CREATE TABLE lease (account_id TEXT PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
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
  , file TEXT, quote_message_id TEXT, cause TEXT, fence INTEGER NOT NULL DEFAULT 0, first_attempt_ms INTEGER, purpose TEXT NOT NULL DEFAULT 'answer', is_reported INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "outbox" VALUES(1,'default','direct','oAnn@im.wechat','8c123626-0699-4d29-8fd9-77e78bd0148b','echo: old one','moltbot-9309de40-37da-4e1b-9b17-aa851aa1c912','sent','',1,1795913497907,1795913497907,0,NULL,NULL,NULL,1,1795913497907,'answer',0);
CREATE TABLE puppet_state (
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, key)
  ) STRICT, WITHOUT ROWID;
INSERT INTO "puppet_state" VALUES('default','credentials','login','{"botId":"@BOT@","token":"@TOKEN@","userId":"oAnn@im.wechat","baseUrl":"@URL@","savedAt":"2026-11-29T00:51:34.952Z"}',1795913494953);
INSERT INTO "puppet_state" VALUES('default','message','7532607166260183041','{"id":"7532607166260183041","conversationId":"oAnn@im.wechat","talkerId":"oAnn@im.wechat","atMs":1795913497510,"wire":{"seq":1,"message_id":"7532607166260183041","client_id":"8d43e3b413209cdd","from_user_id":"oAnn@im.wechat","to_user_id":"@BOT@","group_id":"","create_time_ms":1795913497510,"message_type":1,"item_list":[{"type":1,"create_time_ms":1795913497510,"text_item":{"text":"old one"},"update_time_ms":1795913497510,"is_completed":true,"button_item_list":[]}],"update_time_ms":1795913497510,"delete_time_ms":0,"session_id":"oAnn@im.wechat#@BOT@","message_state":2}}',1795913497515);
INSERT INTO "puppet_state" VALUES('default','message','7532607168923566081','{"id":"7532607168923566081","conversationId":"oAnn@im.wechat","talkerId":"@BOT@","atMs":1795913498270,"wire":{"from_user_id":"@BOT@","to_user_id":"oAnn@im.wechat","item_list":[{"type":1,"text_item":{"text":"echo: old one"}}]}}',1795913498270);
INSERT INTO "puppet_state" VALUES('default','meta','bot','"@BOT@"',1795913495032);
INSERT INTO "puppet_state" VALUES('default','meta','cursor','"@CURSOR@"',1795913497516);
INSERT INTO "puppet_state" VALUES('default','seen','7532607166260183041','',1795913497515);
INSERT INTO "puppet_state" VALUES('default','seen','7532607168923566081','',1795913498270);
INSERT INTO "puppet_state" VALUES('default','window','oAnn@im.wechat','{"userId":"oAnn@im.wechat","token":"AARzJWkILCVhyl2xgd6B3R5sLa2KlsI9xvJy8161BjP81gLFEArGJ-w-gbwH-QVb1THoTPZKXV9C7DQl21wK__m2EYnmOq_Swp63BfHMufda8WUGBjO-OneEAnp2Bhcg2PFv9pbj","atMs":1795913497510,"exhausted":false,"counted":["moltbot-9309de40-37da-4e1b-9b17-aa851aa1c912"]}',1795913497510);
CREATE TABLE rest (
    account_id    TEXT PRIMARY KEY,
    until_ms      INTEGER NOT NULL,
    pause_ms      INTEGER NOT NULL,
    refusals      INTEGER NOT NULL,
    early_from_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
CREATE INDEX journal_open ON journal (account_id, state, conversation_kind, conversation_id, seq)
    WHERE state IN ('accepted', 'dispatched');
CREATE INDEX journal_ended ON journal (received_ms) WHERE state NOT IN ('accepted', 'dispatched');
CREATE INDEX outbox_open ON outbox (account_id, conversation_kind, conversation_id, id)
    WHERE state IN ('queued', 'attempted', 'parked');
CREATE INDEX outbox_group ON outbox (account_id, group_id);
CREATE INDEX outbox_ended ON outbox (created_ms) WHERE state NOT IN ('queued', 'attempted', 'parked');
CREATE INDEX journal_recorded ON journal (account_id, conversation_kind, conversation_id, seq)
    WHERE state = 'recorded';
CREATE INDEX journal_texts ON journal (account_id, received_ms)
    WHERE message <> '' AND state NOT IN ('accepted', 'dispatched');
CREATE INDEX journal_set_aside ON journal (account_id) WHERE state IN ('unreadable', 'set-aside');
CREATE INDEX outbox_set_aside ON outbox (account_id) WHERE state = 'set-aside';
CREATE INDEX puppet_state_age ON puppet_state (account_id, kind, at_ms, key);
CREATE INDEX outbox_unreported ON outbox (account_id, conversation_kind, conversation_id, id)
    WHERE state IN ('uncertain', 'failed', 'expired') AND purpose = 'answer' AND is_reported = 0;
CREATE INDEX outbox_loss ON outbox (account_id, conversation_kind, conversation_id, created_ms)
    WHERE purpose = 'loss';
CREATE INDEX outbox_troubled ON outbox (account_id, id)
    WHERE state IN ('uncertain', 'failed', 'expired') AND purpose <> 'loss';
CREATE INDEX journal_refused ON journal (account_id, seq) WHERE state = 'refused';
CREATE INDEX journal_turns ON journal (account_id, conversation_kind, conversation_id, received_ms)
    WHERE turn_id IS NOT NULL;
PRAGMA user_version = 9;
COMMIT;
