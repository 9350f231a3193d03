-- Every form in which a field is stored.
CREATE TYPE shade AS ENUM ('light', 'very-dark', 'n/a');
CREATE TABLE paints (
    id        bigint PRIMARY KEY,
    finish    text NOT NULL,
    shade     shade NOT NULL,
    undertone shade,
    shades    shade[] NOT NULL,
    finishes  text[],
    mix       jsonb NOT NULL,
    remix     jsonb,
    maker     text NOT NULL,
    seller    text,
    street    text NOT NULL,
    home_city text,
    shelf     shade NOT NULL,
    stored    int8range NOT NULL,
    price     numeric,
    seen_from inet
);

CREATE TABLE racks (
    id     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    shade  shade NOT NULL,
    shades shade[] NOT NULL
);

-- Every kind of constraint.
CREATE TABLE halls (id bigint PRIMARY KEY);
CREATE TABLE bookings (
    id     bigint PRIMARY KEY,
    room   bigint NOT NULL CONSTRAINT bookings_in_a_room REFERENCES halls DEFERRABLE INITIALLY DEFERRED,
    seat   text NOT NULL,
    guest  text NOT NULL CONSTRAINT bookings_have_a_guest CHECK (guest <> ''),
    remark text NOT NULL,
    during int8range NOT NULL,
    CONSTRAINT bookings_do_not_overlap EXCLUDE USING gist (during WITH &&),
    CONSTRAINT bookings_one_seat UNIQUE (room, seat)
);
CREATE UNIQUE INDEX bookings_one_guest ON bookings (lower(guest)) WHERE remark <> 'again';
CREATE TABLE visits (id bigint PRIMARY KEY, place text NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE visits_early PARTITION OF visits FOR VALUES FROM (0) TO (1000);
CREATE UNIQUE INDEX visits_place ON visits_early (place);
