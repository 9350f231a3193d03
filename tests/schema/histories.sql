-- What histories are made of: registers that an index finds by their term, counters, and lists.
CREATE TABLE IF NOT EXISTS cells (
    id      bigint PRIMARY KEY,
    term    bigint NOT NULL,
    value   bigint NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS cells_by_term ON cells (term, id);
CREATE TABLE IF NOT EXISTS sums (
    id      bigint PRIMARY KEY,
    total   bigint NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS logs (
    id       bigint PRIMARY KEY,
    elements bigint[] NOT NULL,
    version  bigint NOT NULL
);
