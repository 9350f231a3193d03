CREATE TABLE IF NOT EXISTS authors (
    id       bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    handle   text NOT NULL UNIQUE,
    name     text NOT NULL,
    articles integer NOT NULL
);
CREATE TABLE IF NOT EXISTS articles (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    author_id  bigint NOT NULL REFERENCES authors,
    slug       text NOT NULL UNIQUE,
    title      text NOT NULL,
    body       text,
    stage      text NOT NULL,
    links      jsonb NOT NULL,
    version    integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX IF NOT EXISTS articles_of_an_author ON articles (author_id, id);
