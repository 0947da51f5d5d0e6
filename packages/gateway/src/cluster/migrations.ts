/**
 * The tables of this room, oldest script first. A released script is never edited; a change is a new one.
 */

import { changesChannel } from './members.ts'

/**
 * A gateway that is gone takes its holds with it: rows that it held are free, in the same moment. Each change of members and
 * holds is counted, so that a gateway which was not notified of it finds it with its next beat.
 */
const membership = `
CREATE TABLE cluster.member (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  weight double precision NOT NULL,
  is_draining boolean NOT NULL DEFAULT false,
  beat bigint NOT NULL DEFAULT 1,
  config_hash text NOT NULL,
  version text NOT NULL,
  joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE cluster.hold (
  account text PRIMARY KEY,
  member_id uuid REFERENCES cluster.member ON DELETE SET NULL,
  term bigint NOT NULL,
  is_stopped boolean NOT NULL DEFAULT false,
  status text
);
CREATE INDEX hold_member ON cluster.hold (member_id);
CREATE TABLE cluster.command (
  id uuid PRIMARY KEY,
  sender_id uuid NOT NULL REFERENCES cluster.member ON DELETE CASCADE,
  target_id uuid NOT NULL REFERENCES cluster.member ON DELETE CASCADE,
  request text NOT NULL,
  is_taken boolean NOT NULL DEFAULT false,
  answer text
);
CREATE TABLE cluster.change (number bigint NOT NULL);
INSERT INTO cluster.change VALUES (0);
CREATE FUNCTION cluster.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE cluster.change SET number = number + 1;
  PERFORM pg_notify('${changesChannel}', '');
  RETURN NULL;
END $$;
CREATE TRIGGER member_changes AFTER INSERT OR DELETE OR UPDATE OF is_draining ON cluster.member
  EXECUTE FUNCTION cluster.note_change();
CREATE TRIGGER hold_changes AFTER INSERT OR DELETE OR UPDATE OF member_id, is_stopped ON cluster.hold
  EXECUTE FUNCTION cluster.note_change();
CREATE INDEX command_target ON cluster.command (target_id) WHERE NOT is_taken;
CREATE INDEX command_sender ON cluster.command (sender_id) WHERE answer IS NOT NULL;`

export const clusterSchema = 'cluster'
export const clusterMigrations: readonly string[] = [membership]
