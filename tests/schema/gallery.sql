-- Something that is found by other columns than its key, and read through a view.
CREATE TABLE IF NOT EXISTS pictures (
    id       bigint PRIMARY KEY,
    album_id bigint NOT NULL,
    slug     text NOT NULL UNIQUE,
    code     integer UNIQUE,
    place    text,
    caption  text
);
CREATE INDEX IF NOT EXISTS pictures_of_an_album ON pictures (album_id, id);
CREATE INDEX IF NOT EXISTS pictures_of_a_place ON pictures (place, id);
CREATE OR REPLACE VIEW albums AS
    SELECT album_id AS id, count(*) AS pictures, max(caption) AS caption FROM pictures GROUP BY album_id;
