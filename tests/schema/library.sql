-- What the derive can do with keys and columns: keys made by the database, composite ones, versions, soft deletion, arrays.
CREATE TABLE IF NOT EXISTS books (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    isbn       text NOT NULL UNIQUE,
    title      text NOT NULL,
    subtitle   varchar(80),
    tags       text[] NOT NULL,
    ratings    integer[],
    version    integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE TABLE IF NOT EXISTS loans (
    reader  bigint NOT NULL,
    book_id bigint NOT NULL,
    days    integer NOT NULL,
    PRIMARY KEY (reader, book_id)
);
CREATE TABLE IF NOT EXISTS shelves (
    room   text NOT NULL,
    number integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    label  text NOT NULL,
    PRIMARY KEY (room, number)
);
CREATE TABLE IF NOT EXISTS cards (
    id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reader bigint NOT NULL
);
-- A name is free again when the row that had it is deleted.
CREATE TABLE IF NOT EXISTS rooms (
    id         bigint PRIMARY KEY,
    name       text NOT NULL,
    seats      integer NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS rooms_name ON rooms (name) WHERE deleted_at IS NULL;
