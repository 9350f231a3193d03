-- What every source stores, Postgres being one.
CREATE TABLE IF NOT EXISTS drafts (
    id         bigint PRIMARY KEY,
    title      text NOT NULL,
    remark     text,
    version    bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
