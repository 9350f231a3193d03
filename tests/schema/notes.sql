-- Something with a generated column, a nullable one, a column of another name and a unique one.
CREATE TABLE IF NOT EXISTS notes (
    id         bigint PRIMARY KEY,
    "text"     text NOT NULL,
    remark     text,
    slug       text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL
);
