-- What the entities are found by. All else is in their events.
CREATE TABLE authors (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    name text NOT NULL
);

CREATE TABLE author_events (
    id uuid NOT NULL REFERENCES authors (id),
    sequence int NOT NULL,
    event_type text NOT NULL,
    event jsonb NOT NULL,
    context jsonb DEFAULT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (id, sequence)
);

CREATE TABLE articles (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    author_id uuid NOT NULL REFERENCES authors (id),
    slug text NOT NULL UNIQUE
);

CREATE INDEX articles_author_id_id_idx ON articles (author_id, id);

CREATE TABLE article_events (
    id uuid NOT NULL REFERENCES articles (id),
    sequence int NOT NULL,
    event_type text NOT NULL,
    event jsonb NOT NULL,
    context jsonb DEFAULT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (id, sequence)
);
