-- What custom queries are tried on: columns that may be NULL, a type of its own, something to count.
DO $$ BEGIN CREATE TYPE essay_mood AS ENUM ('plain', 'merry'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE IF NOT EXISTS essays (
    id        bigint PRIMARY KEY,
    author_id bigint NOT NULL,
    title     text NOT NULL,
    body      text,
    mood      essay_mood NOT NULL DEFAULT 'plain',
    views     integer NOT NULL DEFAULT 0,
    words     integer[] NOT NULL DEFAULT '{}'
);
-- A function that writes.
CREATE OR REPLACE FUNCTION look_at(essay bigint) RETURNS integer LANGUAGE sql
    AS 'UPDATE essays SET views = views + 1 WHERE id = essay RETURNING views';
