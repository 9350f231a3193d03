-- A user's favourite colour.
CREATE TABLE IF NOT EXISTS favorites (
    user_id    bigint PRIMARY KEY,
    color_hex  text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
